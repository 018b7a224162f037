/** Which members are to move next: a pure function of the registry. It runs where the control group is led; the registry refuses what is not so any more (F109). */
import { place } from './placement.ts'
import { isStillborn } from './registry/founders.ts'
import { isCrowded, type WantedMove, whyNotMove } from './registry/moving.ts'
import type { GroupRecord, HostRecord } from './registry/records.ts'
import { isGoneForMost } from './registry/registry.ts'
import type { RegistryState } from './registry/state.ts'

/** The most pressing first: a member that is lost, one that is to go, one that is missing, one that would be better elsewhere. */
type Pressure = 0 | 1 | 2 | 3

interface Candidate extends WantedMove {
  readonly pressure: Pressure
}

/** Hosts that may take a member of such a group. */
export function takers(state: RegistryState, { machine }: Pick<GroupRecord, 'machine'>): HostRecord[] {
  return [...state.hosts.values()].filter(
    ({ isDraining, machines }) => !isDraining && Object.hasOwn(machines, machine),
  )
}

/** Groups to look at, and where one is left that can't be done yet. */
export interface Plan {
  readonly moves: readonly WantedMove[]
  /** Moves that can't end. */
  readonly hopeless: readonly { readonly group: string; readonly version: number }[]
  /** Names of groups that can't come to be as they were added. */
  readonly stillborn: readonly string[]
  /** Names of groups that need a step, also those that may not begin now. */
  readonly unsettled: readonly string[]
}

/** @param names of the groups to be looked at. @param most moves to be begun at once. */
export function planMoves(state: RegistryState, names: Iterable<string>, time: number, most: number): Plan {
  const found: Candidate[] = []
  const hopeless: { group: string; version: number }[] = []
  const stillborn: string[] = []
  const unsettled: string[] = []
  const takersOf = memo((machine: string) => takers(state, { machine }))
  for (const name of names) {
    const group = state.group(name)
    if (group === null) continue
    if (isStillborn(state, group)) {
      unsettled.push(name)
      stillborn.push(name)
      continue
    }
    if (group.move !== null) {
      unsettled.push(name)
      if (isHopeless(state, group)) hopeless.push({ group: name, version: group.version })
      continue
    }
    const candidate = stepOf(state, group, takersOf(group.machine))
    if (candidate === null) continue
    unsettled.push(name)
    found.push(candidate)
  }
  found.sort((a, b) => a.pressure - b.pressure || (a.group < b.group ? -1 : 1))
  return { moves: allowed(state, found, time, most), hopeless, stillborn, unsettled }
}

/** Those that the limits allow together: each is counted before the next is asked about. */
function allowed(
  state: RegistryState,
  found: readonly Candidate[],
  time: number,
  most: number,
): WantedMove[] {
  const counts = new Map<string, number>()
  const chosen: WantedMove[] = []
  const { movesPerHost, movesPerZone } = state.settings
  for (const { pressure: _, ...move } of found) {
    if (chosen.length === most) break
    const sides = [move.from, move.to].filter((host) => host !== null)
    const keys = sides.flatMap((host) => {
      const zone = state.hosts.get(host)?.zone
      return zone === undefined ? [`host ${host}`] : [`host ${host}`, `zone ${zone}`]
    })
    const isFull = keys.some(
      (key) => (counts.get(key) ?? 0) >= (key.startsWith('host') ? movesPerHost : movesPerZone),
    )
    if (isFull || whyNotMove(state, move, time) !== null) continue
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
    chosen.push(move)
  }
  return chosen
}

/** The host it goes to is gone, or takes nothing any more; or a member goes that may be needed until one is removed that is lost by now. */
function isHopeless(state: RegistryState, { hosts, move }: GroupRecord): boolean {
  const { from, to } = move!
  if (to !== null) return state.hosts.get(to)?.isDraining !== false
  return from !== null && state.hosts.has(from) && hosts.some((host) => !state.hosts.has(host))
}

