/**
 * The registry: which hosts take part, and which groups there are to be, and where. The machine of the control group. Hosts make it so, each its own part, and say when they
 * have; whoever plans moves is refused unless what it goes by is still so. Time is replicated time (F102).
 */
import { type ApplyContext, CommandError, defineValue } from '@rafted/contracts'
import { bad, checkReplicas, checkSettings } from './arguments.ts'
import { ASKED_SINCE, foundAnew, isStillborn, letBegin, onBegun, recordOf } from './founders.ts'
import { beginMove, endMove, STANDS_SINCE, standOn, type WantedMove, whyNotMove } from './moving.ts'
import {
  type FleetSettings,
  type GroupOrigin,
  type GroupRecord,
  type HostRecord,
  hostsOf,
  type RemovedGroup,
} from './records.ts'
import { hostAt, itemsOf, putBack, RegistryState } from './state.ts'

/** What a group is added with. The members are drawn by who adds it, and lie where it placed them. */
export interface NewGroup extends GroupOrigin {
  readonly replicas: number
  readonly members: readonly { readonly host: string; readonly member: string }[]
}

/** What a host has done, or found done, of what the registry wants. What is not so any more is passed over. */
export interface Facts {
  /** Its founding members that are about to begin, by the names that hosts know groups by. */
  readonly begins?: readonly string[]
  /** Those that have begun. */
  readonly begun?: readonly string[]
  /** Groups that a leader here serves. */
  readonly serving?: readonly string[]
  /** Groups that it leads, and whose move is done. */
  readonly moved?: readonly { readonly raft: string; readonly version: number; readonly bytes: number }[]
  /** Groups that it leads after people have recovered them, and as what. */
  readonly recovered?: readonly { readonly raft: string; readonly incarnation: string }[]
  /** Removed groups of which it keeps nothing. */
  readonly discarded?: readonly string[]
}

/** More of them would make the registry itself a burden. */
const MAX_GROUPS = 100_000
const MAX_HOSTS = 1000
/** Former incarnations of a group that are remembered. */
const MAX_FORMER = 8
/** Most of them that one command may begin. */
const MAX_MOVES = 256

/** Of hosts, about themselves and others. */
const hostCommands = {
  /** A host takes part, or says what it is anew. Refused as `member-lost` where its files have gone, and members that others count on with them. @returns the version that holds it. */
  enrol(this: ApplyContext, state: RegistryState, host: Omit<HostRecord, 'isDraining'>): number {
    const before = state.hosts.get(host.id)
    if (before === undefined && state.hosts.size >= MAX_HOSTS) throw full('hosts')
    if (!host.formerLost) checkLife(state, host)
    const isDraining = before?.isDraining === true && before.process === host.process
    // What a person has said of its storage holds for as long as it has that.
    const isSaid = before?.formerLost === true && before.persisted.life === host.persisted.life
    state.setHost(host.id, { ...host, formerLost: host.formerLost || isSaid, isDraining })
    state.version = this.index
    return state.version
  },
  /** The host is to hold nothing any more. */
  drain(this: ApplyContext, state: RegistryState, id: string): void {
    const host = hostAt(state, id)
    state.setHost(id, { ...host, isDraining: true })
    state.version = this.index
  },
  /** The host takes part no more. Unless it is given up, no group may count on it any more: else `in-use`. @param process null: whichever it is. */
  withdraw(
    this: ApplyContext,
    state: RegistryState,
    id: string,
    process: string | null,
    isGivenUp: boolean,
  ): void {
    const host = state.hosts.get(id)
    if (host === undefined || (process !== null && host.process !== process)) return
    if (!isGivenUp && state.groupsOn(id).size > 0)
      throw new CommandError('in-use', `Host "${id}" holds ${state.groupsOn(id).size} groups still.`)
    giveUp(state, id)
    state.version = this.index
  },
  /** Gives up a host that most of the others have not reached for a while: else it is refused, as `not-agreed`. */
  purge(this: ApplyContext, state: RegistryState, id: string): void {
    hostAt(state, id)
    if (!isGoneForMost(state, id, this.time))
      throw new CommandError('not-agreed', `Most hosts have reached "${id}" lately.`)
    giveUp(state, id)
    state.version = this.index
  },
  /** The hosts that this one can't reach now: all of them. */
  observe(this: ApplyContext, state: RegistryState, by: string, unreachable: readonly string[]): void {
    if (!state.hosts.has(by)) return
    const before = state.observations.get(by)?.unreachable ?? {}
    const known = unreachable.filter((id) => id !== by && state.hosts.has(id))
    const since = Object.fromEntries(known.map((id) => [id, before[id] ?? this.time]))
    state.observations.set(by, { unreachable: since })
    state.version = this.index
  },
}

