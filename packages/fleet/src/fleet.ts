/// <reference lib="esnext.disposable" preserve="true" />
/** A fleet, as one of its hosts has it: many groups over many hosts, by their names. */
import { type Client, createClient, type MachineHandle } from '@rafted/client'
import {
  type AnyDefinition,
  type CallOptions,
  type CallSignal,
  isRaftedError,
  type Machine,
  RaftedError,
  type ValueHandle,
} from '@rafted/contracts'
import { ControlMember } from './control-member.ts'
import { Enrolment } from './enrolment.ts'
import { asked, closed, inactive, isOvertaken, noSuchGroup, notInitialised, tooLate } from './failures.ts'
import { type FleetContext, type FleetHost, refresh } from './fleet-host.ts'
import { newGroup } from './founding.ts'
import { fleetHandle, fleetMachineHandle } from './handles.ts'
import { addressesFor, type LeaderlessGroup, leaderless, leaderOf } from './looking.ts'
import {
  type ActivateOptions,
  type AddGroupOptions,
  checkActivate,
  checkAddGroup,
  checkFleetOptions,
  checkGroupName,
  checkTimeout,
  type DrainOptions,
  type FleetOptions,
} from './options.ts'
import { Planning } from './planning.ts'
import { Reachability } from './reachability.ts'
import { Reconciler } from './reconciler.ts'
import { CONTROL, isPersistedGroup } from './registry/raft-names.ts'
import type { FleetSettings, GroupRecord, HostRecord } from './registry/records.ts'
import { type Registry, registry } from './registry/registry.ts'
import type { RegistryState } from './registry/state.ts'
import { RegistryView } from './registry/view.ts'
import { type FleetWaitOptions, Waits } from './waiting.ts'

const TIMEOUT_MS = 30_000

/** A group as the fleet has it. */
export type FleetGroup = Pick<
  GroupRecord,
  'name' | 'raft' | 'machine' | 'replicas' | 'isPersisted' | 'hosts' | 'isServing' | 'move'
>

/** A host that takes part. */
export type FleetMember = Pick<HostRecord, 'id' | 'zone' | 'capacity' | 'address' | 'isDraining'>

/** A host that others can't reach. */
export interface UnreachableHost {
  readonly host: string
  /** Milliseconds since the first of them said so. */
  readonly forMs: number
  /** Who can't. */
  readonly by: readonly string[]
}

/** How the fleet stands, as this host knows. */
export interface FleetStatus {
  readonly host: string
  readonly isActive: boolean
  readonly hosts: number
  readonly groups: number
  /** Groups that have a member on this host, or are about to. */
  readonly here: number
  /** Groups that are led here. */
  readonly led: number
  /** Groups that no leader has served yet since they were added or restored. */
  readonly starting: number
  /** Groups of which a move is under way. */
  readonly moving: number
  /** Removed groups of which something is kept. */
  readonly removed: number
  /** Groups whose files lie here, and of which the fleet knows nothing: nobody but a person removes them. */
  readonly strays: readonly string[]
}

