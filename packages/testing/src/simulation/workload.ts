/** Simulated users: they write, read and append, note what they are told, and never ask the simulator anything. */
import type { Client } from '@rafted/client'
import { isRaftedError } from '@rafted/contracts'
import type { Operation } from '../linearizability/history.ts'
import { GROUP } from './cluster.ts'
import { type RegisterInput, register } from './register.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

export interface WorkloadOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly trace: Trace
  /** A client to use for the next operation, and what ends with it; null if there is none now. */
  client(): { readonly client: Client; readonly killed: Promise<void> | null } | null
  readonly name: string
}

/** What became of an item that was to be appended. */
export type Appended =
  | { readonly item: number; readonly outcome: 'done'; readonly position: number }
  | { readonly item: number; readonly outcome: 'not-applied' | 'unknown' }

/** Numbers that no two operations of a run share. */
export class Unique {
  #last = 0
  next(): number {
    return ++this.#last
  }
}

export class Worker {
  readonly #o: WorkloadOptions
  readonly #unique: Unique
  readonly history: Operation<RegisterInput, number>[] = []
  readonly appended: Appended[] = []
  readonly problems: string[] = []
  operations = 0
  #active = true

  constructor(options: WorkloadOptions, unique: Unique) {
    this.#o = options
    this.#unique = unique
  }

  /** Works until it is stopped; resolves when its last operation has ended. */
  async run(): Promise<void> {
    const { random } = this.#o
    while (this.#active) {
      await this.#pause(random.between(1, 600))
      const chosen = this.#o.client()
      if (chosen === null || !this.#active) continue
      const kind = random.number()
      if (kind < 0.35) await this.#write(chosen)
      else if (kind < 0.65) await this.#read(chosen)
      else if (kind < 0.95) await this.#appendSome(chosen)
      else await this.#fail(chosen)
    }
  }

  stop(): void {
    this.#active = false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#o.time.after(ms, resolve))
  }

  /** What the call came to; undefined if its process was killed first. */
  async #call<T>(
    { client, killed }: { readonly client: Client; readonly killed: Promise<void> | null },
    what: string,
    run: (handle: ReturnType<typeof handleOf>) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly error: unknown } | undefined> {
    this.operations++
    const { trace, name, random } = this.#o
    trace.note('call', name, what)
    const timeoutMs = random.between(500, 6000)
    const answer = run(handleOf(client, timeoutMs)).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    const outcome =
      killed === null ? await answer : await Promise.race([answer, killed.then(() => undefined)])
    trace.note('answer', name, `${what}: ${textOf(outcome)}`)
    return outcome
  }

  async #write(chosen: NonNullable<ReturnType<WorkloadOptions['client']>>): Promise<void> {
    const to = this.#unique.next()
    await this.#record(chosen, { op: 'write', to }, (handle) => handle.write(to))
  }

  async #read(chosen: NonNullable<ReturnType<WorkloadOptions['client']>>): Promise<void> {
    await this.#record(chosen, { op: 'read' }, (handle) => handle.read())
  }

  async #record(
    chosen: NonNullable<ReturnType<WorkloadOptions['client']>>,
    input: RegisterInput,
    run: (handle: ReturnType<typeof handleOf>) => Promise<number>,
  ): Promise<void> {
    const { time, name: client } = this.#o
    const calledAt = this.#instant()
    const outcome = await this.#call(chosen, input.op === 'write' ? `write ${input.to}` : 'read', run)
    if (outcome !== undefined && 'value' in outcome)
      this.history.push({ input, calledAt, answer: { output: outcome.value, at: this.#instant() }, client })
    else if (outcome === undefined || this.#outcomeOf(outcome.error, time.now) === 'unknown')
      this.history.push({ input, calledAt, answer: null, client })
  }

  /** Events of one virtual moment have an order too. */
  #instant(): number {
    return this.#o.time.now
  }

  /** Several at once, pipelined: they have to stand in the order of the calls. */
  async #appendSome(chosen: NonNullable<ReturnType<WorkloadOptions['client']>>): Promise<void> {
    const count = 1 + this.#o.random.below(4)
    const items = Array.from({ length: count }, () => this.#unique.next())
    const results = await Promise.all(
      items.map(async (item): Promise<Appended> => {
        const outcome = await this.#call(chosen, `append ${item}`, (handle) => handle.append(item))
        if (outcome === undefined) return { item, outcome: 'unknown' }
        if ('value' in outcome) return { item, outcome: 'done', position: outcome.value }
        return { item, outcome: this.#outcomeOf(outcome.error, this.#o.time.now) }
      }),
    )
    const positions = results.flatMap((result) => (result.outcome === 'done' ? [result.position] : []))
    if (positions.some((position, i) => i > 0 && position <= positions[i - 1]!))
      this.problems.push(
        `${this.#o.name} appended ${items.join(', ')} and they stand at ${positions.join(', ')}`,
      )
    this.appended.push(...results)
  }

  async #fail(chosen: NonNullable<ReturnType<WorkloadOptions['client']>>): Promise<void> {
    const outcome = await this.#call(chosen, 'fail', (handle) => handle.fail())
    if (outcome !== undefined && 'value' in outcome) this.problems.push('a failing command was acknowledged')
  }

  /** Only errors of Rafted may reach a caller, and each says whether it could have happened. */
  #outcomeOf(error: unknown, now: number): 'not-applied' | 'unknown' {
    if (isRaftedError(error)) return error.outcome
    this.problems.push(`${this.#o.name} at ${now}: ${String(error)} is no error of Rafted`)
    return 'unknown'
  }
}

function handleOf(client: Client, timeoutMs: number) {
  return client.value(GROUP, register).with({ timeoutMs })
}

function textOf(outcome: { readonly value: unknown } | { readonly error: unknown } | undefined): string {
  if (outcome === undefined) return 'killed'
  if ('value' in outcome) return String(outcome.value)
  const { error } = outcome
  return isRaftedError(error) ? `${error.code}, ${error.outcome}` : String(error)
}