/** Of those who say which groups there are to be. */
const groupCommands = {
  addGroup(this: ApplyContext, state: RegistryState, group: NewGroup): void {
    checkReplicas(group.replicas)
    if (state.groups.has(group.name))
      throw new CommandError('already-exists', `There is a group "${group.name}" already.`)
    checkDrawn(state, group)
    if (state.groups.size + state.removed.size >= MAX_GROUPS) throw full('groups')
    state.setGroup(group.name, recordOf(state, group, this))
    state.version = this.index
  },
  /** A group that can't come to be as it was added, drawn anew: refused, as `not-stillborn`, where it can, or may have served. */
  foundAnew: {
    since: ASKED_SINCE,
    run(this: ApplyContext, state: RegistryState, raft: string, group: NewGroup): void {
      const before = state.groupOf(raft)
      if (before === null || before.name !== group.name || !isStillborn(state, before))
        throw new CommandError('not-stillborn', `The group "${group.name}" may come to be, or have served.`)
      checkDrawn(state, group)
      foundAnew(state, before, group, this)
      state.version = this.index
    },
  },
  /** @returns the name that hosts know it by. */
  removeGroup(this: ApplyContext, state: RegistryState, name: string): string {
    const group = groupAt(state, name)
    state.setGroup(name, null)
    const isOver = !group.isPersisted
    state.setRemoved(group.raft, { group, at: this.time, isOver, keepers: hostsOf(group) })
    state.version = this.index
    return group.raft
  },
  /** The group of this name that was removed last is there again, with the value it had. */
  restoreRemoved(this: ApplyContext, state: RegistryState, name: string): string {
    if (state.groups.has(name))
      throw new CommandError('already-exists', `There is a group "${name}". Remove it first.`)
    const found = lastRemoved(state, name)
    if (found === null)
      throw new CommandError('no-such-group', `Nothing is kept of a group "${name}" that was removed.`)
    const { group } = found
    state.setRemoved(group.raft, null)
    state.setGroup(name, { ...group, isServing: false, move: null, version: this.index })
    state.version = this.index
    return group.raft
  },
  setReplicas(this: ApplyContext, state: RegistryState, name: string, replicas: number): void {
    const group = groupAt(state, name)
    state.setGroup(name, { ...group, replicas: checkReplicas(replicas), version: this.index })
    state.version = this.index
  },
  /** What is kept of groups that were removed long ago is to be discarded. */
  expire(this: ApplyContext, state: RegistryState): void {
    for (const [raft, removed] of state.removed)
      if (!removed.isOver && removed.at + state.settings.keepRemovedMs <= this.time)
        setOver(state, raft, removed)
    state.version = this.index
  },
}

/** Of those who plan, and those who carry out. */
const stepCommands = {
  /** Begins those moves that may begin now. @returns why each of the others may not, null for those that do. */
  move(this: ApplyContext, state: RegistryState, wanted: readonly WantedMove[]): (string | null)[] {
    if (wanted.length > MAX_MOVES) throw bad(`At most ${MAX_MOVES} moves begin at once.`)
    return wanted.map((one) => {
      const why = whyNotMove(state, one, this.time)
      if (why === null) {
        beginMove(state, one, this.time, this.index)
        state.version = this.index
      }
      return why
    })
  },
  /** Moves that can't end: of each only if its record is still that version. */
  giveUpMoves(
    this: ApplyContext,
    state: RegistryState,
    moves: readonly { readonly group: string; readonly version: number }[],
  ): void {
    for (const { group: name, version } of moves) {
      const group = state.group(name)
      if (group === null || group.version !== version || group.move === null) continue
      state.setGroup(name, { ...group, move: null, movedAt: this.time, version: this.index })
      state.version = this.index
    }
  },
  /** A leader says where its group stands, that is nowhere where it is looked for: that is where it is, and moves begin from there. @returns the version that holds it. */
  standsOn: {
    since: STANDS_SINCE,
    run(
      this: ApplyContext,
      state: RegistryState,
      raft: string,
      version: number,
      hosts: readonly string[],
    ): number {
      const group = state.groupOf(raft)
      if (group?.version === version) standOn(state, group, hosts, this)
      state.version = this.index
      return state.version
    },
  },
  /** What a host has done. @returns the version that holds it. */
  report(
    this: ApplyContext,
    state: RegistryState,
    host: string,
    { begins = [], begun = [], serving = [], moved = [], recovered = [], discarded = [] }: Facts,
  ): number {
    for (const raft of begins) letBegin(state, host, raft)
    for (const raft of begun) onBegun(state, host, raft)
    for (const raft of serving) {
      const group = state.groupOf(raft)
      if (group !== null && !group.isServing)
        state.setGroup(group.name, { ...group, isServing: true, isFounded: true })
    }
    for (const { raft, version, bytes } of moved) {
      const group = state.groupOf(raft)
      if (group?.version === version && group.move !== null) endMove(state, group, bytes, this)
    }
    for (const { raft, incarnation } of recovered) onRecovered(state, raft, incarnation, this.index)
    for (const raft of discarded) onDiscarded(state, host, raft)
    state.version = this.index
    return state.version
  },
  /** @returns those in force from here on. */
  changeSettings(this: ApplyContext, state: RegistryState, changes: Partial<FleetSettings>): FleetSettings {
    state.settings = checkSettings(changes, state.settings)
    state.version = this.index
    return state.settings
  },
}

