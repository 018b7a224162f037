/** The claims machine against a list of claims that is gone through from its beginning, whatever happens. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { claims } from '../src/index.ts'
import { Applied, reasonOf } from './applied.ts'

const NAMES = ['x', 'y', 'z']
/** By name, how many may hold. */
const PERMITS: Readonly<Record<string, number>> = { x: 1, y: 2, z: 3 }
const IDS = ['a', 'b', 'c', 'd', 'e']

type Step =
  | { readonly op: 'claim'; readonly leaseMs: number; readonly wait: boolean }
  | { readonly op: 'renew' | 'release' }
type At = { readonly name: string; readonly id: string; readonly afterMs: number }

const step: fc.Arbitrary<Step & At> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    id: fc.constantFrom(...IDS),
    afterMs: fc.integer({ min: 0, max: 40 }),
  })
  .chain((at) =>
    fc.oneof(
      fc
        .record({ leaseMs: fc.integer({ min: 1, max: 120 }), wait: fc.boolean() })
        .map((asked) => ({ op: 'claim' as const, ...asked, ...at })),
      fc.constantFrom('renew' as const, 'release' as const).map((op) => ({ op, ...at })),
    ),
  )

interface Modelled {
  readonly name: string
  readonly id: string
  readonly leaseMs: number
  until: number
}

/** Those who claim, in the order in which they came: who holds is whoever is among the first. */
class Model {
  #all: Modelled[] = []

  expire(time: number): void {
    this.#all = this.#all.filter(({ until }) => until > time)
  }

  of(name: string): Modelled[] {
    return this.#all.filter((claim) => claim.name === name)
  }

  /** @returns whether it holds; null if it is not there. */
  holds(name: string, id: string): boolean | null {
    const at = this.of(name).findIndex((claim) => claim.id === id)
    return at === -1 ? null : at < PERMITS[name]!
  }

  apply(step: Step & At, time: number): boolean | null {
    const { name, id } = step
    this.expire(time)
    const own = this.of(name).find((claim) => claim.id === id)
    if (step.op === 'release') {
      this.#all = this.#all.filter((claim) => claim !== own)
      return own !== undefined
    }
    if (own !== undefined) own.until = time + own.leaseMs
    else if (step.op === 'claim' && (step.wait || this.of(name).length < PERMITS[name]!))
      this.#all.push({ name, id, leaseMs: step.leaseMs, until: time + step.leaseMs })
    return this.holds(name, id)
  }
}

/** @param isTold whether an entry comes as soon as a lease is over, as a leader sees to it. */
async function run(steps: readonly (Step & At)[], isTold: boolean, restoreEvery: number): Promise<void> {
  const all = new Applied(claims)
  const model = new Model()
  const seen = new Map<number, string>()
  /** A token is one claim's for ever, and higher than all that were given before this step. */
  const look = (token: number, of: string, before: number): void => {
    if (!seen.has(token)) expect(token).toBeGreaterThan(before)
    expect(seen.get(token) ?? of).toBe(of)
    seen.set(token, of)
  }
  let claimed = 0
  /** Which claim of an id it is. */
  const which = new Map<string, number>()
  for (const [at, asked] of steps.entries()) {
    const { op, name, id, afterMs } = asked
    const time = all.time + afterMs
    if (isTold) all.timePasses(time)
    else all.time = time
    model.expire(time)
    const key = `${name} ${id}`
    if (model.holds(name, id) === null) which.set(key, ++claimed)
    const expected = model.apply(asked, time)
    const answer =
      op === 'claim'
        ? all.command(op, name, id, {
            permits: PERMITS[name]!,
            leaseMs: asked.leaseMs,
            wait: asked.wait,
            label: id,
            once: false,
          })
        : all.command(op, name, id)
    expect(op === 'release' || answer === null ? answer : answer > 0).toBe(expected)
    const before = Math.max(0, ...seen.keys())
    for (const one of NAMES) {
      const queue = model.of(one)
      const tokens = queue.map((claim) => all.query('claimed', one, claim.id) as number | null)
      // Nobody lives past its lease, and nobody is lost.
      expect(tokens.includes(null)).toBe(false)
      expect(IDS.filter((other) => all.query('claimed', one, other) !== null)).toHaveLength(queue.length)
      const holding = tokens.filter((token) => token !== null && token > 0) as number[]
      // In the order in which they came, under tokens that grow; the first of them hold.
      expect(holding).toEqual([...holding].sort((a, b) => a - b))
      expect(tokens.slice(0, holding.length)).toEqual(holding)
      expect(holding.length).toBeLessThanOrEqual(PERMITS[one]!)
      if (isTold) expect(holding).toHaveLength(Math.min(queue.length, PERMITS[one]!))
      for (const [i, token] of holding.entries())
        look(token, `${which.get(`${one} ${queue[i]!.id}`)}`, before)
    }
    if (at % restoreEvery === restoreEvery - 1) await all.restore()
  }
}

const every = fc.integer({ min: 1, max: 20 })

test('holds whom the model holds, where an entry comes when a lease is over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), every, (steps, restoreEvery) =>
      run(steps, true, restoreEvery),
    ),
    { numRuns: 150, seed: 1 },
  )
})

test('knows whom the model knows, where none comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), every, (steps, restoreEvery) =>
      run(steps, false, restoreEvery),
    ),
    { numRuns: 150, seed: 2 },
  )
})

test('a restored machine refuses what the first refuses', async () => {
  const all = new Applied(claims)
  const ask = { permits: 1, leaseMs: 100, label: '', wait: true, once: true }
  all.command('claim', 'job', 'a', ask)
  all.command('finish', 'job', 'a', 'done')
  all.command('claim', 'lock', 'a', ask)
  await all.restore()
  expect(reasonOf(() => all.command('claim', 'job', 'b', ask))).toBe('finished')
  expect(all.deadline).toBe(100)
  expect(all.command('claim', 'other', 'b', ask)).toBe(3)
})
