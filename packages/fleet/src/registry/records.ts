/** What the registry holds: values, replaced and never changed. */
import type { PlacedHost } from '../placement.ts'

/** How a host keeps what it is told of a group. */
export interface Keeping {
  /** Another one, and nothing is left of what was kept. */
  readonly life: string
  /** Whether it outlives the process. */
  readonly durable: boolean
}

/** Versions, `[oldest, newest]`. */
export type Versions = readonly [oldest: number, newest: number]

/** A host that takes part: what it says of itself, and what was asked of it. */
export interface HostRecord extends PlacedHost {
  readonly address: string
  readonly wire: Versions
  /** The machines that its code knows, by their names. */
  readonly machines: Readonly<Record<string, Versions>>
  /** Of groups that are persisted, and of those that live in memory. */
  readonly persisted: Keeping
  readonly memory: Keeping
  /** Drawn by the process: one that was started again says what it can do anew. */
  readonly process: string
  /** What it held before this life is lost, somebody has made sure: its members are replaced. */
  readonly formerLost: boolean
  /** It is to hold nothing any more. */
  readonly isDraining: boolean
}

/** A member with which a group begins, as its first configuration has it. */
export interface Founder {
  readonly host: string
  readonly member: string
  readonly address: string
  readonly durable: boolean
  readonly wire: Versions
  readonly machine: Versions
  /** The storage it was drawn for: in another one it never begins. */
  readonly life: string
  /** The registry has let it begin: from then on it may have promised something. */
  readonly mayBegin: boolean
  /** It has said so, or another member votes in its place, or it never will. */
  readonly hasBegun: boolean
}

/** One small step of a group to other hosts. */
export interface Move {
  /** Its member goes; null: none does. */
  readonly from: string | null
  /** A member comes there; null: none does. */
  readonly to: string | null
  /** Where the members are when it is done, who is to lead first. */
  readonly hosts: readonly string[]
  /** Replicated time at which it began. */
  readonly at: number
}

/** What is fixed when a group is added. */
export interface GroupOrigin {
  readonly name: string
  /** Its name for hosts: that of this incarnation, and never of another group. */
  readonly raft: string
  /** 32 hexadecimal digits, drawn for it. */
  readonly incarnation: string
  /** By name. */
  readonly machine: string
  /** With which version it begins. */
  readonly machineVersion: number
  readonly isPersisted: boolean
  /** With which it begins. */
  readonly settings: Readonly<Record<string, number>>
}

/** A group that there is to be, and where. */
export interface GroupRecord extends GroupOrigin {
  readonly replicas: number
  /** Where its members are to be, who is to lead first. */
  readonly hosts: readonly string[]
  /** The members it begins with, all of them as long as one is to begin; null once all have begun, or never will. */
  readonly founders: readonly Founder[] | null
  /** So many of them were let begin that something may have been acknowledged: it is never founded anew. */
  readonly isFounded: boolean
  /** Incarnations that it had before people recovered it: the last of them. */
  readonly former: readonly string[]
  /** A leader has served. */
  readonly isServing: boolean
  readonly move: Move | null
  /** Replicated time at which its last move ended. */
  readonly movedAt: number
  /** Index of the entry that changed it last. */
  readonly version: number
}

/** A group that is no more, until nobody keeps anything of it. */
export interface RemovedGroup {
  readonly group: GroupRecord
  /** Replicated time. */
  readonly at: number
  /** What is kept of it is to be discarded: it can't be restored any more. */
  readonly isOver: boolean
  /** Hosts that may keep something of it. */
  readonly keepers: readonly string[]
}

/** Hosts that this one can't reach, and since when, in replicated time. */
export interface Observation {
  readonly unreachable: Readonly<Record<string, number>>
}

/** What a fleet goes by. All hosts agree on it. */
export interface FleetSettings {
  /** Moves that may be under way to or from one host at a time. Default 2. */
  readonly movesPerHost: number
  /** The same of one zone. Default 8. */
  readonly movesPerZone: number
  /** Milliseconds for which a group rests between two moves. Default 10,000. */
  readonly coolDownMs: number
  /** Bytes per second that moves may bring to one host, counted when they end. Default 32 MiB. */
  readonly moveBytesPerSecond: number
  /** Milliseconds after which a host that most others can't reach is given up: its members are replaced. Default 30 minutes. */
  readonly purgeAfterMs: number
  /** Milliseconds for which a removed group that was persisted can be restored. Default 24 hours. */
  readonly keepRemovedMs: number
  /** Voters of the control group, at most: odd. Default 5. */
  readonly controlVoters: number
}

export const DEFAULT_SETTINGS: FleetSettings = {
  movesPerHost: 2,
  movesPerZone: 8,
  coolDownMs: 10_000,
  moveBytesPerSecond: 32 * 1024 * 1024,
  purgeAfterMs: 30 * 60_000,
  keepRemovedMs: 24 * 3600_000,
  controlVoters: 5,
}

/** Hosts on which a group has, gets or loses a member. */
export function hostsOf({ hosts, move }: Pick<GroupRecord, 'hosts' | 'move'>): readonly string[] {
  return move?.to == null || hosts.includes(move.to) ? hosts : [...hosts, move.to]
}

/** How a host keeps this group. */
export function keepingOf(host: HostRecord, { isPersisted }: Pick<GroupOrigin, 'isPersisted'>): Keeping {
  return isPersisted ? host.persisted : host.memory
}

/** A record as it stands in a snapshot, also in one of before members asked. */
export function asKept(group: GroupRecord): GroupRecord {
  const { isFounded = true, founders } = group as Partial<GroupRecord>
  const kept = founders?.map((one) => ({ ...one, mayBegin: (one as Partial<Founder>).mayBegin ?? true }))
  return { ...group, isFounded, founders: kept ?? null }
}
