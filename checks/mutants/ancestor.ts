/**
 * The faults of the library that Rafted descends from, put back where they would have been inherited. The ninth, a host that is told to
 * stop groups of names long cleaned up, is here what a message for another incarnation of a name does.
 */
import type { Mutant } from './mutant.ts'

export const ancestor: readonly Mutant[] = [
  {
    name: 'ancestor-1-keeps-the-suffix-and-reports-it',
    schedule:
      'A follower with a suffix of a former term accepts an append before that suffix, and acknowledges its own last index: the leader counts entries that the follower never got, and commits what one disk holds.',
    edits: [
      {
        file: 'packages/core/src/following.ts',
        find: '  const proven = m.heads === null ? m.prevIndex : m.heads.last\n',
        replace: '  const proven = Math.max(s.log.last, m.heads === null ? m.prevIndex : m.heads.last)\n',
      },
      {
        file: 'packages/core/src/following.ts',
        find: '    clamp(s.durability, from)\n',
        replace:
          '    const { index } = s.durability\n    clamp(s.durability, from)\n    s.durability.index = index\n',
      },
    ],
    caughtBy: 'scenario cut_before_rewritten figure_7',
  },
  {
    name: 'ancestor-1-in-one-edit',
    schedule:
      'As ancestor-1-keeps-the-suffix-and-reports-it, but the last index is that of after the append, and what was cut is durable no more.',
    edits: [
      {
        file: 'packages/core/src/following.ts',
        find: 's.following.verified = Math.max(s.following.verified, proven)',
        replace: 's.following.verified = Math.max(s.following.verified, proven, s.log.last)',
      },
    ],
    caughtBy: 'simulator',
    equivalent:
      'Let two logs agree up to an index when a follower first hears of a term. The leader begins at its own end and goes back to where hints show that they may agree, or on from what was acknowledged: no append of that term stands before that index, and one that stands at it brings the entry behind it, since a leader has always one of its own term. So what a follower accepts has cut all that conflicts, or found it cut before: the log is a beginning of that of the leader, and its last index is one where they agree.',
  },
  {
    name: 'ancestor-2-changes-one-by-one-before-an-own-term-commit',
    schedule:
      'Two leaders in turn each change one member of the same configuration, neither having committed anything in its term: the two majorities need not meet, and both commit.',
    edits: [
      {
        file: 'packages/core/src/membership.ts',
        find: "  if (!hasCommittedOwnTerm(s)) return 'no-own-term-entry'\n",
        replace: '',
      },
      {
        file: 'packages/core/src/membership.ts',
        find: 'outgoing: same ? null : old, learners: wanted.learners',
        replace: 'outgoing: same || old.length > 0 ? null : old, learners: wanted.learners',
      },
      {
        file: 'packages/core/src/membership.ts',
        find: 'if (current === null || current.index > s.commit || !hasCommittedOwnTerm(s)) return',
        replace: 'if (current === null || current.index > s.commit) return',
      },
    ],
    caughtBy: 'scenario joint_needs_the_old',
  },
  {
    name: 'ancestor-3-reads-before-an-own-term-commit',
    schedule:
      'A new leader answers a read before anything of its term is committed: its commit index is behind what its predecessor had acknowledged, and the answer is older than what a client was told.',
    edits: [
      {
        file: 'packages/core/src/reads.ts',
        find: 'if (leading.reads.length + leading.askers.length === 0 || !hasCommittedOwnTerm(s)) return',
        replace: 'if (leading.reads.length + leading.askers.length === 0) return',
      },
    ],
    caughtBy: 'simulator',
  },
  {
    name: 'ancestor-4-installs-old-snapshots',
    schedule:
      'A part of a snapshot comes late, when the follower has committed far beyond it: it is installed, and the value goes back to what it was then.',
    edits: [
      {
        file: 'packages/core/src/snapshot.ts',
        find: '  if (snapshot.index <= s.commit) return false\n',
        replace: '',
      },
      {
        file: 'packages/core/src/following.ts',
        find: 'if (m.index > s.commit && termAt(s.log, m.index) !== m.indexTerm) return true',
        replace: 'if (termAt(s.log, m.index) !== m.indexTerm) return true',
      },
    ],
    caughtBy: 'scenario stale_snapshot',
  },
  {
    name: 'ancestor-5-runs-a-forgotten-command-again',
    schedule:
      'A command is answered and acknowledged; a copy of its request that the network kept is proposed once more, nothing is kept of it, and it runs again.',
    edits: [
      {
        file: 'packages/host/src/replicated-state.ts',
        find: "return keptReply(session, payload.sequence) ?? replyOf('forgotten', entry)",
        replace: 'return keptReply(session, payload.sequence) ?? this.#once(payload, entry)',
      },
    ],
    caughtBy:
      'test host test/replicated-state.test.ts beyond their bytes the oldest replies are forgotten, never the newest, and never applied again',
  },
  {
    name: 'ancestor-5-shares-ids-between-clients',
    schedule:
      'Two clients give their commands the same numbers, as they always do: the second is answered with what the first one did, and its command is dropped.',
    edits: [
      {
        file: 'packages/host/src/sessions.ts',
        find: '    const session = this.#sessions.get(id)\n',
        replace: '    const session = this.#sessions.values().next().value\n',
      },
    ],
    caughtBy: 'test host test/replicated-state.test.ts of two sessions the same sequence is two commands',
  },
  {
    name: 'ancestor-6-answers-a-change-before-it-is-committed',
    schedule:
      'A leader that is cut off answers that the member has left, its host forgets the log, and the removal is lost with the leader: the group counts on a member that is gone.',
    edits: [
      {
        file: 'packages/host/src/changes.ts',
        find: '    if (answer.taken) this.#wait(caller, answer.index, newcomers)\n',
        replace: `    if (answer.taken)
      this.#options.answers.answer(caller.replyTo, {
        kind: 'done',
        id: caller.id,
        incarnation: this.#options.incarnation,
        configuration: core.standing.configuration,
      })
`,
      },
    ],
    caughtBy:
      'test checks test/host/trouble.test.ts a change that is undone was never reported done, to a client',
  },
  {
    name: 'ancestor-7-starts-anew-without-its-snapshot',
    schedule:
      'The snapshot that a compacted log begins after is missing: the member starts as if there had been nothing before its log, and serves a value without all that was acknowledged up to there.',
    edits: [
      {
        file: 'packages/host/src/opening.ts',
        find: '  if (base.index > 0 && atBase === undefined && log.removedAt === null) throw missing(group, base)\n',
        replace: '',
      },
      {
        file: 'packages/host/src/opening.ts',
        find: '    if (log.lostTo === null) throw missing(group, log.base)\n',
        replace: '    if (log.lostTo === null) return log\n',
      },
    ],
    caughtBy: 'test host test/opening.test.ts a log that begins after a snapshot that is missing',
  },
  {
    name: 'ancestor-8-a-poison-command-ends-every-member',
    schedule:
      'A committed command throws: every member stops when it applies it, and again whenever it is started, so that the group never answers any more.',
    edits: [
      {
        file: 'packages/host/src/replicated-state.ts',
        find: "if (this.#machine.failure === 'halt' || !isDeterministicFailure(error)) throw halted(entry, error)",
        replace: 'throw halted(entry, error)',
      },
    ],
    caughtBy: 'simulator',
  },
  {
    name: 'ancestor-9-heeds-requests-for-a-former-group',
    schedule:
      'A group was removed and created again under its name; a request that was meant for the former one comes late, and is carried out on the new one.',
    edits: [
      {
        file: 'packages/host/src/requests.ts',
        find: 'request.incarnation !== null && request.incarnation !== member.incarnation',
        replace: "request.incarnation === '' && request.incarnation !== member.incarnation",
      },
    ],
    caughtBy: 'test checks test/host/groups.test.ts a host asks for a member of its own only',
  },
]
