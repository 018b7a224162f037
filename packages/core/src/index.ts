export { InvariantError } from './assert.ts'
export type { Configuration, Learner, Member } from './configuration.ts'
export { membersOf } from './configurations.ts'
export { Core, type PeerView } from './core.ts'
export type { Effects, OwnEntry, ReadyRead, RefusedRead, Role, Standing, Write } from './effects.ts'
export {
  type ConfigurationEntry,
  EntryKind,
  type Heads,
  type HostId,
  type MemberId,
  type Position,
  type Run,
} from './entry.ts'
export type {
  Answer,
  ChangeInput,
  Input,
  ReadInput,
  Refusal,
  Refused,
  SnapshotPosition,
  Taken,
} from './input.ts'
export { type WantedConfiguration, withLearner, withoutMember, withPromoted } from './membership.ts'
export type {
  Ack,
  Append,
  Conflict,
  Heartbeat,
  Message,
  PreVote,
  PreVoteRequest,
  ReadAnswer,
  ReadRequest,
  Removed,
  SnapshotPart,
  Stale,
  TimeoutNow,
  Vote,
  VoteRequest,
} from './message.ts'
export {
  CoreOptionError,
  type CoreOptions,
  type LeadershipWish,
  leaderships,
  resolveOptions,
} from './options.ts'
export type { SavedCore } from './saved.ts'
export type { Fresh } from './state.ts'
export { emptyLog, type Stored } from './stored.ts'
