/** What this host's own member of the control group has applied, at hand: no question is asked, and nothing is copied. */
import type { ApplyContext, Clock, Machine, StateMachine } from '@rafted/contracts'
import { defineRegistry } from './registry.ts'
import { RegistryState } from './state.ts'

/** What has changed: groups by the names that hosts know them by. */
export type OnChange = (change: { readonly groups: ReadonlySet<string>; readonly hosts: boolean }) => void

export class RegistryView {
  readonly #clock: Pick<Clock, 'now' | 'soon'>
  #state: RegistryState | null = null
  /** Replicated time of the last entry, and when it was applied here. */
  #time = 0
  #at = 0
  #isTelling = false
  #waiting: { readonly version: number; readonly run: () => void }[] = []
  readonly #listeners = new Set<OnChange>()

  constructor(clock: Pick<Clock, 'now' | 'soon'>) {
    this.#clock = clock
  }

  /** Null until the member here has been told something. */
  get state(): RegistryState | null {
    return this.#state
  }

  /** About the replicated time that an entry would have which was made now. */
  get now(): number {
    return this.#time + this.#clock.now() - this.#at
  }

  /** To be told of what changes, after the entry that changes it was applied: many entries may be told as one. @returns what ends it. */
  onChange(listener: OnChange): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `run` as soon as all is known that was decided up to this version. @returns what ends the wait. */
  whenAt(version: number, run: () => void): () => void {
    if (this.#state !== null && this.#state.version >= version) {
      run()
      return () => {}
    }
    const waiting = { version, run }
    this.#waiting.push(waiting)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
    }
  }

  /** The machine of the control group on this host. Its states are shown here. */
  machine(): Machine {
    const bare = defineRegistry(() => new RegistryState())
    return {
      ...bare,
      create: (codec) => {
        const { machine, state } = made()
        return this.#watched(machine.create(codec), state())
      },
      restore: async (chunks, codec, version) => {
        const { machine, state } = made()
        const instance = await machine.restore(chunks, codec, version)
        this.#show(state(), this.#time)
        return this.#watched(instance, state())
      },
    }
  }

  #watched(instance: StateMachine, state: RegistryState): StateMachine {
    return {
      apply: (command, context: ApplyContext) => {
        try {
          return instance.apply(command, context)
        } finally {
          this.#show(state, context.time)
        }
      },
      query: (query, context) => instance.query(query, context),
      deadline: () => instance.deadline?.() ?? null,
      snapshot: (version) => instance.snapshot(version),
    }
  }

  #show(state: RegistryState, time: number): void {
    this.#state = state
    this.#time = time
    this.#at = this.#clock.now()
    if (this.#isTelling) return
    this.#isTelling = true
    // After the turn: entries come many at a time, and a listener must not run within one.
    this.#clock.soon(() => this.#tell())
  }

  #tell(): void {
    this.#isTelling = false
    const state = this.#state!
    const change = state.takeChanges()
    const due = this.#waiting.filter(({ version }) => state.version >= version)
    this.#waiting = this.#waiting.filter(({ version }) => state.version < version)
    for (const { run } of due) run()
    for (const listener of this.#listeners) listener(change)
  }
}

/** A machine of its own, and the state that it made last. */
function made(): { readonly machine: Machine; state(): RegistryState } {
  let state = new RegistryState()
  const machine = defineRegistry(() => {
    state = new RegistryState()
    return state
  })
  return { machine, state: () => state }
}
