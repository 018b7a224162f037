/** Many groups over many hosts: a fleet on files and TCP. */
import { observers } from '@rafted/contracts'
import { nodeObserver, realClock, realRandom } from '@rafted/contracts/node'
import {
  type Fleet,
  type FleetOptions as FullFleetOptions,
  isPersistedGroup,
  openFleet as openBareFleet,
} from '@rafted/fleet'
import { EventHub } from '@rafted/host'
import { memoryStorage, storageByGroup } from '@rafted/storage'
import { type Keeps, openBareHost } from './bare-host.ts'
import type { HostOptions } from './host-options.ts'

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
  extends HostOptions,
    Pick<FullFleetOptions, 'machines' | 'join' | 'memberOptions' | 'formerData' | 'timeoutMs'> {}

/** Groups that are added with `persist: false` are in memory, all others in the files. */
const byGroup: Keeps = (files) => ({
  ...storageByGroup({ files, memory: memoryStorage().open() }, (group) =>
    isPersistedGroup(group) ? 'files' : 'memory',
  ),
  durable: isPersistedGroup,
})

/**
 * A host, and its part in a fleet: what is stored here of the fleet's groups runs, and the host is given members once it is activated. Closing the fleet closes the host.
 * @throws {RaftedError} what `openHost` throws; `invalid-argument` for what the fleet is told.
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { machines, join, memberOptions, formerData, timeoutMs } = options
  const observer = new EventHub(realClock, observers(nodeObserver(), options.observer))
  const host = await openBareHost(options, observer, byGroup)
  const seams = { clock: realClock, random: realRandom, observer }
  const told = { machines, join, memberOptions, formerData, timeoutMs }
  return await openBareFleet({ host, closesHost: true, ...told, ...seams })
}
