/** What the simulated users use unless told otherwise: a register whose history is checked, and a list in which every item must stand exactly once. */
import { type ApplyContext, defineValue } from '@rafted/contracts'
import type { SequentialModel } from '../linearizability/history.ts'
import type { Called, SimulatedUser, Workload } from './workload.ts'

interface Value {
  readonly register: number
  readonly list: readonly number[]
  /** Of all commands so far, in their order: two values with one digest are one. */
  readonly digest: number
}

/**
 * The code of this version, which knows all before it: they differ in the digest, and in nothing that users see. One that goes by a version which it
 * doesn't know does what its newest does, and holds something else from there on.
 */
export function registerOf(newest: number) {
  const marked = ({ version }: ApplyContext, number: number): number =>
    number ^ ((Math.min(version, newest) - 1) << 24)
  return defineValue({
    version: newest,
    oldestVersion: 1,
    init: (): Value => ({ register: 0, list: [], digest: 1 }),
    commands: {
      /** @returns what stood there before. */
      write(value, to: number) {
        const digest = digestOf(value.digest, marked(this, to))
        return [value.register, { ...value, register: to, digest }]
      },
      /** @param padding makes the entry longer, and is not kept. @returns how many stood there before. */
      append(value, item: number, padding: Uint8Array) {
        const digest = digestOf(value.digest, marked(this, -item - padding.length))
        return [value.list.length, { ...value, list: [...value.list, item], digest }]
      },
      /** Poison: no member may die of it. */
      fail: (_value: Value): readonly [never, Value] => {
        throw new Error('this command always fails')
      },
    },
    queries: {
      read: (value) => value.register,
      list: (value) => value.list,
    },
  })
}

export const register = registerOf(1)

function digestOf(before: number, number: number): number {
  return Math.imul(before ^ number, 0x01000193) >>> 0
}

export type RegisterInput = { readonly op: 'write'; readonly to: number } | { readonly op: 'read' }

/** The register alone. Both operations answer what stood there when they took effect. */
export const registerModel: SequentialModel<number, RegisterInput, number> = {
  init: () => 0,
  step: (state, input) => [state, input.op === 'write' ? input.to : state],
  describe: (input, answer) =>
    `${input.op === 'write' ? `write ${input.to}` : 'read'} → ${answer === null ? '?' : answer.output}`,
}

/** How old bounded reads may be. */
const STALENESS_MS = [5, 100, 1000, 5000]

type User = SimulatedUser<typeof register>

/** How many of the commands in doubt are asked after. */
const RESOLVED_SHARE = 0.8

/** What became of an item that was to be appended. */
interface Appended {
  readonly item: number
  readonly called: Called<number> | null
}

/** Writes, reads and appends; a failing command now and then. What it appends it looks for at the end. */
export class RegisterWorkload implements Workload<typeof register> {
  readonly model = registerModel
  readonly #appended: Appended[] = []
  readonly #problems: string[] = []
  readonly #pauseMs: number
  readonly #paddingBytes: number
  #last = 0

  /** @param pauseMs between two acts of a user, at most. @param paddingBytes of an item, at most: some sectors, so that its write may be torn. */
  constructor(pauseMs: number, paddingBytes: number) {
    this.#pauseMs = pauseMs
    this.#paddingBytes = paddingBytes
  }

  async act(user: User): Promise<void> {
    const { random, value } = user
    await user.pause(1 + random.number() * this.#pauseMs)
    const kind = random.number()
    if (kind < 0.35) {
      const to = ++this.#last
      await user.call({ op: 'write', to }, () => value.write(to))
    } else if (kind < 0.65) await this.#read(user, (kind - 0.35) / 0.3)
    else if (kind < 0.95) await this.#appendSome(user)
    else {
      const called = await user.call(null, () => value.fail())
      if (called.outcome === 'done') this.#problems.push('a failing command was acknowledged')
    }
  }

  /** In one of the ways there are. A bounded read is one that may have been called as much earlier. @param way from 0 to 1. */
  async #read({ call, value }: User, way: number): Promise<void> {
    const input = { op: 'read' } as const
    if (way < 0.25) await call(input, () => value.read())
    else if (way < 0.5) await call(input, () => value.with({ read: 'lease' }).read())
    else if (way < 0.75) await call(input, () => value.with({ on: 'here' }).read())
    else {
      const maxStalenessMs = STALENESS_MS[Math.floor((way - 0.75) * 4 * STALENESS_MS.length)]!
      // Whoever answers may have a clock that is slow.
      const olderByMs = maxStalenessMs * 1.5 + 50
      await call(input, () => value.with({ read: { maxStalenessMs } }).read(), { olderByMs })
    }
  }

  /** Several at once, pipelined: they have to stand in the order of the calls. */
  async #appendSome(user: User): Promise<void> {
    const count = 1 + Math.floor(user.random.number() * 4)
    const padding = new Uint8Array(Math.floor(user.random.number() * this.#paddingBytes)).fill(count)
    const items = Array.from({ length: count }, () => ++this.#last)
    const places = items.map(() => this.#appended.push({ item: 0, called: null }) - 1)
    const positions: number[] = []
    await Promise.all(
      items.map(async (item, i) => {
        this.#appended[places[i]!] = { item, called: null }
        const called = await user.call(null, () => user.value.append(item, padding))
        this.#appended[places[i]!] = { item, called }
        if (called.outcome === 'done') positions[i] = called.value
      }),
    )
    const told = positions.filter((position) => position !== undefined)
    if (told.some((position, i) => i > 0 && position <= told[i - 1]!))
      this.#problems.push(`${user.name} appended ${items.join(', ')} and they stand at ${told.join(', ')}`)
  }

  /** Exactly once: what was acknowledged stands there once, at the place that was told; what was refused doesn't; nothing twice. */
  async audit(user: User): Promise<readonly string[]> {
    await user.call({ op: 'read' }, () => user.value.read())
    const looked = await user.call(null, () => user.value.list())
    if (looked.outcome !== 'done') return [`a healthy cluster did not answer: ${looked.code}`]
    const problems = [...this.#problems]
    const places = new Map<number, number[]>()
    for (const [place, item] of looked.value.entries()) places.set(item, [...(places.get(item) ?? []), place])
    for (const { item, called } of this.#appended) {
      const found = places.get(item) ?? []
      if (found.length > 1) problems.push(`item ${item} stands at ${found.join(' and ')}`)
      if (called?.outcome === 'done' && found[0] !== called.value)
        problems.push(`item ${item} was put at ${called.value} and stands at ${found[0]}`)
      if (called?.outcome === 'not-applied' && found.length > 0)
        problems.push(`item ${item} was not applied, and stands at ${found[0]}`)
    }
    return problems
  }

  fingerprint(value: unknown): string {
    const { register: written, list, digest } = value as Value
    return `${written} ${list.length} ${list.at(-1)} ${digest}`
  }
}

/** The same, by users who ask what became of most commands that ended in doubt: what they are told counts like an answer. */
export class ResolvingWorkload extends RegisterWorkload {
  override act(user: User): Promise<void> {
    const call: User['call'] = async (input, run, notes) => {
      const called = await user.call(input, run, notes)
      const isAsked = called.outcome === 'unknown' && user.random.number() < RESOLVED_SHARE
      return isAsked ? user.resolve(called) : called
    }
    return super.act({ ...user, call })
  }
}
