/**
 * Makes this host's part of what the registry wants so: looks at the groups that have changed, here or there, takes a step of each, and looks again. Nothing is remembered
 * of what was to be done: a host that crashed anywhere goes on from how things stand.
 */
import type { Cancel } from '@rafted/contracts'
import { Arrivals } from './arrivals.ts'
import { decide, isGrave, type Step } from './decide.ts'
import { type FleetContext, refresh, tell } from './fleet-host.ts'
import { HeardMajorities } from './heard-majorities.ts'
import { Locals } from './locals.ts'
import { Reports } from './reports.ts'
import { type Deed, Steps } from './steps.ts'

/** Groups that are looked at in one go, so that a host of many doesn't stall. */
const AT_ONCE = 256
/** Steps under way. */
const MAX_STEPS = 128
const FRESH_MS = 3000
/** Before a group is looked at again that waits for others, milliseconds: at first, and at most. */
const RETRY_MS = 100
const MAX_RETRY_MS = 5000
const MAX_TRIES = 16
const SWEEP_MS = 30_000

export class Reconciler {
  readonly #context: FleetContext
  readonly locals: Locals
  readonly steps: Steps
  readonly #reports: Reports
  readonly #changed: () => void
  readonly #arrivals: Arrivals
  readonly #majorities = new HeardMajorities()
  /** To be looked at now. */
  readonly #due = new Set<string>()
  /** To be looked at when the time has come. */
  readonly #later = new Map<string, number>()
  /** How often they were looked at in vain. */
  readonly #tries = new Map<string, number>()
  /** Of which a step is under way. True where it has to be looked at when that is done, whatever comes of it. */
  readonly #busy = new Map<string, boolean>()
  #isLooking = false
  #timer: Cancel | null = null
  #sweeping: Cancel | null = null
  #stopWatching: () => void = () => {}
  #closed = false

  /** @param changed is told whenever a member here may stand otherwise. */
  constructor(context: FleetContext, changed: () => void) {
    this.#context = context
    this.#changed = changed
    this.locals = new Locals(context, (raft) => {
      this.look(raft)
      changed()
    })
    this.steps = new Steps(context, this.locals)
    this.#reports = new Reports(context)
    this.#arrivals = new Arrivals(context.host, context.clock)
  }

  /** What is stored here runs at once: also while the control group is out of reach. */
  async open(): Promise<void> {
    const { host } = this.#context
    for (const raft of await this.locals.open()) {
      try {
        await this.steps.start(raft, false, false)
        await this.#arrivals.started(raft)
      } catch (error) {
        tell(this.#context, 'error', 'a group could not be started', raft, error)
      }
    }
    this.#arrivals.close()
    this.#stopWatching = this.#context.view.onChange(({ groups, hosts }) => {
      const { state } = this.#context.view
      for (const raft of groups) {
        const group = state!.groupOf(raft)
        const isOurs = group !== null && state!.groupsOn(host.id).has(group.name)
        if (isOurs || this.locals.isKnown(raft) || state!.removed.get(raft)?.keepers.includes(host.id))
          this.look(raft)
      }
      if (hosts) for (const raft of this.locals.all) if (this.#later.has(raft)) this.look(raft)
    })
    this.#sweep()
  }

  /** The group is looked at soon. */
  look(raft: string): void {
    if (this.#closed) return
    this.#later.delete(raft)
    if (this.#busy.has(raft)) this.#busy.set(raft, true)
    else {
      this.#due.add(raft)
      this.#soon()
    }
  }

  #soon(): void {
    if (this.#isLooking || this.#closed) return
    this.#isLooking = true
    this.#context.clock.soon(() => {
      this.#round().catch((error: unknown) =>
        tell(this.#context, 'error', 'groups could not be looked at', null, error),
      )
    })
  }

