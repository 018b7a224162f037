/** Simulated users of one group: they do what the workload says, note what they are told, and never ask the simulator anything. */
import type { Client, CommandId } from '@rafted/client'
import { type AnyDefinition, isRaftedError } from '@rafted/contracts'
import type { Operation } from '../linearizability/history.ts'
import type { FaultKind } from './coverage.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'
import type { Called, CallNotes, SimulatedUser, Workload } from './workload.ts'

/** A client in a process, and what ends with that. */
export interface ClientProcess {
  readonly client: Client
  readonly killed: Promise<void>
  /** The host that its requests go to, as far as is known. */
  readonly lastTo: string | null
}

export interface UsersOptions<D extends AnyDefinition> {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly trace: Trace
  readonly group: string
  readonly definition: D
  readonly workload: Workload<D>
  readonly count: number
  /** How long they do nothing now and then, all of them, at most, milliseconds. 0: never. */
  readonly idleMs: number
  /** A process of its own for the user `name`. */
  newProcess(name: string): Promise<ClientProcess & { kill(): void }>
  /** One that is up and holds a host as well, or null. */
  hostProcess(random: SeededRandom): ClientProcess | null
  hit(kind: FaultKind, host: string | null): void
}

/** How often a user, before it acts, has all of them stop for a while. */
const IDLE_SHARE = 0.04

/** A call that is noted: forgotten if it was not applied, open while nothing is known of it. */
interface Noted {
  readonly operation: Operation<unknown, unknown>
  readonly number: number
  isVoid: boolean
}

/** A command that may have been applied. */
interface InDoubt {
  readonly id: CommandId
  readonly noted: Noted
}

interface Seat {
  readonly name: string
  /** A process of its own, or null: it lives with hosts. */
  own: (ClientProcess & { kill(): void }) | null
  /** Calls that wait for their answers. */
  waiting: number
}

export class Users<D extends AnyDefinition> {
  readonly #o: UsersOptions<D>
  readonly #noted: Noted[] = []
  readonly #seats: Seat[] = []
  readonly #inDoubt = new WeakMap<object, InDoubt>()
  readonly problems: string[] = []
  operations = 0
  #processes = 0
  #active = true
  #idleUntil = 0

  constructor(options: UsersOptions<D>) {
    this.#o = options
  }

  /** What was called and answered. */
  get history(): readonly Operation<unknown, unknown>[] {
    return this.#noted.filter(({ isVoid }) => !isVoid).map(({ operation }) => operation)
  }

  /** They work until they are stopped; resolves when their last calls have ended. */
  async run(): Promise<void> {
    const { count, group } = this.#o
    for (let i = 0; i < count; i++) this.#seats.push({ name: `${group}-user-${i}`, own: null, waiting: 0 })
    await Promise.all(this.#seats.map((seat, i) => this.#work(seat, i % 2 === 0)))
  }

  stop(): void {
    this.#active = false
  }

  /** A process of a user is killed while it waits for an answer, if there is one. Another takes its place. @param at it should have asked this host last. */
  kill(random: SeededRandom, at?: string): void {
    const waiting = this.#seats.filter(
      ({ own, waiting }) => own !== null && waiting > 0 && (at ?? own.lastTo) === own.lastTo,
    )
    if (waiting.length === 0) return
    const seat = random.pick(waiting)
    const { own } = seat
    seat.own = null
    seat.waiting = 0
    this.#o.hit('client killed', own!.lastTo)
    own!.kill()
  }