/**
 * A fleet on this host: runs what is stored here of its groups, and looks for the fleet through `join`. The host takes members once it is activated.
 * @throws {RaftedError} `invalid-argument`, `already-exists` where a fleet lives in the host already, `damaged-storage`, `closed`.
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  try {
    checkFleetOptions(options)
    const fleet = new Fleet(options)
    await fleet.open()
    return fleet
  } catch (error) {
    if (options.closesHost === true) await options.host.close()
    throw error
  }
}

/** Use `openFleet`. Calls on a fleet can be made on any of its hosts, active or not. */
export class Fleet implements AsyncDisposable {
  /** The name of its host. */
  readonly id: string
  /** The host that it lives in: it can hold groups beside those of the fleet. */
  readonly host: FleetHost
  /** For groups that are none of the fleet's. */
  readonly client: Client
  readonly #options: FleetOptions
  readonly #context: FleetContext
  readonly #enrolment: Enrolment
  readonly #reconciler: Reconciler
  readonly #planning: Planning
  readonly #reachability: Reachability
  readonly #timeoutMs: number
  readonly #waits: Waits
  readonly #control: ControlMember
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(options: FleetOptions) {
    const { host, clock, random, observer = {}, machines, memberOptions = () => ({}) } = options
    this.#options = options
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
    this.id = host.id
    this.host = host
    const view = new RegistryView(clock)
    const addresses = (group: string): string[] => addressesFor({ view }, () => this.#join(), group)
    // Through others as well: a host that can't reach one leader is no reason for its callers to wait.
    this.client = createClient({ link: host.link, clock, random, addresses, relay: true })
    const control: ValueHandle<Registry> = this.client.value(CONTROL, registry)
    const seams = { clock, random, observer }
    this.#context = { host, client: this.client, control, view, machines, memberOptions, ...seams }
    this.#waits = new Waits(view, clock)
    const again = (): void => this.#waits.again()
    this.#control = new ControlMember(this.#context, () => this.#join(), options.formerData, again)
    this.#enrolment = new Enrolment(this.#context, options.formerData === 'lost')
    this.#reconciler = new Reconciler(this.#context, again)
    this.#planning = new Planning(this.#context)
    this.#reachability = new Reachability(this.#context)
  }

  #join(): readonly string[] {
    const { join } = this.#options
    return typeof join === 'function' ? join(CONTROL) : join
  }

  /** @internal */
  async open(): Promise<void> {
    await this.#control.open()
    await this.#reconciler.open()
    this.#reachability.open()
  }

  /**
   * Begins the fleet, here: a person's act, done once, on one host. Nothing else ever begins one: nobody concludes from silence that there is none (F99).
   * Where it rejects after a while (`timeout`), it may be called again, on the same host, and goes on.
   * @throws {RaftedError} `already-exists`, `peers-unreachable` where not all of `join` answer, `timeout`.
   */
  async initialise(options: { readonly unreachable?: 'checked' } = {}): Promise<void> {
    await this.#control.create(options)
  }

  /**
   * This host takes part from now on: it is given members. After a restart of its process it is asked for anew, with what has changed.
   * @throws {RaftedError} `not-inactive`, `not-initialised`, `member-lost`, `timeout` and others.
   */
  async activate(options: ActivateOptions): Promise<void> {
    const place = checkActivate(options)
    if (this.#enrolment.isActive)
      throw new RaftedError('not-inactive', `Host "${this.id}" takes part already.`, {
        outcome: 'not-applied',
      })
    // Asked of whoever leads: nothing need be known here yet.
    await this.#enrolment.enrol(place, this.#timeoutOf(options)).catch((error: unknown) => {
      if (this.#control.refusal !== null) throw memberLost(this.id, this.#control.refusal)
      throw isNotFound(error) ? notInitialised(this.id) : error
    })
    await this.#registry(options)
  }

  /**
   * Moves all members away from this host, and leaves it part of the fleet, for nothing: before it is stopped for long. Resolves once it holds nothing; where that takes too long
   * (other hosts must take over), it goes on after the `timeout`. Activating it again, by a new process, ends it.
   * @throws {RaftedError} `inactive`, `timeout`, `aborted`.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    if (!this.#enrolment.isActive) throw inactive(this.id)
    const timeoutMs = this.#timeoutOf(options)
    await this.#enrolment.drain(timeoutMs)
    let last = -1
    const look = (state: RegistryState): true | null => {
      // Before that it may be given more.
      if (!this.#enrolment.isDraining(state)) return null
      const left = state.groupsOn(this.id).size
      if (left !== last) options.onProgress?.(left)
      last = left
      return this.#holdsNothing(state) ? true : null
    }
    await this.#until('Draining the host', options, look, true)
  }

  /**
   * Drains this host, and ends its part in the fleet. Where it rejects after its part has ended, a group may be here nevertheless, and moves away; it may be called again.
   * @throws {RaftedError} as `drain`.
   */
  async deactivate(options: DrainOptions = {}): Promise<void> {
    const timeoutMs = this.#timeoutOf(options)
    while (!this.#enrolment.hasEnded) {
      await this.drain(options)
      await this.#enrolment.withdraw(timeoutMs)
    }
    // Before that was answered, a group that was removed may have been restored on what is kept of it here (F109c).
    await this.#current(options)
    const look = (state: RegistryState): true | null => (this.#holdsNothing(state) ? true : null)
    await this.#until('Draining the host', options, look, true)
  }

  #holdsNothing(state: RegistryState): boolean {
    return state.groupsOn(this.id).size === 0 && !this.#control.votes && this.#isEmpty(state)
  }

