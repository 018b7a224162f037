export { InvariantError } from './assert.ts'
export type { Configuration, Learner, Member } from './configuration.ts'
export { memberOf, membersOf } from './configurations.ts'
export { Core } from './core.ts'
export type { DamagedRange } from './damage.ts'
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
  Repair,
  Repairing,
  SnapshotPart,
  Stale,
  TimeoutNow,
  Vote,
  VoteRequest,
} from './message.ts'
export {
  CoreOptionError,
  type CoreOptions,
  checkCoreSettings,
  type LeadershipWish,
  leaderships,
  resolveOptions,
} from './options.ts'
export {
  isSameArrangement,
  type Place,
  type PlacedMember,
  type Rearrangement,
  rearranged,
  type WantedConfiguration,
  withLearner,
  withUpdated,
} from './places.ts'
export type { SavedCore } from './saved.ts'
export type { CoreSettings } from './settings.ts'
export type { Fresh } from './state.ts'
export { emptyLog, type Stored } from './stored.ts'
export type { PeerView } from './views.ts'
