/**
 * Bugs planted by somebody who knew the sources and the design documents, and none of the tests: what the rig finds of these, it
 * would find of a colleague's. The simulator is left those that it finds within a few seeds.
 */
import type { Mutant } from './mutant.ts'

export const outsider: readonly Mutant[] = [
  {
    name: 'losing-candidate-keeps-what-it-owed-the-former-leader',
    schedule:
      'Of two candidates of one term the loser had verified an uncommitted entry with the leader of the term before. It follows the winner ' +
      'with that old `verified` and heartbeat round: its first ack vouches for entries that it holds in another form, and for rounds it never ' +
      'heard, so the winner commits what no majority has and confirms reads that nobody confirmed.',
    edits: [
      {
        file: 'packages/core/src/role.ts',
        find: `    s.voteOwed = null
  }
  if (s.leading !== null || s.isQuiet) restartElectionTimer(s, now)`,
        replace: `    s.voteOwed = null
    // Another term has another leader, and nothing is owed to that one yet.
    s.following = { verified: s.commit, ackOwed: false, acked: 0, round: 0, ackedRound: 0 }
  }
  if (s.leading !== null || s.isQuiet) restartElectionTimer(s, now)`,
      },
      {
        file: 'packages/core/src/role.ts',
        find: `  s.leader = leader
  // Whoever leads holds every committed entry (paper §5.4.3), so this log agrees with the leader's at least that far.
  s.following = { verified: s.commit, ackOwed: false, acked: 0, round: 0, ackedRound: 0 }
`,
        replace: `  s.leader = leader
`,
      },
    ],
    caughtBy: 'scenario loser_of_an_election',
  },
  {
    name: 'read-joins-the-round-under-way',
    schedule:
      'A leader has begun a round for one read and is then cut off, the ack still on its way to it; another one is elected and commits a ' +
      "command. A second read, begun after that command's answer, joins the round: the late ack confirms it at the old commit index.",
    edits: [
      {
        file: 'packages/core/src/reads.ts',
        find: '(lease ? s.leading.leaseReads : s.leading.reads).push(id)',
        replace: '(s.leading.batch?.ids ?? s.leading.reads).push(id)',
      },
    ],
    caughtBy: 'scenario reads_in_turn',
  },
  {
    name: 'pre-votes-are-carried-over-as-votes',
    schedule:
      'Two followers lose the leader at about the same time. Both get a majority of pre-votes for the same next term, which exclude nobody, and ' +
      'each counts them as votes as soon as its own is durable: two leaders of one term.',
    edits: [
      {
        file: 'packages/core/src/election.ts',
        find: `  s.campaign = { votes: s.roster.ids.map(() => 0), asked: false, transfer }`,
        replace: `  s.campaign = { votes: s.campaign?.votes ?? s.roster.ids.map(() => 0), asked: false, transfer }`,
      },
    ],
    caughtBy: 'scenario split_votes',
  },
  {
    name: 'cut-looks-at-what-is-durable-not-at-what-was-handed-out',
    schedule:
      'A deposed leader whose disk is slow gets a conflicting append while the write of its own last entries is under way. The cut is not handed to ' +
      'the disk, and the next write begins behind the old entries: they stay on disk in the place of those acknowledged, and come back with the ' +
      'next start.',
    edits: [
      {
        file: 'packages/core/src/following.ts',
        find: `  if (from <= s.durability.handedIndex) {`,
        replace: `  if (from <= s.durability.index) {`,
      },
    ],
    caughtBy: 'simulator',
  },
  {
    name: 'machine-is-frozen-with-its-first-chunk',
    schedule:
      'A snapshot is begun under load: its meta and sessions are those of now, while the view of the machine is made turns later, when the head is ' +
      'written, with commands in it that came meanwhile. Whoever starts on that snapshot, or installs it, applies those commands a second time.',
    edits: [
      {
        file: 'packages/host/src/snapshot-content.ts',
        find: `  readonly #chunks: Iterator<Uint8Array>
`,
        replace: `  readonly #machine: ReplicatedState['instance']
  /** Made when the first chunk is wanted: a save that fails before that has frozen nothing. */
  #chunks: Iterator<Uint8Array> | null = null
`,
      },
      {
        file: 'packages/host/src/snapshot-content.ts',
        find: `    this.#chunks = state.instance.snapshot(machineVersion)[Symbol.iterator]()`,
        replace: `    this.#machine = state.instance`,
      },
      {
        file: 'packages/host/src/snapshot-content.ts',
        find: `      const { done, value } = this.#chunks.next(spent)`,
        replace: `      this.#chunks ??= this.#machine.snapshot()[Symbol.iterator]()
      const { done, value } = this.#chunks.next(spent)`,
      },
    ],
    caughtBy: 'simulator',
  },
  {
    name: 'log-that-reaches-the-snapshot-is-taken-to-hold-it',
    schedule:
      'A leader that was cut off with a long uncommitted log comes back, gets a snapshot that ends within it, and crashes after the snapshot is ' +
      "durable and before the log's reset is. It starts with the snapshot and its own log, whose entry at the snapshot's end, and those behind it, " +
      'belong to another history: it vouches for a committed index with an entry that was never committed.',
    edits: [
      {
        file: 'packages/host/src/opening.ts',
        find: `function holds({ base, runs, last }: OpenedLog, { index, term }: Position): boolean {
  if (index === base.index) return term === base.term
  if (index < base.index || index > last) return false
  return runs.findLast((run) => run.first <= index)?.term === term
}`,
        replace: `function holds({ base, last }: OpenedLog, { index, term }: Position): boolean {
  if (index === base.index) return term === base.term
  return index > base.index && index <= last
}`,
      },
    ],
    caughtBy: 'test host test/opening.test.ts a log with another entry at the place',
  },
  {
    name: 'stopped-transfers-are-not-forgotten',
    schedule:
      'A leader is deposed while it sends a snapshot to a peer, and leads again later in the same process while that peer still needs one. The ' +
      'transfer of then counts as one under way, so none is begun and the core waits for its end: the peer gets nothing for as long as this one leads.',
    edits: [
      {
        file: 'packages/host/src/snapshot-sending.ts',
        find: `    for (const sending of this.#sendings.values()) sending.cancel()
    this.#sendings.clear()
`,
        replace: `    for (const sending of this.#sendings.values()) sending.cancel()
`,
      },
    ],
    caughtBy: 'test host test/snapshot-transfer.test.ts who leads again sends again',
  },
  {
    name: 'write-that-comes-during-a-batch-is-answered-with-it',
    schedule:
      'A turn hands the log more entries while a batch is on its way to the disk. They wait with those of the batch and are called durable with ' +
      'it, though they go with the next one, which begins with some later write; a power cut of everything loses what was acknowledged in between.',
    edits: [
      {
        file: 'packages/storage/src/files/log-writer.ts',
        find: `        this.#waiting = null
        await this.#writeBatch(segment)
`,
        replace: `        await this.#writeBatch(segment)
        this.#waiting = null
`,
      },
    ],
    caughtBy: 'test storage test/file-log-store.test.ts what comes while a write is on its way',
  },
  {
    name: 'only-a-repaired-log-is-written-once-more',
    schedule:
      'A process is killed when its last batch has reached the page cache and not the disk. The next one reads it back whole, so nothing is ' +
      'repaired, and takes it for durable: it acknowledges entries, or remembers a vote, that a power cut then takes away.',
    edits: [
      {
        file: 'packages/storage/src/files/log-replay.ts',
        find: `      await repairTail(options, newest)
      await makeDurable(newest)
`,
        replace: `      if (newest.segment.end < newest.bytes.length) {
        await repairTail(options, newest)
        await makeDurable(newest)
      }
`,
      },
    ],
    caughtBy: 'simulator',
  },
  {
    name: 'snapshots-are-ordered-by-their-names',
    schedule:
      'A member has a snapshot at 99 and installs one at 103 from the leader, after which its log begins at 103. When it starts again the name with 99 ' +
      'sorts as the newer one: the log begins behind the newest snapshot, which is damage, and the member never starts again.',
    edits: [
      {
        file: 'packages/storage/src/files/snapshot-names.ts',
        find: `files.sort((a, b) => b.index - a.index)`,
        replace: `files.sort((a, b) => (a.name < b.name ? 1 : -1))`,
      },
    ],
    caughtBy: 'test storage test/files/file-snapshot-store.test.ts the newest has the highest index',
  },
  {
    name: 'given-up-command-will-be-sent-again-unsaid',
    schedule:
      'Two commands of a session are refused with `not-leader` and wait for the next leader. The first times out and its caller hears `not-applied`; the ' +
      'second still waits, so with the new leader both are sent again, in order, and the first takes effect.',
    edits: [
      {
        file: 'packages/client/src/pipeline.ts',
        find: `const resent = this.#state !== 'dead' && this`,
        replace: `const resent = this.#state === 'sending' && this`,
      },
    ],
    caughtBy: 'test client test/giving-up.test.ts one that others wait behind is sent again',
  },
  {
    name: 'run-keeps-the-time-of-its-first-entry',
    schedule:
      'A follower catches up by one append whose entries are of different times, and then leads: it reckons time from the first of them, so its own ' +
      'entries are of an earlier time than the last one there. Replicated time goes back, and no append can hold both entries: a peer that needs ' +
      'both is sent neither, for ever.',
    edits: [
      {
        file: 'packages/wire/src/entry-codec.ts',
        find: `      run.bytes += bytes
      run.time = time
`,
        replace: `      run.bytes += bytes
`,
      },
    ],
    caughtBy: 'test wire test/round-trip.test.ts a run of heads has the time of its last entry',
  },
]