  /** No group that there is has anything here, whatever the registry says: of a move that was given up, a group may have made a voter yet (F109b). */
  #isEmpty(state: RegistryState): boolean {
    return [...this.#reconciler.locals.all].every((raft) => state.groupOf(raft) === null)
  }

  /**
   * Adds a group; resolves once a leader serves it.
   * @throws {RaftedError} `already-exists`, `no-active-host`, `not-initialised`, `invalid-argument`; `timeout`: it may come to be later.
   */
  async addGroup(name: string, options: AddGroupOptions): Promise<void> {
    checkAddGroup(name, options)
    const { control, random } = this.#context
    const timeoutMs = this.#timeoutOf(options)
    // A host that was activated just now may be one of its own.
    let state = await this.#current(options)
    for (let tries = 0; ; tries++) {
      try {
        await asked(control.with({ timeoutMs }).addGroup(newGroup(state, random, name, options)))
        break
      } catch (error) {
        // Hosts have come or gone: it is placed anew.
        if (!isOvertaken(error) || tries === 3) throw error
        state = await this.#current(options)
      }
    }
    await this.#serving(name, options)
  }

  #serving(name: string, options: FleetWaitOptions): Promise<boolean> {
    return this.#until(`Waiting for a leader of "${name}"`, options, (state) => {
      const group = state.group(name)
      return group?.isServing ? true : null
    })
  }

  /** Removes the group. What persisted members hold is kept for a while (`keepRemovedMs`). @throws {RaftedError} `no-such-group`. */
  async removeGroup(name: string, options: FleetWaitOptions = {}): Promise<void> {
    checkGroupName(name)
    await this.#ask(options, (control) => control.removeGroup(name))
  }

  /**
   * The persisted group of this name that was removed last is there again, with its value; resolves once a leader serves it.
   * @throws {RaftedError} `no-such-group` where nothing of it is kept, `already-exists` where there is another by now.
   */
  async restoreRemoved(name: string, options: FleetWaitOptions = {}): Promise<void> {
    checkGroupName(name)
    await this.#ask(options, (control) => control.restoreRemoved(name))
    await this.#serving(name, options)
  }

  /** How many members the group is to have, 1 to 9: they come and go one by one. @throws {RaftedError} `no-such-group`. */
  async setReplicas(name: string, replicas: number, options: FleetWaitOptions = {}): Promise<void> {
    checkGroupName(name)
    await this.#ask(options, (control) => control.setReplicas(name, replicas))
  }

  /** What all hosts of the fleet go by. */
  async changeSettings(
    changes: Partial<FleetSettings>,
    options: FleetWaitOptions = {},
  ): Promise<FleetSettings> {
    return await this.#ask(options, (control) => control.changeSettings(changes))
  }

  /** All groups there are, by name. */
  async groups(options: FleetWaitOptions = {}): Promise<FleetGroup[]> {
    const state = await this.#current(options)
    return [...state.groups.values()].map(
      ({ name, raft, machine, replicas, isPersisted, hosts, isServing, move }) => {
        const place = { hosts, isServing, move }
        return { name, raft, machine, replicas, isPersisted, ...place }
      },
    )
  }

  /** Hosts that take part, by zone. */
  async activeHosts(options: FleetWaitOptions = {}): Promise<ReadonlyMap<string, readonly FleetMember[]>> {
    const state = await this.#current(options)
    const zones = new Map<string, FleetMember[]>()
    for (const { id, zone, capacity, address, isDraining } of state.hosts.values()) {
      const one = { id, zone, capacity, address, isDraining }
      const others = zones.get(zone)
      if (others === undefined) zones.set(zone, [one])
      else others.push(one)
    }
    return zones
  }

  /** The host that leads the group, or null if that isn't known now. @throws {RaftedError} `no-such-group`. */
  async whereIsLeader(name: string, options: FleetWaitOptions = {}): Promise<string | null> {
    checkGroupName(name)
    return leaderOf(this.#context, await this.#find(name, false), this.#timeoutOf(options))
  }

  /** The handle to a value by the name of its group: whichever host leads it, and whichever incarnation there is. */
  value<D extends AnyDefinition>(name: string, definition: D, options: CallOptions = {}): ValueHandle<D> {
    checkGroupName(name)
    return fleetHandle(this.client, this.#find, name, definition, options)
  }

  /** For test kits: the name by which hosts know the group that has this name, as far as this one has heard. @internal */
  raftOf(name: string): string | null {
    return this.#context.view.state?.group(name)?.raft ?? null
  }

  /** The same for a machine without named operations. */
  machine(
    name: string,
    machine: Pick<Machine, 'codec'> & Partial<Machine>,
  ): Pick<MachineHandle, 'command' | 'query'> {
    checkGroupName(name)
    return fleetMachineHandle(this.client, this.#find, name, machine)
  }

  /** Hosts that some others can't reach. */
  async unreachableHosts(options: FleetWaitOptions = {}): Promise<UnreachableHost[]> {
    const state = await this.#current(options)
    const found = new Map<string, { since: number; by: string[] }>()
    for (const [by, { unreachable }] of state.observations)
      for (const [host, since] of Object.entries(unreachable)) {
        const known = found.get(host) ?? { since, by: [] }
        found.set(host, { since: Math.min(known.since, since), by: [...known.by, by] })
      }
    const { now } = this.#context.view
    return [...found].map(([host, { since, by }]) => ({ host, forMs: Math.max(0, now - since), by }))
  }

  /** Groups that nobody leads, the control group included, with how their members stand; also where the control group can't be asked. */
  groupsWithoutLeader(): Promise<LeaderlessGroup[]> {
    const { state } = this.#context.view
    return leaderless(this.#context, [null, ...(state?.groups.keys() ?? [])])
  }

  /**
   * Gives up a host that is lost for good: a person's act. Each of its members is replaced through the quorum of its group, one by one.
   * @throws {RaftedError} `no-leader` where a group that counts on it has none, and so can't replace it: `details.groups` names them; what is left of such a group is for `rafted recover`.
   */
  async removeDeadHost(host: string, options: FleetWaitOptions = {}): Promise<void> {
    const state = await this.#current(options)
    if (!state.hosts.has(host)) throw inactive(host)
    // One that never began has nothing to lose: it is founded anew elsewhere.
    const founded = [...state.groupsOn(host)].filter((name) => state.group(name)!.isFounded)
    const stuck = await leaderless(this.#context, founded)
    if (stuck.length > 0) throw noQuorumWithout(host, stuck)
    await this.#ask(options, (control) => control.withdraw(host, null, true))
  }

  /** How the fleet stands, as this host knows: asks nobody. */
  status(): FleetStatus {
    const { host, view } = this.#context
    const { state } = view
    const { locals } = this.#reconciler
    const isStray = (raft: string): boolean =>
      state !== null && state.groupOf(raft) === null && !state.removed.has(raft)
    return {
      host: host.id,
      isActive: this.#enrolment.isActive,
      hosts: state?.hosts.size ?? 0,
      groups: state?.groups.size ?? 0,
      here: state?.groupsOn(host.id).size ?? 0,
      led: locals.served.length,
      starting: state?.starting.size ?? 0,
      moving: state?.moving.size ?? 0,
      removed: state?.removed.size ?? 0,
      strays: [...locals.all].filter(isStray),
    }
  }

  /** Ends the fleet's part on this host: members that run here go on until the host is closed. Calls that wait end. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#waits.close()
    this.#control.close()
    this.#reachability.close()
    this.#planning.close()
    this.#reconciler.close()
    this.#enrolment.close()
    await this.client.close()
    if (this.#options.closesHost === true) await this.host.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #timeoutOf({ timeoutMs }: FleetWaitOptions): number {
    return checkTimeout(timeoutMs ?? this.#timeoutMs)
  }

  /** The raft name of the group. What isn't known here may be known elsewhere already. */
  readonly #find = async (name: string, isDoubted: boolean): Promise<string> => {
    const known = isDoubted ? null : this.#context.view.state?.group(name)
    const group = known ?? (await this.#current({})).group(name)
    if (group === null) throw noSuchGroup(name)
    return group.raft
  }

  async #ask<Answer>(
    options: FleetWaitOptions,
    call: (control: ValueHandle<Registry>) => Promise<Answer>,
  ): Promise<Answer> {
    await this.#registry(options)
    const { signal } = options
    const timeoutMs = this.#timeoutOf(options)
    const over: { timeoutMs: number; signal?: CallSignal } = { timeoutMs }
    if (signal !== undefined) over.signal = signal
    return await asked(call(this.#context.control.with(over)))
  }

  /** The registry, with all that was decided before. */
  async #current(options: FleetWaitOptions): Promise<RegistryState> {
    await this.#registry(options)
    try {
      await refresh(this.#context, this.#timeoutOf(options))
    } catch (error) {
      if (isRaftedError(error)) throw error
      throw tooLate('Asking the registry', this.#timeoutOf(options))
    }
    return this.#context.view.state!
  }

  /** The registry as it is known here. @throws {RaftedError} `not-initialised`, `member-lost`, `closed`. */
  async #registry(options: FleetWaitOptions): Promise<RegistryState> {
    if (this.#closing !== null) throw closed(this.id)
    const { state } = this.#context.view
    if (state !== null) return state
    try {
      return await this.#until('Finding the fleet', options, (found) => found)
    } catch (error) {
      if (this.#control.refusal !== null) throw memberLost(this.id, this.#control.refusal)
      if (isRaftedError(error, 'timeout')) throw notInitialised(this.id)
      throw error
    }
  }

  #until<Found>(
    what: string,
    options: FleetWaitOptions,
    look: (state: RegistryState) => Found | null,
    isAlsoHere = false,
  ): Promise<Found> {
    const { view } = this.#context
    const wait = { what, timeoutMs: this.#timeoutOf(options), signal: options.signal, isAlsoHere }
    return this.#waits.found(wait, () => (view.state === null ? null : look(view.state)))
  }
}

/** Nobody that was asked knows the control group. */
function isNotFound(error: unknown): boolean {
  if (isRaftedError(error, 'timeout')) return error.details.last === 'no-such-group'
  return isRaftedError(error, 'no-such-group')
}

function memberLost(id: string, cause: unknown): RaftedError {
  const message = `Host "${id}" comes back without the files of its member of the control group. Mount its directory; if it is lost for good, open the fleet with formerData: 'lost'.`
  return new RaftedError('member-lost', message, { outcome: 'not-applied', cause })
}

function noQuorumWithout(host: string, stuck: readonly LeaderlessGroup[]): RaftedError {
  const names = stuck.map(({ name }) => name ?? CONTROL)
  const stored = stuck.filter(({ raft }) => isPersistedGroup(raft))
  const commands = stored.slice(0, 3).map(({ raft }) => `rafted recover ${quoted(raft)} DIRECTORY...`)
  const ways = ['Start their other hosts.']
  if (commands.length > 0)
    ways.push(
      `If these are lost for good, stop all hosts that are left, and take what their directories hold: ${commands.join('; ')} (with --all for the group: all such groups).`,
    )
  if (stored.length < stuck.length)
    ways.push('A group that was in memory alone is lost with them: remove it, and add it anew.')
  const message = `Host "${host}" can't be given up: nobody leads ${names.length} of its groups (${names.slice(0, 3).join(', ')}), and so nobody can replace its members there. ${ways.join(' ')}`
  return new RaftedError('no-leader', message, { outcome: 'not-applied', details: { groups: names } })
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
