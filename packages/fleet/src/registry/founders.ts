/**
 * The members that a group begins with. Each is drawn for the storage of its host, and begins there once, after the registry has let it: nobody learns later whether one of
 * them had begun that is gone with its storage.
 *
 * Invariant: while fewer than a majority of a group's founders have been let begin, none of its entries was ever committed, and what any of them says of it is worth nothing. Only such
 * a group is founded anew, as another incarnation; those that were let begin before are members of a removed one. As soon as a majority has been let, `isFounded` stands for
 * good: something may have been acknowledged then, and whatever is lost of it is for people to decide.
 */
import { type ApplyContext, CommandError } from '@rafted/contracts'
import { type Founder, type GroupRecord, hostsOf, keepingOf } from './records.ts'
import type { NewGroup } from './registry.ts'
import { hostAt, type RegistryState } from './state.ts'

/** The version of the registry from which on members ask before they begin. A group that was added before may always have served. */
export const ASKED_SINCE = 2

/** @throws {CommandError} `inactive`, or `try-again` where the host may not take it now. */
function foundersOf(state: RegistryState, group: NewGroup, mayBegin: boolean): Founder[] {
  return group.members.map(({ host: id, member }) => {
    const host = hostAt(state, id)
    const machine = host.machines[group.machine]
    if (host.isDraining || machine === undefined)
      throw new CommandError('try-again', `Host "${id}" takes no such member now.`)
    const { life, durable } = keepingOf(host, group)
    const { address, wire } = host
    return { host: id, member, address, durable, wire, machine, life, mayBegin, hasBegun: false }
  })
}

/** Its founding member may begin there, unless it was drawn for storage that the host has no more. */
export function letBegin(state: RegistryState, host: string, raft: string): void {
  const group = state.groupOf(raft)
  if (group?.founders == null || !isAble(state, group, host)) return
  const founders = group.founders.map((one) => (one.host === host ? { ...one, mayBegin: true } : one))
  const isFounded = group.isFounded || isMajority(founders, ({ mayBegin }) => mayBegin)
  state.setGroup(group.name, { ...group, founders, isFounded })
}

/** It has begun there, or another member votes in its place. */
export function onBegun(state: RegistryState, host: string, raft: string): void {
  const group = state.groupOf(raft)
  if (group?.founders == null) return
  const founders = group.founders.map((one) => (one.host === host ? { ...one, hasBegun: true } : one))
  const haveAll = founders.every(({ hasBegun }) => hasBegun)
  state.setGroup(group.name, { ...group, founders: haveAll ? null : founders })
}

/** Whether it has never been a group, and never will be: too few of its founders are there any more. */
export function isStillborn(state: RegistryState, group: GroupRecord): boolean {
  const { founders, isFounded } = group
  return !isFounded && founders !== null && !isMajority(founders, ({ host }) => isAble(state, group, host))
}

/** Another incarnation takes the place of one that never was. What may lie of that somewhere is discarded. */
export function foundAnew(
  state: RegistryState,
  before: GroupRecord,
  group: NewGroup,
  context: ApplyContext,
): void {
  const keepers = hostsOf(before).filter((host) => state.hosts.has(host))
  const anew = recordOf(state, group, context)
  state.setGroup(before.name, null)
  if (keepers.length > 0)
    state.setRemoved(before.raft, { group: before, at: context.time, isOver: true, keepers })
  state.setGroup(group.name, anew)
}

/** A group that nobody has begun yet. @throws {CommandError} `inactive`, or `try-again` where one of its hosts may not take it now. */
export function recordOf(
  state: RegistryState,
  group: NewGroup,
  { time, index, version }: ApplyContext,
): GroupRecord {
  const isUnasked = version < ASKED_SINCE
  const founders = foundersOf(state, group, isUnasked)
  const { members, ...origin } = group
  return {
    ...origin,
    hosts: members.map(({ host }) => host),
    founders,
    isFounded: isUnasked,
    former: [],
    isServing: false,
    move: null,
    movedAt: time,
    version: index,
  }
}

/** Whether the host has the storage that its founding member was drawn for. */
function isAble(state: RegistryState, group: GroupRecord, host: string): boolean {
  const record = state.hosts.get(host)
  const founder = group.founders?.find((one) => one.host === host)
  return record !== undefined && founder !== undefined && keepingOf(record, group).life === founder.life
}

function isMajority(founders: readonly Founder[], is: (founder: Founder) => boolean): boolean {
  return founders.filter(is).length > founders.length / 2
}
