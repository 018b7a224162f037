/** Moves of members, one small step of a group at a time: when one may begin, and what it comes to. */
import type { ApplyContext } from '@rafted/contracts'
import { hasMajorityInAZone } from '../placement.ts'
import type { Founder, GroupRecord, Move } from './records.ts'
import type { RegistryState } from './state.ts'

/** The version of the registry from which on leaders say where a group stands that is not where it is looked for, and founders stay until all have begun. */
export const STANDS_SINCE = 3

/** A step that somebody would take. */
export interface WantedMove extends Omit<Move, 'at'> {
  readonly group: string
  /** The step is based on this version of the group's record: nothing is done to another. */
  readonly version: number
}

/** Why a move may not begin now, or null. */
export function whyNotMove(state: RegistryState, wanted: WantedMove, time: number): string | null {
  const { from, to, hosts } = wanted
  const group = state.group(wanted.group)
  if (group === null || group.version !== wanted.version) return 'it is another group by now'
  if (group.move !== null) return 'a move of it is under way'
  if (!isStep(group, wanted)) return 'it is no step'
  if (to !== null && state.hosts.get(to)?.isDraining !== false) return 'its host takes no members'
  const isIdle = from === null && to === null
  if (isIdle) return null
  if (time < group.movedAt + state.settings.coolDownMs) return 'it has moved a short while ago'
  if (to !== null && time < (state.busy.get(to) ?? 0)) return 'its host has got much lately'
  const zones = new Map<string, number>()
  const counts = new Map<string, number>()
  for (const name of state.moving) {
    const { move } = state.group(name)!
    for (const host of sidesOf(move!)) {
      counts.set(host, (counts.get(host) ?? 0) + 1)
      const zone = state.hosts.get(host)?.zone
      if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1)
    }
  }
  for (const host of sidesOf(wanted)) {
    if ((counts.get(host) ?? 0) >= state.settings.movesPerHost)
      return 'enough moves of its host are under way'
    const zone = state.hosts.get(host)?.zone
    if (zone !== undefined && (zones.get(zone) ?? 0) >= state.settings.movesPerZone)
      return 'enough moves of its zone are under way'
  }
  return hosts.length === 0 ? 'a group needs a member' : null
}

function sidesOf({ from, to }: Pick<Move, 'from' | 'to'>): string[] {
  return [from, to].filter((host) => host !== null)
}

/** Whether the hosts it names are those there are, but for the one that comes and the one that goes. */
function isStep({ hosts: before }: GroupRecord, { from, to, hosts: after }: WantedMove): boolean {
  if (from !== null && !before.includes(from)) return false
  if (to !== null && before.includes(to)) return false
  const expected = before.filter((host) => host !== from)
  if (to !== null) expected.push(to)
  return after.length === expected.length && new Set([...after, ...expected]).size === expected.length
}

/** Whether most of the members would be in one zone then, where there are three or more. Hosts that are not known any more count for none. */
export function isCrowded(state: RegistryState, hosts: readonly string[]): boolean {
  const zones = new Set([...state.hosts.values()].map(({ zone }) => zone))
  const known = hosts.map((id) => ({ zone: state.hosts.get(id)?.zone ?? `of ${id}` }))
  return zones.size >= 3 && hasMajorityInAZone(known)
}

export function beginMove(state: RegistryState, wanted: WantedMove, time: number, version: number): void {
  const group = state.group(wanted.group)!
  const { from, to, hosts } = wanted
  if (from === null && to === null) state.setGroup(group.name, { ...group, hosts, version })
  else state.setGroup(group.name, { ...group, move: { from, to, hosts, at: time }, version })
}

/** The members are where the move wanted them. @param bytes that it brought, about. */
export function endMove(state: RegistryState, group: GroupRecord, bytes: number, at: ApplyContext): void {
  const { hosts, to } = group.move!
  if (to !== null) {
    const ms = (bytes / state.settings.moveBytesPerSecond) * 1000
    state.busy.set(to, Math.max(at.time, state.busy.get(to) ?? 0) + ms)
  }
  standOn(state, group, hosts, at)
}

/** Its members are on these hosts, whatever was wanted. */
export function standOn(
  state: RegistryState,
  group: GroupRecord,
  hosts: readonly string[],
  { time, index, version }: ApplyContext,
): void {
  const founders = foundersAfter(group, hosts, version)
  state.setGroup(group.name, {
    ...group,
    hosts,
    founders: founders?.every(({ hasBegun }) => hasBegun) === true ? null : founders,
    isFounded: true,
    move: null,
    movedAt: time,
    version: index,
  })
}

/** Whoever goes without having begun never will. Who has begun stays among them as long as another one is to begin: that one's log has to begin as the others' did, with all of them (F106c). */
function foundersAfter(
  { founders }: GroupRecord,
  hosts: readonly string[],
  version: number,
): readonly Founder[] | null {
  if (founders === null) return null
  if (version < STANDS_SINCE) return founders.filter(({ host }) => hosts.includes(host))
  return founders.map((one) => (hosts.includes(one.host) ? one : { ...one, hasBegun: true }))
}