  async #work(seat: Seat, isAlone: boolean): Promise<void> {
    const { random, hostProcess } = this.#o
    const chance = random.fork()
    while (this.#active) {
      const process = isAlone ? await this.#ownProcess(seat) : hostProcess(chance)
      if (process === null) {
        await this.#pause(chance.between(20, 500))
        continue
      }
      await this.#idle(chance)
      const acted = this.#o.workload.act(this.#user(seat, process, chance)).catch((error: unknown) => {
        this.problems.push(`${seat.name}: the workload threw ${String(error)}`)
      })
      await Promise.race([acted, process.killed])
    }
  }

  /** Now and then nobody does anything. */
  async #idle(chance: SeededRandom): Promise<void> {
    const { idleMs, time } = this.#o
    if (idleMs === 0) return
    if (time.now >= this.#idleUntil && chance.chance(IDLE_SHARE))
      this.#idleUntil = time.now + chance.between(0, idleMs)
    if (time.now < this.#idleUntil) await this.#pause(this.#idleUntil - time.now)
  }

  async #ownProcess(seat: Seat): Promise<ClientProcess> {
    seat.own ??= await this.#o.newProcess(`${seat.name}-${++this.#processes}`)
    return seat.own
  }

  /** Looks at what the users have left, with a process of its own. */
  async audit(): Promise<void> {
    const { workload, group, newProcess, random } = this.#o
    if (workload.audit === undefined) return
    const seat: Seat = { name: `${group}-audit`, own: null, waiting: 0 }
    const process = await newProcess(seat.name)
    const user = this.#user(seat, process, random.fork(), 30_000)
    try {
      this.problems.push(...(await workload.audit(user)))
    } catch (error) {
      this.problems.push(`the workload's audit threw ${String(error)}`)
    }
  }

  #user(seat: Seat, process: ClientProcess, random: SeededRandom, timeoutMs?: number): SimulatedUser<D> {
    const { group, definition } = this.#o
    const { client } = process
    const ms = timeoutMs ?? random.between(500, 6000)
    return {
      name: seat.name,
      group,
      value: client.value(group, definition).with({ timeoutMs: ms }),
      random,
      pause: (forMs) => this.#pause(forMs),
      call: (input, run, notes) => this.#call(seat, process, input, run, notes),
      resolve: (called) => this.#resolve(seat, process, called, ms),
    }
  }

  async #call<Output>(
    seat: Seat,
    process: ClientProcess,
    input: unknown,
    run: () => Promise<Output>,
    { olderByMs = 0 }: CallNotes = {},
  ): Promise<Called<Output>> {
    const { trace, time, workload, hit } = this.#o
    this.operations++
    const number = this.operations
    trace.note('call', seat.name, number, () => textOf(input))
    const operation = { input, calledAt: time.now - olderByMs, answer: null, client: seat.name }
    const noted: Noted = { operation, isVoid: false, number }
    if (workload.model !== undefined && input !== null) this.#noted.push(noted)
    seat.waiting++
    try {
      const value = await run()
      Object.assign(operation, { answer: { output: value, at: time.now } })
      trace.note('answer', seat.name, number, () => textOf(value))
      return { outcome: 'done', value }
    } catch (error) {
      if (!isRaftedError(error)) {
        this.problems.push(`${seat.name}, ${textOf(input)}: ${String(error)} is no error of Rafted`)
        return { outcome: 'unknown', code: 'foreign' }
      }
      const { outcome, code } = error
      trace.note('answer', seat.name, number, () => `${code}, ${outcome}`)
      noted.isVoid = outcome === 'not-applied'
      if (code === 'session-expired') hit('session expired', process.lastTo)
      const called = { outcome, code } as const
      const id = error.details.id as CommandId | undefined
      if (id !== undefined) this.#inDoubt.set(called, { id, noted })
      return called
    } finally {
      seat.waiting--
    }
  }

  async #resolve<Output>(
    seat: Seat,
    { client }: ClientProcess,
    called: Called<Output>,
    timeoutMs: number,
  ): Promise<Called<Output>> {
    const inDoubt = this.#inDoubt.get(called)
    if (inDoubt === undefined) return called
    const { trace, time, group, definition } = this.#o
    const { id, noted } = inDoubt
    seat.waiting++
    try {
      const resolved = await client.resolve(group, definition, id, { timeoutMs })
      trace.note('resolved', seat.name, noted.number, () => JSON.stringify(resolved))
      if (resolved.outcome === 'not-applied') {
        noted.isVoid = true
        return { outcome: 'not-applied', code: resolved.error.code }
      }
      const value = resolved.result as Output
      Object.assign(noted.operation, { answer: { output: value, at: time.now } })
      return { outcome: 'done', value }
    } catch (error) {
      if (isRaftedError(error) && error.outcome === 'unknown') return called
      this.problems.push(`${seat.name}, resolving ${noted.number}: ${String(error)} leaves nothing in doubt`)
      return called
    } finally {
      seat.waiting--
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#o.time.after(ms, resolve))
  }
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
