export {
  Fleet,
  type FleetGroup,
  type FleetMember,
  type FleetStatus,
  openFleet,
  type UnreachableHost,
} from './fleet.ts'
export type { FleetHost, MemberOptions } from './fleet-host.ts'
export type { LeaderlessGroup, MemberAsFound } from './looking.ts'
export type { ActivateOptions, AddGroupOptions, DrainOptions, FleetOptions } from './options.ts'
export { hasMajorityInAZone, type PlacedHost, place } from './placement.ts'
export { isPersistedGroup } from './registry/raft-names.ts'
export type { FleetSettings, Move } from './registry/records.ts'
export type { FleetWaitOptions } from './waiting.ts'
