/** Values whose histories the tests check. Each also draws an operation by chance. */
import type { SequentialModel } from '../../src/index.ts'
import type { SeededRandom } from '../../src/simulation/seeded-random.ts'

export interface Sample<State = unknown, Input = unknown, Output = unknown> {
  readonly model: SequentialModel<State, Input, Output>
  /** @param unique a number that no other operation of the history gets. */
  draw(random: SeededRandom, unique: number): Input
  /** Another answer than the right one, that some clients could believe. */
  wrong(random: SeededRandom, right: Output): Output
}

export type RegisterInput =
  | { readonly op: 'read' }
  | { readonly op: 'write'; readonly to: number }
  | { readonly op: 'cas'; readonly from: number; readonly to: number }
export type RegisterOutput = number | boolean | null

/** `write` answers nothing, `cas` whether it took effect. */
export const register: SequentialModel<number, RegisterInput, RegisterOutput> = {
  init: () => 0,
  step(state, input) {
    if (input.op === 'read') return [state, state]
    if (input.op === 'write') return [null, input.to]
    return state === input.from ? [true, input.to] : [false, state]
  },
  describe(input, answer) {
    const args =
      input.op === 'read' ? '' : input.op === 'write' ? ` ${input.to}` : ` ${input.from} ${input.to}`
    return `${input.op}${args} → ${answer === null ? '?' : (answer.output ?? 'ok')}`
  },
}

const wrongOfRegister = (random: SeededRandom, right: RegisterOutput): RegisterOutput =>
  typeof right === 'number' ? right + 1 + random.below(3) : typeof right === 'boolean' ? !right : null

/** Writes and reads; every value is written once. */
export const plainRegister: Sample<number, RegisterInput, RegisterOutput> = {
  model: register,
  draw: (random, unique) => (random.chance(0.5) ? { op: 'read' } : { op: 'write', to: unique }),
  wrong: wrongOfRegister,
}

/** Few values, so that compare-and-set often meets the one it wants. */
export const casRegister: Sample<number, RegisterInput, RegisterOutput> = {
  model: register,
  draw(random) {
    const [from, to] = [random.below(4), random.below(4)]
    if (random.chance(0.4)) return { op: 'read' }
    return random.chance(0.5) ? { op: 'write', to } : { op: 'cas', from, to }
  },
  wrong: wrongOfRegister,
}

export type Keyed = RegisterInput & { readonly key: string }

/** Many registers, checked apart. */
export const keyed: Sample<number, Keyed, RegisterOutput> = {
  model: { ...register, key: ({ key }) => key },
  draw: (random, unique) => ({ ...plainRegister.draw(random, unique), key: `k${random.below(20)}` }),
  wrong: wrongOfRegister,
}

/** The same registers as one value. */
export const unkeyed: SequentialModel<Readonly<Record<string, number>>, Keyed, RegisterOutput> = {
  init: () => ({}),
  step(state, input) {
    const [output, next] = register.step(state[input.key] ?? 0, input)
    return [output, { ...state, [input.key]: next }]
  },
}

export type QueueInput = { readonly op: 'enqueue'; readonly item: number } | { readonly op: 'dequeue' }

/** `enqueue` answers how many there are then, `dequeue` the first or null. */
export const queue: Sample<readonly number[], QueueInput, number | null> = {
  model: {
    init: () => [],
    step(state, input) {
      if (input.op === 'enqueue') return [state.length + 1, [...state, input.item]]
      return state.length === 0 ? [null, state] : [state[0]!, state.slice(1)]
    },
    describe: (input, answer) =>
      `${input.op}${input.op === 'enqueue' ? ` ${input.item}` : ''} → ${answer === null ? '?' : answer.output}`,
  },
  draw: (random, unique) => (random.chance(0.5) ? { op: 'enqueue', item: unique } : { op: 'dequeue' }),
  wrong: (random, right) => (right ?? 0) + 1 + random.below(3),
}

export type ListInput = { readonly op: 'append'; readonly item: number } | { readonly op: 'list' }

/** `append` answers nothing: its place shows only in what `list` answers. */
export const list: Sample<readonly number[], ListInput, readonly number[] | null> = {
  model: {
    init: () => [],
    step: (state, input) => (input.op === 'list' ? [state, state] : [null, [...state, input.item]]),
    equal: (answered, expected) => String(answered) === String(expected),
  },
  draw: (random, unique) => (random.chance(0.4) ? { op: 'append', item: unique } : { op: 'list' }),
  wrong: (random, right) => (right === null ? [0] : right.toSpliced(random.below(right.length), 1)),
}

export interface SetInput {
  readonly op: 'add' | 'remove' | 'has'
  readonly item: number
}

/** All answer whether the item was in before. */
export const set: Sample<ReadonlySet<number>, SetInput, boolean> = {
  model: {
    init: () => new Set(),
    step(state, { op, item }) {
      const was = state.has(item)
      if (op === 'has' || was === (op === 'add')) return [was, state]
      const next = new Set(state)
      if (op === 'add') next.add(item)
      else next.delete(item)
      return [was, next]
    },
  },
  draw: (random) => ({ op: random.pick(['add', 'remove', 'has'] as const), item: random.below(4) }),
  wrong: (_, right) => !right,
}

export type CounterInput = { readonly op: 'add'; readonly by: number } | { readonly op: 'get' }

/** Both answer what it has become. */
export const counter: Sample<number, CounterInput, number> = {
  model: {
    init: () => 0,
    step(state, input) {
      const next = input.op === 'add' ? state + input.by : state
      return [next, next]
    },
    describe: (input, answer) =>
      `${input.op === 'add' ? `add ${input.by}` : 'get'} → ${answer === null ? '?' : answer.output}`,
  },
  draw: (random) => (random.chance(0.3) ? { op: 'get' } : { op: 'add', by: 1 }),
  wrong: (random, right) => right + random.pick([-2, -1, 1, 2]),
}
