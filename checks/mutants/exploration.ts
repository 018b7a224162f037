/** Faults of the core that an exhaustive exploration of a small group finds. */
import type { ExplorationOptions } from '@rafted/testing'
import type { Mutant } from './mutant.ts'

export interface ExploredMutant extends Mutant {
  /** What is explored, and the promise that is found to be broken. */
  readonly bounds: ExplorationOptions
  readonly broken: RegExp
}

function fault(
  name: string,
  file: string,
  find: string,
  replace: string,
  bounds: ExplorationOptions,
  broken: RegExp,
  schedule: string,
): ExploredMutant {
  const edits = [{ file: `packages/core/src/${file}`, find, replace }]
  const options = Object.entries(bounds).map(([name, value]) => `--${name} ${value}`)
  return { name, schedule, edits, bounds, broken, caughtBy: `explore ${options.join(' ')}` }
}

export const exploration: readonly ExploredMutant[] = [
  fault(
    'explored-two-votes',
    'election.ts',
    'const free = (s.vote === null || s.vote === m.from) &&',
    'const free =',
    { terms: 1, commands: 0 },
    /one vote/,
    'A member votes for two candidates of one term: two leaders.',
  ),
  fault(
    'explored-votes-whatever-the-log',
    'election.ts',
    'return term > own || (term === own && index >= s.log.last)',
    'return true',
    { terms: 2, commands: 0 },
    /leader completeness/,
    'A member without the last committed entry is elected, and overwrites it.',
  ),
  fault(
    'explored-acks-before-durable',
    'following.ts',
    'const match = Math.min(durability.index, following.verified, readableTo(s))',
    'const match = Math.min(following.verified, readableTo(s))',
    { terms: 1, commands: 0 },
    /match/,
    'A leader takes for durable at a follower what is only in its memory, and commits it.',
  ),
  fault(
    'explored-leader-counts-its-memory',
    'commit.ts',
    's.durability.term === s.term ? s.durability.index : 0',
    's.log.last',
    { terms: 1, commands: 0 },
    /durable on a quorum/,
    'A leader commits what only one disk of three holds; that disk is lost, and so is the entry.',
  ),
  fault(
    'explored-asks-before-durable',
    'election.ts',
    'durability.term !== s.term ||\n    durability.vote !== s.vote ||\n    durability.index < s.log.last',
    'durability.term > s.term',
    { terms: 1, commands: 0, crashes: 1 },
    /one vote/,
    'A candidate asks for votes, ends before its own is durable, and votes for another in the same term.',
  ),
  fault(
    'explored-grants-before-durable',
    'election.ts',
    'if (voteOwed === null || durability.term !== s.term || durability.vote !== voteOwed) return',
    'if (voteOwed === null || durability.term > s.term) return',
    { terms: 1, commands: 0, crashes: 1 },
    /one vote/,
    'A voter grants, ends before that is durable, and grants another candidate of the same term.',
  ),
  fault(
    'explored-late-write-vouches',
    'durability.ts',
    'for (const write of durability.writes) write.upTo = Math.min(write.upTo, from - 1)',
    '',
    { terms: 2, commands: 0 },
    /match/,
    'A write that was cut since ends, and vouches for the entries that took the place of its own.',
  ),
  fault(
    'explored-restart-forgets-the-vote',
    'starting.ts',
    'const vote = term === stored.term ? stored.vote : null',
    'const vote = null',
    { terms: 1, commands: 0, crashes: 1 },
    /one vote/,
    'A voter is started again, and votes once more in the same term.',
  ),
  fault(
    'explored-half-is-a-majority',
    'quorum.ts',
    'scratch[count >> 1]!',
    'scratch[(count - 1) >> 1]!',
    { members: 2, terms: 1, commands: 0 },
    /durable on a quorum/,
    'One of two members commits alone.',
  ),
  fault(
    'explored-old-votes-count',
    'core.ts',
    "m.kind !== 'pre-vote' && m.kind !== 'removed'",
    "m.kind !== 'pre-vote' && m.kind !== 'removed' && m.kind !== 'vote'",
    { terms: 2, commands: 0 },
    /election safety/,
    'A candidate counts a late vote of an earlier term, whose voter has voted for another since.',
  ),
  fault(
    'explored-commit-beyond-the-log',
    'following.ts',
    'learnCommit(s, Math.min(m.commit, proven))',
    'learnCommit(s, m.commit + 2)',
    { terms: 1, commands: 0 },
    /^. stops: invariant 9/,
    'A follower believes a commit index beyond what it was sent.',
  ),
]