  async #round(): Promise<void> {
    try {
      if (this.#context.view.state === null) return
      const groups = [...this.#due].slice(0, Math.min(AT_ONCE, MAX_STEPS - this.#busy.size))
      for (const raft of groups) this.#due.delete(raft)
      let steps = groups.map((raft) => [raft, this.#decide(raft)] as const)
      if (steps.some(([, step]) => isGrave(step))) steps = await this.#decideAfresh(groups)
      if (this.#closed) return
      for (const [raft, step] of steps) this.#take(raft, step)
    } finally {
      this.#isLooking = false
      if (this.#due.size > 0 && this.#busy.size < MAX_STEPS && this.#context.view.state !== null) this.#soon()
    }
  }

  /** By a registry that knows all that was decided before. Where none answers, grave steps wait. */
  async #decideAfresh(groups: readonly string[]): Promise<(readonly [string, Step])[]> {
    let isFresh = true
    try {
      await refresh(this.#context, FRESH_MS)
    } catch {
      isFresh = false
    }
    return groups.map((raft) => {
      const step = this.#decide(raft)
      const waits: Step = { kind: 'wait', why: 'the registry is out of reach' }
      return [raft, isGrave(step) && !isFresh ? waits : step] as const
    })
  }

  #decide(raft: string): Step {
    const state = this.#context.view.state!
    const wanted = { group: state.groupOf(raft), removed: state.removed.get(raft) ?? null }
    return decide(wanted, this.locals.of(raft))
  }

  #take(raft: string, step: Step): void {
    const { host, clock } = this.#context
    if (step.kind === 'change' && !this.#majorities.mayDecide(host, raft, step, clock.now())) {
      this.#again(raft)
      return
    }
    switch (step.kind) {
      case 'settled':
        this.#tries.delete(raft)
        this.#majorities.forget(raft)
        break
      case 'wait':
        this.#again(raft)
        break
      case 'begins':
      case 'begun':
      case 'serving':
      case 'discarded':
      case 'moved':
      case 'recovered':
        this.#run(raft, this.#reports.add(raft, step))
        break
      default:
        this.#run(raft, this.#do(raft, step))
    }
  }

  async #do(raft: string, step: Deed): Promise<void> {
    await this.steps.take(raft, step)
    tell(this.#context, 'info', step.kind, raft)
  }

  #run(raft: string, work: Promise<void>): void {
    this.#busy.set(raft, false)
    const done = (error?: unknown): void => {
      const isDue = this.#busy.get(raft) === true
      this.#busy.delete(raft)
      this.#changed()
      if (error !== undefined) {
        tell(this.#context, 'warn', 'a step failed', raft, error)
        this.#again(raft)
      } else this.#tries.delete(raft)
      if (error === undefined || isDue) this.look(raft)
      else if (this.#due.size > 0) this.#soon()
    }
    work.then(
      () => done(),
      (error: unknown) => done(error ?? 'failed'),
    )
  }

  /** A little later, and later each time as long as nothing changes. */
  #again(raft: string): void {
    const { clock, random } = this.#context
    const tries = Math.min((this.#tries.get(raft) ?? 0) + 1, MAX_TRIES)
    this.#tries.set(raft, tries)
    const most = Math.min(RETRY_MS * 2 ** tries, MAX_RETRY_MS)
    this.#later.set(raft, clock.now() + most * (0.5 + random.number() / 2))
    this.#tick()
  }

  /** Looks at those whose time has come, as long as there are any. */
  #tick(): void {
    if (this.#timer !== null || this.#closed || this.#later.size === 0) return
    const { clock } = this.#context
    this.#timer = clock.after(RETRY_MS, () => {
      this.#timer = null
      const now = clock.now()
      for (const [raft, at] of this.#later) if (at <= now) this.look(raft)
      this.#tick()
    })
  }

  /** What is led here in another host's place is looked at now and then: that that one could lead again, nobody tells. */
  #sweep(): void {
    if (this.#closed) return
    const { host, view } = this.#context
    for (const raft of this.locals.served) {
      const first = view.state?.groupOf(raft)?.hosts[0]
      if (first !== undefined && first !== host.id) this.look(raft)
    }
    this.#sweeping = this.#context.clock.after(SWEEP_MS, () => this.#sweep())
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
    this.#sweeping?.()
    this.#stopWatching()
    this.#arrivals.close()
    this.locals.close()
    this.#reports.close()
  }
}