/** The next step of a group toward where it should be, or null if it is there. */
function stepOf(state: RegistryState, group: GroupRecord, hosts: readonly HostRecord[]): Candidate | null {
  const ideal = place(group.name, hosts, group.replicas)
  const { hosts: now, name, version } = group
  const missing = ideal.filter((host) => !now.includes(host))
  const extra = now.filter((host) => !ideal.includes(host))
  if (missing.length === 0 && extra.length === 0)
    return isSameOrder(ideal, now)
      ? null
      : { group: name, version, from: null, to: null, hosts: ideal, pressure: 3 }
  const from = leastOf(state, extra, missing[0])
  const to = bestFor(state, group, missing, from)
  const isGone = from !== null && !state.hosts.has(from)
  // One that is lost votes for nobody, and nothing is won by removing it as long as nobody takes its place, unless there are to be fewer: it may come back (F96).
  const isOneTooMany = now.length > group.replicas
  if (to === null && (from === null || (isGone && !isOneTooMany))) return null
  const goes = to !== null && now.length < ideal.length && (from === null || !isGone) ? null : from
  const next = inOrder(ideal, [...now.filter((host) => host !== goes), ...(to === null ? [] : [to])])
  // Never the last one.
  if (next.length === 0) return null
  const isDraining = goes !== null && state.hosts.get(goes)?.isDraining === true
  const pressure = isGone ? 0 : isDraining ? 1 : goes === null ? 2 : 3
  return { group: name, version, from: goes, to, hosts: next, pressure }
}

/** Which of those that are to go goes first: one that is gone, one that drains, one in the zone of the newcomer. */
function leastOf(
  state: RegistryState,
  extra: readonly string[],
  newcomer: string | undefined,
): string | null {
  const zone = newcomer === undefined ? undefined : state.hosts.get(newcomer)?.zone
  const rank = (id: string): number => {
    const host = state.hosts.get(id)
    if (host === undefined) return 0
    if (host.isDraining) return 1
    return host.zone === zone ? 2 : 3
  }
  return extra.toSorted((a, b) => rank(a) - rank(b))[0] ?? null
}

/** The newcomer beside which no zone has most of the members, if there is one; in the zone of the one that goes, if there is one. */
function bestFor(
  state: RegistryState,
  { hosts }: GroupRecord,
  missing: readonly string[],
  from: string | null,
): string | null {
  const zone = from === null ? undefined : state.hosts.get(from)?.zone
  const left = hosts.filter((host) => host !== from)
  const fits = missing.filter((to) => !isCrowded(state, [...left, to]))
  const near = fits.find((to) => state.hosts.get(to)?.zone === zone)
  return near ?? fits[0] ?? missing[0] ?? null
}

/** As the ideal has them, those that it hasn't last. */
function inOrder(ideal: readonly string[], hosts: readonly string[]): string[] {
  const rank = (host: string): number => (ideal.includes(host) ? ideal.indexOf(host) : ideal.length)
  return hosts.toSorted((a, b) => rank(a) - rank(b))
}

function isSameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.every((host, i) => host === b[i])
}

/** Hosts to be given up: most of the others have not reached them for the whole window. */
export function toPurge(state: RegistryState, time: number): string[] {
  return [...state.hosts.keys()].filter((id) => isGoneForMost(state, id, time))
}

/**
 * Who is to vote in the control group: an odd number, since one more beside it would only have to be asked.
 */
export function controlVoters(state: RegistryState, name: string): string[] {
  const hosts = [...state.hosts.values()].filter(({ isDraining }) => !isDraining)
  const voters = place(name, hosts, Math.min(state.settings.controlVoters, hosts.length))
  return place(name, hosts, voters.length - (voters.length % 2 === 0 ? 1 : 0))
}

function memo<Value>(make: (key: string) => Value): (key: string) => Value {
  const made = new Map<string, Value>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}
