/** What users do with a key-value store whose history is to be judged: parts of two keys each, which know nothing of each other. */
import type { Random } from '@rafted/contracts'
import type { Kv } from '@rafted/recipes'
import type { SequentialModel } from '@rafted/testing'

export type Key = 'x' | 'y'

/** Each value is put once, so that one stands for its revision. 0 is none. */
export type KvInput = { readonly part: number } & (
  | { readonly op: 'get' | 'delete'; readonly key: Key }
  | { readonly op: 'put'; readonly key: Key; readonly to: number }
  /** On the condition of the revision at which `from` was put. */
  | {
      readonly op: 'replace'
      readonly key: Key
      readonly from: number
      readonly revision: number
      readonly to: number
    }
  /** Both, if x is `from`; else both are read. */
  | { readonly op: 'transact'; readonly from: number; readonly x: number; readonly y: number }
  /** x goes to y, if y isn't there. */
  | { readonly op: 'move'; readonly from: number }
  | { readonly op: 'many' | 'range' | 'deleteAll' }
)

/** What was done, or not: then `false`, and what was found. */
export type Output = readonly (number | boolean)[]
export interface Both {
  readonly x: readonly [value: number, version: number]
  readonly y: readonly [value: number, version: number]
}

const NOTHING = [0, 0] as const

export const kvModel: SequentialModel<Both, KvInput, Output> = {
  init: () => ({ x: NOTHING, y: NOTHING }),
  key: ({ part }) => String(part),
  step(state, input) {
    const { x, y } = state
    const put = (key: Key, to: number): readonly [number, number] => [to, state[key][1] + 1]
    switch (input.op) {
      case 'get':
        return [state[input.key], state]
      case 'put':
        return [[state[input.key][0]], { ...state, [input.key]: put(input.key, input.to) }]
      case 'delete':
        return [[state[input.key][0] !== 0, state[input.key][0]], { ...state, [input.key]: NOTHING }]
      case 'replace':
        return state[input.key][0] === input.from
          ? [[true, input.from], { ...state, [input.key]: put(input.key, input.to) }]
          : [[false, state[input.key][0]], state]
      case 'transact':
        return x[0] === input.from
          ? [[true, y[0]], { x: put('x', input.x), y: put('y', input.y) }]
          : [[false, x[0], y[0]], state]
      case 'move':
        return x[0] === input.from && x[0] !== 0 && y[0] === 0
          ? [[true, x[0]], { x: NOTHING, y: put('y', x[0]) }]
          : [[false, x[0], y[0]], state]
      case 'deleteAll':
        return [[Number(x[0] !== 0) + Number(y[0] !== 0)], { x: NOTHING, y: NOTHING }]
      default:
        return [[x[0], y[0]], state]
    }
  },
  describe: ({ part: _, ...input }, answer) =>
    `${Object.values(input).join(' ')} → ${answer === null ? '?' : answer.output.join(' ')}`,
}

/** Operations of one part, at about: with more of them a history takes long to judge. */
const OPERATIONS = 60
const PARTS_AT_A_TIME = 3

/** What has been seen of a key last, by whomever. */
interface Seen {
  readonly value: number
  readonly revision: number
}

export class KvUse {
  #begun = 0
  #values = 0
  readonly #seen = new Map<string, Seen>()

  /** @returns what is to be done next. */
  next(random: Random): KvInput {
    const part =
      Math.floor(this.#begun++ / (OPERATIONS * PARTS_AT_A_TIME)) * PARTS_AT_A_TIME +
      Math.floor(random.number() * PARTS_AT_A_TIME)
    const key = random.number() < 0.6 ? 'x' : 'y'
    const seen = this.#seen.get(`${part}/${key}`) ?? { value: 0, revision: 0 }
    const from = this.#seen.get(`${part}/x`)?.value ?? 0
    const chance = random.number()
    if (chance < 0.2) return { part, op: 'get', key }
    if (chance < 0.35) return { part, op: 'put', key, to: ++this.#values }
    if (chance < 0.55)
      return { part, op: 'replace', key, from: seen.value, revision: seen.revision, to: ++this.#values }
    if (chance < 0.62) return { part, op: 'delete', key }
    if (chance < 0.78) return { part, op: 'transact', from, x: ++this.#values, y: ++this.#values }
    if (chance < 0.88) return { part, op: 'move', from }
    return { part, op: chance < 0.93 ? 'many' : chance < 0.98 ? 'range' : 'deleteAll' }
  }

  /** Does it. @param store its options hold for the calls. */
  async do(input: KvInput, store: Kv<number>): Promise<Output> {
    const own = store.in<number>(`${input.part}/`)
    const see = (key: Key, value: number, revision: number): void => {
      this.#seen.set(`${input.part}/${key}`, { value, revision })
    }
    switch (input.op) {
      case 'get': {
        const entry = await own.get(input.key)
        see(input.key, entry?.value ?? 0, entry?.revision ?? 0)
        return [entry?.value ?? 0, entry?.version ?? 0]
      }
      case 'put': {
        const { revision, previous } = await own.put(input.key, input.to, { previous: true })
        see(input.key, input.to, revision)
        return [previous?.value ?? 0]
      }
      case 'delete': {
        const { done, previous } = await own.delete(input.key, { previous: true })
        see(input.key, 0, 0)
        return [done, previous?.value ?? 0]
      }
      case 'replace': {
        const { done, revision, previous } = await own.put(input.key, input.to, {
          ifRevision: input.revision,
          previous: true,
        })
        see(input.key, done ? input.to : (previous?.value ?? 0), revision)
        return [done, previous?.value ?? 0]
      }
      case 'transact':
        return transact(own, input)
      case 'move':
        return move(own, input.from)
      case 'many': {
        const { entries } = await own.many(['x', 'y'])
        return entries.map((entry) => entry?.value ?? 0)
      }
      case 'range': {
        const found = new Map((await own.range()).entries.map(({ key, value }) => [key, value]))
        return [found.get('x') ?? 0, found.get('y') ?? 0]
      }
      case 'deleteAll':
        return [await own.deleteRange({})]
    }
  }
}

const BOTH = [
  { op: 'get', key: 'x' },
  { op: 'get', key: 'y' },
] as const

const isX = (from: number) => (from === 0 ? { key: 'x', exists: false } : { key: 'x', value: from })

async function transact(own: Kv<number>, { from, x, y }: Record<'from' | Key, number>): Promise<Output> {
  const { succeeded, results } = await own.transaction({
    if: [isX(from)],
    then: [
      { op: 'put', key: 'x', value: x },
      { op: 'put', key: 'y', value: y, previous: true },
    ],
    else: BOTH,
  })
  if (succeeded) return [true, results[1].previous?.value ?? 0]
  return [false, ...results.map(({ entry }) => entry?.value ?? 0)]
}

async function move(own: Kv<number>, from: number): Promise<Output> {
  const { succeeded, results } = await own.transaction({
    if: [isX(from), { key: 'x', exists: true }, { key: 'y', version: 0 }],
    then: [
      { op: 'delete', key: 'x', previous: true },
      { op: 'put', key: 'y', value: from },
    ],
    else: BOTH,
  })
  if (succeeded) return [true, results[0].previous?.value ?? 0]
  return [false, ...results.map(({ entry }) => entry?.value ?? 0)]
}
