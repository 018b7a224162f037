/** Faults of one member's algorithm that show over whole hosts: those of the scripts are with the scripts. */
import { type Mutant, plantedIn } from './mutant.ts'

const { mutant } = plantedIn('packages/core/src')

export const core: readonly Mutant[] = [
  mutant(
    'core-acks-before-sync',
    'following.ts',
    'const match = Math.min(durability.index, following.verified, readableTo(s))',
    'const match = Math.min(following.verified, readableTo(s))',
    'A follower acknowledges what is only in memory; the leader commits and answers, and a power cut of both loses it.',
  ),
  mutant(
    'core-leader-counts-what-its-disk-lacks',
    'commit.ts',
    's.durability.term === s.term ? s.durability.index : 0',
    's.log.last',
    'A leader counts entries its own disk has not confirmed; one other disk is enough to commit, and a power cut of the leader leaves a minority with them.',
  ),
  mutant(
    'core-half-is-a-majority',
    'quorum.ts',
    'scratch[count >> 1]!',
    'scratch[(count - 1) >> 1]!',
    'In a group of two or four, both halves elect a leader while they are cut from each other.',
  ),
  mutant(
    'core-votes-for-a-shorter-log',
    'election.ts',
    'return term > own || (term === own && index >= s.log.last)',
    'return term >= own',
    'A member without the last committed entries is elected, and overwrites them.',
  ),
  mutant(
    'core-campaigns-without-asking-first',
    'election.ts',
    'function startPreVote(s: State, now: number): void {\n',
    'function startPreVote(s: State, now: number): void {\n  if (now > 0) return startCampaign(s, false, now)\n',
    'A member is cut off for a minute, and comes back with a term that nobody else has: the leader, which stood in the way of nobody, is deposed, and so is each one after it, as often as somebody comes back.',
    'test checks test/host/come-and-go.test.ts hosts go and come back',
  ),
  mutant(
    'core-reads-one-entry-too-early',
    'reads.ts',
    'const { index, at: asOf } = batch',
    'const { at: asOf } = batch\n      const index = Math.min(batch.index, s.commit - 1)',
    'A read is answered from one entry before the index it was confirmed for: a client that has just been acknowledged does not see its own write.',
    'scenario reads_in_turn',
  ),
  mutant(
    'core-reads-without-a-round',
    'reads.ts',
    'if (confirmedRound(s) < batch.round) return',
    'if (confirmedRound(s) < 0) return',
    'A leader that was cut off and replaced answers a read without asking anybody: older than what the new one has acknowledged.',
    'scenario stale_leader_read',
  ),
  mutant(
    'core-read-waits-for-one-answer',
    'reads.ts',
    'return reachedByQuorum(s.roster, s.leading!.peers, roundOf)',
    'return Math.max(...s.leading!.peers.map(roundOf))',
    'One answer, and be it its own, confirms that a leader still leads: one that was replaced answers old values.',
    'scenario stale_leader_read',
  ),
  mutant(
    'core-writes-what-no-disk-has-a-place-for',
    'core.ts',
    "  invariant(15, isWritable, 'term {}, index {} and time {} are to be written', s.term, log.last, time)\n",
    '  void isWritable\n',
    'A host that has lost its mind says that the term is 2^53 - 1. The next election’s can’t be written: the storage throws in the middle of the turn, and the process ends with all its groups.',
    'test host test/member.test.ts a peer that lies about terms',
  ),
  mutant(
    'core-successors-campaign-at-once',
    'succession.ts',
    'if (isBehind(id) === own ? id < options.id : !own) rank++',
    'void own',
    'The process of a leader ends, all others hear of it in the same moment and campaign; the votes are split, and callers wait for as long again.',
    'test checks test/host/failover.test.ts killed',
  ),
  mutant(
    'core-what-one-holds-is-held-by-all',
    'core.ts',
    'held = Math.min(held, match)',
    'held = match',
    'A leader goes by one of its peers: what another one lacks leaves its memory, and is read from the disk for each message.',
    'test core test/paper/commit.test.ts what every member holds is what the slowest holds',
  ),
]
