/** What a host, and a group that runs on it, is told at the beginning. */
import type {
  Clock,
  Codec,
  LogStore,
  Machine,
  Observer,
  Random,
  SnapshotStore,
  Transport,
} from '@rafted/contracts'
import type { Configuration, LeadershipWish, MemberId } from '@rafted/core'
import type { GroupSettings } from '@rafted/wire'
import type { MemberSettings } from './context.ts'
import type { Hooks } from './hooks.ts'
import type { Join } from './join-addresses.ts'
import type { Authorise } from './rights.ts'

/** What a host is made of. */
export interface HostOptions {
  /** The name the operator gives this host: 1 to 64 bytes, stable over restarts, its own in the cluster. */
  readonly id: string
  /** The name of the cluster. It guards against wrong wiring: batches of other clusters are refused. */
  readonly cluster: string
  /** Not listening yet. The host listens, and closes it. */
  readonly transport: Transport
  /** Closed with the host. */
  readonly logs: LogStore
  /** Closed with the host. */
  readonly snapshots: SnapshotStore
  /** Whether a member's log outlives the process: of all groups, or of the group of that name, always the same. */
  readonly durable: boolean | ((group: string) => boolean)
  readonly clock: Clock
  readonly random: Random
  /**
   * Told of everything at once. An `EventHub` becomes the host's own, and is closed with it: given to transport and storage as well, it lets `on` and
   * `events` tell what happens there.
   */
  readonly observer?: Observer
  /**
   * Asked of every request that a client makes here, before anything comes of it: whether that client may do this with that group. It answers at once. Without it,
   * whoever the transport lets in as a client may do everything. Hosts, and what lives in them, are not asked about: they are trusted.
   */
  readonly authorise?: Authorise | undefined
  /** For values whose definition names none. Default: the wire's value codec. */
  readonly codec?: Codec
  /** How long a question to another host waits for its answer, milliseconds. Default 2000. */
  readonly callTimeoutMs?: number
  /** The disk is slow when it takes longer than this for an answer, milliseconds; told once that goes on (`slow-disk`). Default 500. */
  readonly slowDiskMs?: number | undefined
}

/** What a group is on this host: its machine, where the others are, and what the member here is to be. */
export interface GroupOptions {
  /**
   * What the group replicates: what `defineValue`, `pureMachine` or `inPlaceMachine` returned. The same on every host, but for
   * versions.
   */
  readonly machine: Machine
  /** Addresses asked for the group, all the hosts that may hold it; or what gives them, as `discover` does. This host's own may be among them. */
  readonly join?: Join
  /**
   * Joins as a learner and stays one: it receives the log, answers stale queries and forwards calls, and counts in no quorum. Looked at when the
   * member is added; what its log says afterwards holds. Default false: a voter as soon as it has caught up.
   */
  readonly learner?: boolean
  /**
   * This host had a durable member of the group, and what it kept is lost for good, a person has made sure: a new member takes its place.
   * Without it the group refuses (`member-lost`, as an event of kind `join`), since a directory that is merely not mounted looks the same.
   */
  readonly formerData?: 'lost'
  /** Where nothing of the group is stored here, and no member of it was removed: the member begins the group together with others. Default: it joins, or waits. */
  readonly founding?: Founding | undefined
  /** Called with values as they change, where this member leads. */
  readonly hooks?: Hooks
  /**
   * How much the member here wants to lead. `preferred`: whoever leads hands over to it once it is up to date, at the earliest ten election
   * timeouts after its own election and its last attempt. `excluded`: it votes and leads only where nobody else can. It can differ from start to start.
   * Default `normal`.
   */
  readonly leadership?: LeadershipWish
  /**
   * Those of `MemberSettings` are this member's own. Those of `GroupSettings` count only for a group that is created here: members agree on them, so a
   * member that joins or is started again goes by what the group's log says, and `client.changeSettings` changes that.
   */
  readonly settings?: Partial<GroupSettings> & Partial<MemberSettings>
}

/**
 * How a member begins a group together with the others that its first configuration names: each is given the same, and creates its own log. It is for those who have it
 * agreed on elsewhere, as a fleet's registry has. Whoever gives it answers for these:
 * - a member id begins once, with storage that has never known it: one that begins again has forgotten what it promised;
 * - all members begin with the same configuration, the same `settings` and the same version of the machine.
 */
export interface Founding {
  /** The group's: 32 hexadecimal digits, drawn for it. */
  readonly incarnation: string
  /** The member of this host, as the configuration has it. */
  readonly member: MemberId
  readonly configuration: Configuration
  /** The version of the machine that the group begins with: all members know it. */
  readonly machineVersion: number
}

/** How a host is closed. */
export interface CloseOptions {
  /** Hand over the leadership of groups first. Default true. */
  readonly transfer?: boolean
}

/** How long handing over may take. */
export interface TransferOptions {
  /** How long to wait for the new leader, milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

/** What the group is, and the value it begins with. */
export interface CreateGroupOptions extends GroupOptions {
  /** Create even if an address in `join` has not answered: you have looked for yourself. */
  readonly unreachable?: 'checked'
  /** The value that the group begins with: a backup of a group, of this cluster or another one, under this name or another one. */
  readonly from?: AsyncIterable<Uint8Array>
  /** With `from`: the value as it was when this entry was the last one. Default: all that the backup holds. */
  readonly upTo?: number
}
