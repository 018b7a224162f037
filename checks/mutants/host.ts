/** Faults of a host: its turn, the log's tail, the applier, reads, changes of members. */
import type { Edit, Mutant } from './mutant.ts'

function mutant(
  name: string,
  file: string,
  find: string,
  replace: string,
  schedule: string,
  caughtBy: Mutant['caughtBy'] = 'simulator',
): Mutant {
  return { name, schedule, edits: [edit(file, find, replace)], caughtBy }
}

function edit(file: string, find: string, replace: string): Edit {
  return { file: `packages/host/src/${file}`, find, replace }
}

export const host: readonly Mutant[] = [
  {
    name: 'host-answers-whoever-waits-at-the-index',
    schedule:
      'A leader is deposed, another entry is committed where its command stood, and its caller gets the answer of that one: told that it was done, and it was not.',
    edits: [
      edit(
        'member.ts',
        "    if (before?.role === 'leader' && (role !== 'leader' || term !== before.term)) {\n      this.#proposals.abandon(",
        "    if (before?.role === 'leader' && before.term > term) {\n      this.#proposals.abandon(",
      ),
      edit('member.ts', 'if (waiter.term === term) answerApplied', 'if (waiter.term > 0) answerApplied'),
    ],
    caughtBy: 'test checks test/host/trouble.test.ts a command whose place another one takes',
  },
  {
    name: 'host-answers-by-index-alone',
    schedule:
      'As host-answers-whoever-waits-at-the-index, but those who wait are still told when their leader steps down.',
    edits: [
      edit('member.ts', 'if (waiter.term === term) answerApplied', 'if (waiter.term > 0) answerApplied'),
    ],
    caughtBy: 'simulator',
    equivalent:
      'Callers wait only where a member leads, and all of them are told in the drain in which it stops leading or its term changes, before anything is applied. A leader cuts nothing from its log, so whoever still waits finds the entry of the own term.',
  },
  {
    name: 'host-payloads-by-index-alone',
    schedule:
      'A slow read of the log comes back after the suffix was replaced: its payloads leave under the heads of the entries that stand there now, and followers apply commands that were never committed.',
    edits: [
      edit(
        'tail.ts',
        'if (entry === undefined || entry.term !== term) return null',
        'if (entry === undefined) return null',
      ),
      edit(
        'tail.ts',
        'if (index !== from + i || term !== runs[run]!.term) return false',
        'if (index !== from + i || term < 0) return false',
      ),
      {
        file: 'packages/wire/src/member-message.ts',
        find: 'if (entries[run.first - prevIndex - 1]?.term !== run.term)',
        replace: 'if (entries[run.first - prevIndex - 1] === undefined)',
      },
    ],
    caughtBy:
      'test host test/tail.test.ts gives the entries that are named, all of them under their terms, or none',
  },
  mutant(
    'host-re-used-member-id',
    'seat.ts',
    '      const member = drawId(host.random)\n',
    "      const member = 'member-of-'.concat(host.id).slice(0, 64)\n",
    'A host loses its disk and joins under the id it had: what the former member acknowledged and voted counts for one that holds nothing.',
    'test checks test/host/groups.test.ts a host that comes back without its memory is another member',
  ),
  mutant(
    'host-persisted-before-it-is',
    'turn.ts',
    '    const written = this.#options.logs.write(writes)\n',
    '    const written = this.#options.logs.write(writes)\n    for (const { member, seq } of writes) member.persisted(seq)\n',
    'The core hears that a write is durable when it has only begun: acks and votes leave before the disk has answered, and a power cut takes them back.',
  ),
  mutant(
    'host-failed-writes-count',
    'turn.ts',
    '    written.then(() => {\n      if (this.#closed) return\n',
    '    written.catch(() => {}).then(() => {\n      if (this.#closed) return\n',
    'A flush fails, the disk has thrown the pages away, and the host acknowledges what was in them.',
    'test host test/turn.test.ts a write counts when the store says',
  ),
  mutant(
    'host-messages-of-clients-as-of-members',
    'host.ts',
    "    else if (from.role === 'peer') {\n",
    '    else if (from.role !== null) {\n',
    'A client sends what only a member may: votes and acks that nobody has given.',
    'test checks test/host/groups.test.ts another cluster, garbage, and members played by clients change nothing',
  ),
  mutant(
    'host-joins-for-others',
    'host.ts',
    "if (request.kind !== 'join' || (from.role === 'peer' && request.member.host === from.name)) {",
    "if (request.kind !== 'join' || from.role === 'peer') {",
    'One host asks for a member in the name of another, and takes the place of a voter that still holds what was acknowledged.',
    'test checks test/host/groups.test.ts a host asks for a member of its own only',
  ),
  mutant(
    'host-step-down-is-not-applied',
    'proposals.ts',
    "for (const waiter of this.waiters.drain()) this.#answers.refuse(waiter, code, 'unknown', message)",
    "for (const waiter of this.waiters.drain()) this.#answers.refuse(waiter, code, 'not-applied', message)",
    'A leader steps down with a command in its log, says that it was not applied, and the next leader commits it.',
  ),
  mutant(
    'host-answers-queries-before-they-are-applied',
    'queries.ts',
    'while (due < this.#ready.length && this.#ready[due]!.index <= state.applied.index) {',
    'while (due < this.#ready.length && this.#ready[due]!.index >= 0) {',
    'A read is confirmed at an index that the machine has not applied yet, and is answered from the value before: what was acknowledged is missing.',
    'test host test/queries.test.ts each is answered when as much is applied',
  ),
  mutant(
    'host-all-reads-are-stale',
    'member.ts',
    "if (request.read === 'stale') this.#queries.answerStale",
    "if (request.read !== 'stale' || this.leads) this.#queries.answerStale",
    'A linearizable read is answered at once from what this member has applied, be it a leader that was replaced.',
  ),
  mutant(
    'host-forgets-refused-queries',
    'queries.ts',
    "      for (const query of queries) this.#answers.refuse(query, code, 'not-applied', 'Another member leads.')\n",
    "      if (code === 'no-such-group')\n        for (const query of queries) this.#answers.refuse(query, code, 'not-applied', 'Another member leads.')\n",
    'A read is refused by a leader that steps down, and nobody says so to its caller, who waits for the whole of its time.',
    'test host test/queries.test.ts what the core refuses is told',
  ),
  mutant(
    'host-read-ids-are-used-twice',
    'queries.ts',
    '    const id = ++this.#lastRead\n',
    '    const id = (this.#lastRead = (this.#lastRead + 1) % 2)\n',
    'Two reads under way share an id, and the answer to the earlier one, at an earlier index, is taken for that of the later one, whose own callers wait for ever.',
    'test host test/queries.test.ts no two reads share an id',
  ),
  {
    name: 'host-applier-skips-what-it-must-read-back',
    schedule:
      'What was read back begins beyond the entry that is due, after a compaction: the entries in between are never applied.',
    edits: [
      edit(
        'applier.ts',
        'if (entries[0]?.index === from) this.#readBack = entries',
        'this.#readBack = entries',
      ),
      edit(
        'applier.ts',
        'this.#readBack[index - first.index]',
        'this.#readBack.find((entry) => entry.index >= index)',
      ),
    ],
    caughtBy: 'test host test/applier.test.ts what begins behind the entry that is due',
  },
  mutant(
    'host-applier-keeps-what-it-read-for-another-state',
    'applier.ts',
    '    this.state = state\n    this.#readBack = []\n',
    '    this.state = state\n',
    'A snapshot takes the place of the state while older entries lie read back: they may be of a suffix that was dropped.',
    'test host test/applier.test.ts what was read back for one state',
  ),
  mutant(
    'host-tail-keeps-a-conflicting-suffix',
    'tail.ts',
    '    this.truncate(from)\n    for (let i = from',
    '    for (let i = from',
    'A shorter append replaces the beginning of a conflicting suffix; the rest of it stays in the tail, and is applied or sent under indexes where nothing of it stands.',
  ),
  mutant(
    'host-evicts-what-is-not-written',
    'tail.ts',
    '    while (this.#bytes > maxBytes && this.#first <= upTo) {\n',
    '    while (this.#bytes > maxBytes) {\n',
    'An entry leaves memory before the log has it: it can be neither written nor sent, and the member stops.',
    'test host test/tail.test.ts gives up the oldest first, stops at what has not been handed',
  ),
  mutant(
    'host-commits-what-it-heard-before',
    'applier.ts',
    'for (let count = 0; this.state.applied.index < commit; count++) {',
    'for (let count = 0; this.state.applied.index <= commit; count++) {',
    'A member applies one entry more than is committed: it may be overwritten, and its value has it for ever.',
  ),
  mutant(
    'host-removed-member-comes-back',
    'seat.ts',
    'if (opened !== null && (opened.removedAt !== null || isEmpty(opened.stored))) {',
    'if (opened !== null && isEmpty(opened.stored)) {',
    'A member that was removed is started again and takes part under the id it had: in elections of a group that no longer counts on it.',
  ),
  mutant(
    'host-leaves-without-a-word',
    'host.ts',
    "    if (member !== null && member.ended?.code !== 'member-removed') {\n",
    '    if (member !== null && member.ended === undefined) {\n',
    'A host that leaves forgets its log at once, and the group goes on counting on the member: with another one down there is no majority.',
  ),
  mutant(
    'host-leaving-is-done-when-nobody-answers',
    'leaving.ts',
    "    isOpen ||= response.outcome === 'unknown'\n",
    "    if (response.outcome === 'unknown') return\n",
    'The answer to a removal is lost, the host takes it for done and forgets its log; the removal was never committed.',
  ),
  mutant(
    'host-replaces-a-member-that-answers',
    'changes.ts',
    'if (isSelf || (peer !== undefined && now - peer.lastHeard < electionMs)) {',
    'if (isSelf) {',
    'A second host is started under the id of one that runs, and takes the place of its member in the group.',
    'test host test/changes.test.ts a member on a host that answers is not replaced',
  ),
  mutant(
    'host-replaces-a-durable-member-unasked',
    'changes.ts',
    'if (namesake?.durable === true && !formerDataLost && votes(current, namesake.id)) {',
    'if (namesake?.durable === true && formerDataLost && votes(current, namesake.id)) {',
    'A host is started with an empty directory by mistake, and the member that holds what was acknowledged is replaced without anybody being asked: with a second such mistake it is gone.',
    'test host test/changes.test.ts a durable member on a host that is silent',
  ),
  mutant(
    'host-concludes-from-silence',
    'name-check.ts',
    'if (silent.length === 0 || unreachableChecked) return null',
    'if (silent.length < options.addresses.length || unreachableChecked) return null',
    'A group is created while the host that holds it does not answer: two groups of one name.',
    'test host test/name-check.test.ts one that stays silent keeps the group from being created',
  ),
  mutant(
    'host-does-not-see-who-creates-at-once',
    'requests.ts',
    "knows: seat === undefined ? 'unknown' : seat.isCreating || member !== null ? 'member' : 'waiting',",
    "knows: seat === undefined ? 'unknown' : member !== null ? 'member' : 'waiting',",
    'Two hosts are asked to create a group at once, each finds that the other does not know it, and both create one.',
    'test checks test/host/groups.test.ts another host that knows the group says so, and two at the same time never both succeed',
  ),
  mutant(
    'host-joins-whichever-group-it-finds',
    'joining.ts',
    'return found.size === 1 ? [...found][0]! : null',
    'return found.size >= 1 ? [...found][0]! : null',
    'Two groups have one name; a host joins one of them by chance, and a client that is told another is answered from the wrong value.',
    'test host test/joining.test.ts none of two that have one name',
  ),
  mutant(
    'host-asks-to-be-added-again',
    'joining.ts',
    'if (!member.isInLog) await this.#ask(member)',
    'await this.#ask(member)',
    'A member is removed while it is down. Its log still names it when it is started again, and it asks to be added before it learns that it was removed: it comes back, and nobody can be removed for good.',
    'test host test/joining.test.ts a member that its own log names does not ask to be added',
  ),
  mutant(
    'host-places-entries-that-were-cut',
    'member.ts',
    'this.#core.termAt(index) !== term ||',
    '(this.#core.termAt(index) !== term && term < 0) ||',
    'A leader begins a change of members and, in the same turn, follows another that cuts its log to before that. The entry of the change stays in the tail; elected again, the member finds it where its own next entry should stand, can not write that, and stops.',
    'test host test/member.test.ts an own entry that is cut before its turn ends',
  ),
  {
    ...mutant(
      'host-tail-keeps-a-lost-addition',
      'member.ts',
      "    else if (message.kind === 'removed') this.#tail.truncate(this.#core.lastIndex + 1)\n",
      '',
      'A member learns that its addition was lost and cuts its log from there; the tail still holds what was cut.',
    ),
    equivalent:
      'What is cut is every configuration that holds this member, so it can not campaign, nor lead, nor send entries. Nothing of the cut is committed here, so nothing of it is applied. Its log grows again only by an append, which begins no later than the cut and replaces all of the tail from there on, or by a snapshot, which empties it. Until then a few bytes stay in memory.',
  },
  mutant(
    'host-timer-is-armed-once',
    'turn.ts',
    '    if (!elapsed && wakeAt >= this.#armedFor) return\n',
    '    if (this.#armedFor !== Number.POSITIVE_INFINITY && this.#armedFor > 0 && !elapsed) return\n',
    'A member becomes leader while the timer is armed for an election far away: its heartbeats are late, and it is deposed again and again.',
    'test host test/turn.test.ts the timer runs for whoever wants to be woken first',
  ),
  mutant(
    'host-turn-forgets-what-comes-meanwhile',
    'turn.ts',
    '    for (const member of dirty) if (member.isDirty) this.wake()\n',
    '',
    'What a member has to do after its turn waits until something else happens: on a quiet host, for ever.',
    'test host test/turn.test.ts what is still to be done after as many writes',
  ),
]
