/** Many groups over many hosts: a fleet in memory. */
import { type Fleet, type FleetOptions as FullFleetOptions, openFleet as openBareFleet } from '@rafted/fleet'
import { type MemoryHostOptions, openBareHost } from './bare-host.ts'

export type {
  ActivateOptions,
  AddGroupOptions,
  DrainOptions,
  Fleet,
  FleetGroup,
  FleetHost,
  FleetMember,
  FleetSettings,
  FleetStatus,
  FleetWaitOptions,
  LeaderlessGroup,
  MemberAsFound,
  MemberOptions,
  Move,
  UnreachableHost,
} from '@rafted/fleet'
export { isPersistedGroup } from '@rafted/fleet'

/** What `openFleet` is told: what a host is, and what it has a part in. */
export interface FleetOptions
  extends MemoryHostOptions,
    Pick<FullFleetOptions, 'machines' | 'join' | 'memberOptions' | 'formerData' | 'timeoutMs'> {}

/**
 * A host, and its part in a fleet: the host is given members once it is activated. All it holds is in memory. Closing the fleet closes the host.
 * @throws {RaftedError} `address-in-use`; `invalid-argument`, also for what the fleet is told.
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { machines, join, memberOptions, formerData, timeoutMs } = options
  const bare = await openBareHost(options)
  const told = { machines, join, memberOptions, formerData, timeoutMs }
  return await openBareFleet({ ...bare, closesHost: true, ...told })
}
