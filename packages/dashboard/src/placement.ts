/** Where the members of a fleet's groups are placed: what the registry says, asked while somebody looks. */
import { type Clock, isRaftedError } from '@rafted/contracts'
import type { FleetGroup, FleetMember, UnreachableHost } from '@rafted/fleet'
import type { DashboardFleet } from './sources.ts'

/** A host of the fleet, and how much it holds. */
export interface PlacedHostView {
  readonly id: string
  readonly capacity: number
  readonly isDraining: boolean
  readonly groups: number
  /** Since when others don't reach it, milliseconds; null where all do. */
  readonly unreachableMs: number | null
  readonly unreachableBy: number
}

/** A group that is not as it is to be. */
export interface UnsettledGroup {
  readonly name: string
  readonly raft: string
  readonly isServing: boolean
  readonly from: string | null
  readonly to: string | null
}

/** The hosts of the fleet by zone, and how its groups are spread over them. */
export interface PlacementView {
  readonly zones: readonly { readonly zone: string; readonly hosts: readonly PlacedHostView[] }[]
  readonly groups: number
  readonly moving: number
  readonly notServing: number
  /** The first of those that are moving, or don't serve. */
  readonly unsettled: readonly UnsettledGroup[]
  /** Groups that have members in one zone, two, three and so on. */
  readonly spread: readonly number[]
  /** How this host takes part. */
  readonly isActive: boolean
  readonly here: number
  /** Why the registry could not be asked, or null. What is told is as of before then. */
  readonly problem: string | null
}

/** It costs a round with the leader of the registry. */
const EVERY_MS = 2000
const ASK_MS = 3000
const MOST_UNSETTLED = 50

export class Placement {
  readonly #fleet: DashboardFleet
  readonly #clock: Pick<Clock, 'now'>
  #groups = new Map<string, FleetGroup>()
  #zones: ReadonlyMap<string, readonly FleetMember[]> = new Map()
  #unreachable: readonly UnreachableHost[] = []
  #problem: string | null = null
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | null = null

  constructor(fleet: DashboardFleet, clock: Pick<Clock, 'now'>) {
    this.#fleet = fleet
    this.#clock = clock
  }

  /** Groups by the names that hosts have for them, as they were when the registry was asked last. */
  get groups(): ReadonlyMap<string, FleetGroup> {
    return this.#groups
  }

  /** Asks the registry, unless that was done just now. Never rejects. */
  look(): Promise<void> {
    if (this.#asking === null && this.#clock.now() - this.#askedAt < EVERY_MS) return Promise.resolve()
    this.#asking ??= this.#ask().finally(() => {
      this.#askedAt = this.#clock.now()
      this.#asking = null
    })
    return this.#asking
  }

  async #ask(): Promise<void> {
    const within = { timeoutMs: ASK_MS }
    try {
      const [groups, zones, unreachable] = await Promise.all([
        this.#fleet.groups(within),
        this.#fleet.activeHosts(within),
        this.#fleet.unreachableHosts(within),
      ])
      this.#groups = new Map(groups.map((group) => [group.raft, group]))
      this.#zones = zones
      this.#unreachable = unreachable
      this.#problem = null
    } catch (error) {
      this.#problem = isRaftedError(error) ? `${error.code}: ${error.message}` : 'It could not be asked.'
    }
  }

  view(): PlacementView {
    const groups = [...this.#groups.values()]
    const held = new Map<string, number>()
    for (const { hosts } of groups) for (const host of hosts) held.set(host, (held.get(host) ?? 0) + 1)
    const zoneOf = new Map<string, string>()
    for (const [zone, hosts] of this.#zones) for (const { id } of hosts) zoneOf.set(id, zone)
    const { isActive, here } = this.#fleet.status()
    return {
      zones: [...this.#zones]
        .map(([zone, hosts]) => ({ zone, hosts: hosts.map((host) => this.#hostView(host, held)).sort(byId) }))
        .sort((a, b) => (a.zone < b.zone ? -1 : 1)),
      groups: groups.length,
      moving: groups.filter(({ move }) => move !== null).length,
      unsettled: groups
        .filter(({ move, isServing }) => move !== null || !isServing)
        .slice(0, MOST_UNSETTLED)
        .map(({ name, raft, isServing, move }) => ({
          name,
          raft,
          isServing,
          from: move?.from ?? null,
          to: move?.to ?? null,
        })),
      notServing: groups.filter(({ isServing }) => !isServing).length,
      spread: spreadOf(groups, zoneOf),
      isActive,
      here,
      problem: this.#problem,
    }
  }

  #hostView({ id, capacity, isDraining }: FleetMember, held: ReadonlyMap<string, number>): PlacedHostView {
    const unreachable = this.#unreachable.find(({ host }) => host === id)
    return {
      id,
      capacity,
      isDraining,
      groups: held.get(id) ?? 0,
      unreachableMs: unreachable?.forMs ?? null,
      unreachableBy: unreachable?.by.length ?? 0,
    }
  }
}

function byId(a: PlacedHostView, b: PlacedHostView): number {
  return a.id < b.id ? -1 : 1
}

function spreadOf(groups: readonly FleetGroup[], zoneOf: ReadonlyMap<string, string>): number[] {
  const spread: number[] = []
  for (const { hosts } of groups) {
    const zones = new Set(hosts.map((host) => zoneOf.get(host)).filter((zone) => zone !== undefined)).size
    if (zones > 0) spread[zones - 1] = (spread[zones - 1] ?? 0) + 1
  }
  return Array.from(spread, (count) => count ?? 0)
}
