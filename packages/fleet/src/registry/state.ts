/** The registry's state, and what follows from it. */
import { CommandError, CowMap } from '@rafted/contracts'
import {
  asKept,
  DEFAULT_SETTINGS,
  type FleetSettings,
  type GroupRecord,
  type HostRecord,
  hostsOf,
  type Observation,
  type RemovedGroup,
} from './records.ts'

export class RegistryState {
  /** Index of the entry that changed something last. */
  version = 0
  settings: FleetSettings = DEFAULT_SETTINGS
  readonly hosts = new CowMap<string, HostRecord>()
  /** By name. */
  readonly groups = new CowMap<string, GroupRecord>()
  /** By the name that hosts know them by. */
  readonly removed = new CowMap<string, RemovedGroup>()
  /** By who observes. */
  readonly observations = new CowMap<string, Observation>()
  /** Until when, in replicated time, a host has enough with what moves have brought it. */
  readonly busy = new CowMap<string, number>()
  // What follows from the rest.
  readonly #byRaft = new Map<string, string>()
  readonly #byHost = new Map<string, Set<string>>()
  readonly #moving = new Set<string>()
  readonly #starting = new Set<string>()
  #changedGroups = new Set<string>()
  #haveHostsChanged = false

  group(name: string): GroupRecord | null {
    return this.groups.get(name) ?? null
  }

  /** The group that hosts know by this name. */
  groupOf(raft: string): GroupRecord | null {
    const name = this.#byRaft.get(raft)
    return name === undefined ? null : this.group(name)
  }

  /** Names of the groups that have a member on this host, or are about to. */
  groupsOn(host: string): ReadonlySet<string> {
    return this.#byHost.get(host) ?? NONE
  }

  /** Names of the groups of which a move is under way. */
  get moving(): ReadonlySet<string> {
    return this.#moving
  }

  /** Names of the groups that no leader has served yet. */
  get starting(): ReadonlySet<string> {
    return this.#starting
  }

  setGroup(name: string, group: GroupRecord | null): void {
    const before = this.group(name)
    if (before !== null) this.#unlist(before)
    if (group === null) this.groups.delete(name)
    else {
      this.groups.set(name, group)
      this.#list(group)
    }
    this.#changedGroups.add((group ?? before)?.raft ?? name)
  }

  setHost(id: string, host: HostRecord | null): void {
    if (host === null) {
      this.hosts.delete(id)
      this.observations.delete(id)
      this.busy.delete(id)
    } else this.hosts.set(id, host)
    this.#haveHostsChanged = true
  }

  setRemoved(raft: string, removed: RemovedGroup | null): void {
    if (removed === null) this.removed.delete(raft)
    else this.removed.set(raft, removed)
    this.#changedGroups.add(raft)
  }

  /** What has changed since it was asked last: groups by the names that hosts know them by. Not replicated. */
  takeChanges(): { readonly groups: ReadonlySet<string>; readonly hosts: boolean } {
    const changes = { groups: this.#changedGroups, hosts: this.#haveHostsChanged }
    this.#changedGroups = new Set()
    this.#haveHostsChanged = false
    return changes
  }

  #list(group: GroupRecord): void {
    this.#byRaft.set(group.raft, group.name)
    if (group.move !== null) this.#moving.add(group.name)
    if (!group.isServing) this.#starting.add(group.name)
    for (const host of hostsOf(group)) {
      const names = this.#byHost.get(host)
      if (names === undefined) this.#byHost.set(host, new Set([group.name]))
      else names.add(group.name)
    }
  }

  #unlist(group: GroupRecord): void {
    this.#byRaft.delete(group.raft)
    this.#moving.delete(group.name)
    this.#starting.delete(group.name)
    for (const host of hostsOf(group)) {
      const names = this.#byHost.get(host)
      names?.delete(group.name)
      if (names?.size === 0) this.#byHost.delete(host)
    }
  }
}

const NONE: ReadonlySet<string> = new Set()

/** The state as the items of a snapshot. */
export type RegistryItem =
  | readonly ['fleet', version: number, settings: FleetSettings]
  | readonly ['host', id: string, host: HostRecord]
  | readonly ['group', name: string, group: GroupRecord]
  | readonly ['removed', raft: string, removed: RemovedGroup]
  | readonly ['observation', by: string, observation: Observation]
  | readonly ['busy', host: string, until: number]

/** Frozen at once. */
export function itemsOf(state: RegistryState): Iterable<RegistryItem> {
  const { version, settings, hosts, groups, removed, observations, busy } = state
  const fleet: RegistryItem = ['fleet', version, settings]
  return items(fleet, [
    ['host', hosts.freeze()],
    ['group', groups.freeze()],
    ['removed', removed.freeze()],
    ['observation', observations.freeze()],
    ['busy', busy.freeze()],
  ])
}

function* items(
  fleet: RegistryItem,
  views: readonly (readonly [kind: string, view: Iterable<[string, unknown]>])[],
): Generator<RegistryItem> {
  yield fleet
  for (const [kind, view] of views)
    for (const [key, value] of view) yield [kind, key, value] as unknown as RegistryItem
}

export function putBack(state: RegistryState, item: RegistryItem): void {
  switch (item[0]) {
    case 'fleet':
      ;[, state.version, state.settings] = item
      break
    case 'host':
      state.setHost(item[1], item[2])
      break
    case 'group':
      state.setGroup(item[1], asKept(item[2]))
      break
    case 'removed':
      state.setRemoved(item[1], { ...item[2], group: asKept(item[2].group) })
      break
    case 'observation':
      state.observations.set(item[1], item[2])
      break
    case 'busy':
      state.busy.set(item[1], item[2])
  }
}

/** @throws {CommandError} `inactive`. */
export function hostAt(state: RegistryState, id: string): HostRecord {
  const host = state.hosts.get(id)
  if (host === undefined) throw new CommandError('inactive', `Host "${id}" is not active.`)
  return host
}
