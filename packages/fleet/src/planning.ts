/** Runs where the control group is led: begins moves, gives up lost hosts, and sees to who votes in the control group. */
import { type Cancel, isRaftedError, type Subscription } from '@rafted/contracts'
import { controlStep } from './control.ts'
import { type FleetContext, tell } from './fleet-host.ts'
import { newGroup } from './founding.ts'
import { HeardMajorities } from './heard-majorities.ts'
import { planMoves, toPurge } from './planner.ts'
import { CONTROL } from './registry/raft-names.ts'
import type { RegistryState } from './registry/state.ts'

const TICK_MS = 250
/** Where nothing is to be done about the voters of the control group, they are looked at again after so long, or when the registry changes. */
const CONTROL_MS = 1000
/** Groups that are looked at in one go, so that a host of many doesn't stall. */
const AT_ONCE = 500
/** Moves begun in one go. */
const MOVES = 64
const CALL_MS = 5000

export class Planning {
  readonly #context: FleetContext
  readonly #subscriptions: Subscription[]
  readonly #stopWatching: () => void
  readonly #majorities = new HeardMajorities()
  /** Names of groups to be looked at, the most pressing first. */
  #names = new Set<string>()
  #leads = false
  /** Not before this time, on the clock, is it looked who votes in the control group. */
  #controlAt = 0
  #isBusy = false
  #timer: Cancel | null = null
  #closed = false

  constructor(context: FleetContext) {
    this.#context = context
    const { host, view } = context
    const on = (leads: boolean) => (event: { readonly group: string }) => {
      if (event.group === CONTROL) this.#lead(leads)
    }
    this.#subscriptions = [host.on('leadership-gained', on(true)), host.on('leadership-lost', on(false))]
    this.#stopWatching = view.onChange(({ groups, hosts }) => {
      if (!this.#leads) return
      this.#controlAt = 0
      if (hosts) this.#all()
      for (const raft of groups) {
        const group = view.state!.groupOf(raft)
        if (group !== null) this.#names.add(group.name)
      }
    })
  }

  #lead(leads: boolean): void {
    this.#leads = leads
    this.#controlAt = 0
    this.#names.clear()
    if (!leads) return
    this.#all()
    this.#tick()
  }

  /** Those first that have lost a member, or are about to. */
  #all(): void {
    const { state } = this.#context.view
    if (state === null) return
    const names = new Set<string>()
    for (const { name, hosts } of state.groups.values())
      if (hosts.some((host) => state.hosts.get(host)?.isDraining !== false)) names.add(name)
    for (const name of state.groups.keys()) names.add(name)
    this.#names = names
  }

  #tick(): void {
    if (this.#timer !== null || this.#closed || !this.#leads) return
    this.#timer = this.#context.clock.after(TICK_MS, () => {
      this.#timer = null
      this.#tick()
      if (!this.#isBusy) void this.#plan()
    })
  }

  async #plan(): Promise<void> {
    this.#isBusy = true
    try {
      const { state } = this.#context.view
      if (state === null) return
      await this.#controlMembers(state)
      await this.#purge(state)
      await this.#moves(state)
    } catch (error) {
      tell(this.#context, 'warn', 'planning failed', null, error)
    } finally {
      this.#isBusy = false
    }
  }

  async #moves(state: RegistryState): Promise<void> {
    const names = [...this.#names].slice(0, AT_ONCE)
    if (names.length === 0) return
    const { control, view } = this.#context
    const { moves, hopeless, stillborn, unsettled } = planMoves(state, names, view.now, MOVES)
    // What is left for later comes after those that have not been looked at.
    for (const name of names) this.#names.delete(name)
    for (const name of unsettled) this.#names.add(name)
    const call = control.with({ timeoutMs: CALL_MS })
    if (hopeless.length > 0) await call.giveUpMoves(hopeless)
    for (const name of stillborn) await this.#foundAnew(state, name)
    if (moves.length > 0) await call.move(moves)
  }

  /** What it was added with, on hosts that are there now. */
  async #foundAnew(state: RegistryState, name: string): Promise<void> {
    const before = state.group(name)
    if (before === null) return
    const { control, random } = this.#context
    const { raft, machine, replicas, isPersisted: persist, settings } = before
    try {
      const group = newGroup(state, random, name, { machine, replicas, persist, settings })
      await control.with({ timeoutMs: CALL_MS }).foundAnew(raft, group)
      tell(this.#context, 'warn', 'a group that could not begin is founded anew', group.raft)
    } catch (error) {
      // Nobody can take it now, or it is otherwise by now: it is looked at again.
      if (!isRaftedError(error)) throw error
    }
  }

  async #purge(state: RegistryState): Promise<void> {
    const { control, view } = this.#context
    for (const id of toPurge(state, view.now)) {
      await control.with({ timeoutMs: CALL_MS }).purge(id)
      tell(this.#context, 'warn', 'a host was given up', id)
    }
  }

  async #controlMembers(state: RegistryState): Promise<void> {
    const { host, client, clock } = this.#context
    const now = clock.now()
    if (now < this.#controlAt) return
    const status = host.status(CONTROL)
    if (status?.role !== 'leader') return
    const step = controlStep(state, status)
    if (step === null) this.#controlAt = now + CONTROL_MS
    else if (step.kind === 'transfer')
      await client.transferLeadership(CONTROL, step.to, { timeoutMs: CALL_MS })
    else if (this.#majorities.has(CONTROL, step, status, now)) {
      const { voters, learners, ifConfigurationAt } = step
      const options = { ifConfigurationAt, timeoutMs: CALL_MS }
      await client.changeMembership(CONTROL, { voters, learners }, options)
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
    this.#stopWatching()
    for (const end of this.#subscriptions) end()
  }
}
