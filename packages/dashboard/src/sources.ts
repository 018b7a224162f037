/** What a dashboard looks at. Every host of Rafted is one; so is anything that names groups and has a client. */
import type { Client } from '@rafted/client'
import type { EventStream, EventStreamOptions, RaftedEvent } from '@rafted/contracts'
import type { Fleet } from '@rafted/fleet'
import type { MemberStatus } from '@rafted/wire'

/** What is needed of a client: members of other hosts are asked through it, and actions taken. */
export type DashboardClient = Pick<Client, 'status' | 'locate' | 'transferLeadership' | 'removeMember'>

/** What is needed of a fleet: who is placed where. */
export type DashboardFleet = Pick<
  Fleet,
  'id' | 'client' | 'groups' | 'activeHosts' | 'unreachableHosts' | 'status' | 'drain'
>

/** What is needed of a host. */
export interface DashboardHost {
  /** Its name in the cluster: what the page is headed with. */
  readonly id: string
  /** Names of the groups that are shown; of a host, those that run on it. */
  groups(): readonly string[]
  /** How the member of the group stands; null where there is none. A promise where that is asked of somebody else, as of the thread of a host. */
  status(name: string): MemberStatus | null | Promise<MemberStatus | null>
  /** What happens on the host. The dashboard ends with this stream. */
  events?(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  /** That of a host of the entry packages. */
  readonly client?: DashboardClient
}