/** The definition of the registry, whose states are made by `create`. */
export function defineRegistry(create: () => RegistryState) {
  return defineValue({
    version: STANDS_SINCE,
    oldestVersion: 1,
    create,
    snapshot: itemsOf,
    restore: putBack,
    deadline: nextExpiry,
    atDeadline: 'expire',
    commands: {
      ...hostCommands,
      ...groupCommands,
      ...stepCommands,
    },
    queries: {
      /** Whoever has applied as much knows all that was decided before this was asked. */
      version: (state): number => state.version,
    },
  })
}

function nextExpiry({ removed, settings }: RegistryState): number | null {
  // In the order of their removal.
  for (const { at, isOver } of removed.values()) if (!isOver) return at + settings.keepRemovedMs
  return null
}

function groupAt(state: RegistryState, name: string): GroupRecord {
  const group = state.group(name)
  if (group === null) throw new CommandError('no-such-group', `There is no group "${name}".`)
  return group
}

function checkDrawn(state: RegistryState, { raft }: NewGroup): void {
  if (state.groupOf(raft) !== null || state.removed.has(raft))
    throw new CommandError('try-again', 'Another incarnation was drawn alike.')
}

function full(what: string): CommandError {
  return new CommandError('overloaded', `The fleet has as many ${what} as it can.`)
}

/** A host whose files are others than those that hold what groups count on may merely have mounted the wrong directory. */
function checkLife(state: RegistryState, host: Omit<HostRecord, 'isDraining'>): void {
  const before = state.hosts.get(host.id)
  const holds = [...state.groupsOn(host.id)].some((name) => state.group(name)!.isPersisted)
  if (before === undefined || !holds) return
  if (!before.persisted.durable || before.persisted.life === host.persisted.life) return
  throw new CommandError(
    'member-lost',
    `Host "${host.id}" comes back without the files that its groups count on. Mount its directory; if it is lost for good, say so: formerData: 'lost'.`,
  )
}

/** It holds nothing any more as far as the fleet is concerned; its members are replaced. */
function giveUp(state: RegistryState, id: string): void {
  state.setHost(id, null)
  for (const [by, { unreachable }] of [...state.observations]) {
    if (!Object.hasOwn(unreachable, id)) continue
    const { [id]: _, ...rest } = unreachable
    state.observations.set(by, { unreachable: rest })
  }
  for (const raft of [...state.removed.keys()]) onDiscarded(state, id, raft)
}

/** Whether more than half of all hosts have not reached it for the whole window (F100): one host alone, and one of two, can't say which of them is gone. */
export function isGoneForMost(state: RegistryState, id: string, time: number): boolean {
  let agree = 0
  for (const [by, { unreachable }] of state.observations) {
    const since = unreachable[id]
    if (by !== id && since !== undefined && since + state.settings.purgeAfterMs <= time) agree++
  }
  return agree > state.hosts.size / 2
}

/** Nobody is to begin what there was before: it would be a group beside the one that was recovered. */
function onRecovered(state: RegistryState, raft: string, incarnation: string, version: number): void {
  const group = state.groupOf(raft)
  if (group === null || group.incarnation === incarnation || group.former.includes(incarnation)) return
  const former = [group.incarnation, ...group.former].slice(0, MAX_FORMER)
  state.setGroup(group.name, { ...group, incarnation, former, founders: null, isFounded: true, version })
}

function onDiscarded(state: RegistryState, host: string, raft: string): void {
  const removed = state.removed.get(raft)
  if (removed === undefined || !removed.keepers.includes(host)) return
  const keepers = removed.keepers.filter((keeper) => keeper !== host)
  state.setRemoved(raft, removed.isOver && keepers.length === 0 ? null : { ...removed, keepers })
}

function setOver(state: RegistryState, raft: string, removed: RemovedGroup): void {
  state.setRemoved(raft, removed.keepers.length === 0 ? null : { ...removed, isOver: true })
}

function lastRemoved(state: RegistryState, name: string): RemovedGroup | null {
  let last: RemovedGroup | null = null
  for (const removed of state.removed.values())
    if (removed.group.name === name && !removed.isOver && (last === null || removed.at >= last.at))
      last = removed
  return last
}

/** Its handle's type, and what clients are given. */
export type Registry = ReturnType<typeof defineRegistry>
export const registry: Registry = defineRegistry(() => new RegistryState())
