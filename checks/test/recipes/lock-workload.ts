/** What the users of a simulated cluster do with claims. */
import type { claims } from '@rafted/recipes'
import type { SequentialModel, SimulatedUser, Workload } from '@rafted/testing'

/** Claimed for longer than any run takes: what becomes of them follows from the calls alone, and the history is checked. */
const LASTING = ['x', 'y', 'z']
/** Claimed for a moment: here time has its say, and what must hold all the same is looked at with each answer. */
const LEASED = ['p', 'q']
const LONG_MS = 7 * 24 * 3600 * 1000
/** Of a lasting name, those that are remembered, to be released by anybody. */
const REMEMBERED = 6

type Input =
  | { readonly op: 'claim'; readonly name: string; readonly id: string; readonly wait: boolean }
  | { readonly op: 'release'; readonly name: string; readonly id: string }
  | { readonly op: 'holder'; readonly name: string }
type Output = string | boolean | null

/** A queue: who stands first holds. */
export const queueModel: SequentialModel<readonly string[], Input, Output> = {
  init: () => [],
  key: ({ name }) => name,
  step(queue, input) {
    if (input.op === 'holder') return [queue[0] ?? null, queue]
    const { op, id } = input
    if (op === 'release') return [queue.includes(id), queue.filter((other) => other !== id)]
    const isTaken = input.wait || queue.length === 0 || queue.includes(id)
    const next = !isTaken || queue.includes(id) ? queue : [...queue, id]
    return [!isTaken ? null : next[0] === id, next]
  },
}

type User = SimulatedUser<typeof claims>

export class ClaimsWorkload implements Workload<typeof claims> {
  readonly model = queueModel
  readonly #known = new Map<string, string[]>()
  /** Which claim a token is of. */
  readonly #owners = new Map<number, string>()
  /** By name, the highest token of which anybody was told that it holds. */
  readonly #confirmed = new Map<string, number>()
  readonly #problems: string[] = []
  #ids = 0

  async act(user: User): Promise<void> {
    await user.pause(1 + user.random.number() * 300)
    if (user.random.number() < 0.6) await this.#useLasting(user)
    else await this.#useLeased(user)
  }

  async audit({ call, value }: User): Promise<readonly string[]> {
    for (const name of LASTING)
      await call({ op: 'holder', name }, async () => (await value.holders(name))[0]?.label ?? null)
    for (const name of LEASED) {
      const left = await call(null, () => value.claimed(name, 'nobody'))
      if (left.outcome === 'done' && left.value !== null) this.#problems.push('nobody has a claim')
    }
    return this.#problems
  }

  async #useLasting(user: User): Promise<void> {
    const { random, value, call } = user
    const name = pick(random.number(), LASTING)
    const known = this.#known.get(name) ?? []
    const kind = random.number()
    if (kind < 0.3)
      await call({ op: 'holder', name }, async () => (await value.holders(name))[0]?.label ?? null)
    else if (kind < 0.65 && known.length > 0) {
      const id = pick(random.number(), known)
      await call({ op: 'release', name, id }, () => value.release(name, id))
    } else {
      const id = this.#newId(user)
      const wait = random.number() < 0.5
      this.#known.set(name, [...known, id].slice(-REMEMBERED))
      const ask = { permits: 1, leaseMs: LONG_MS, label: id, wait, once: false }
      await call({ op: 'claim', name, id, wait }, async () => {
        const token = await value.claim(name, id, ask)
        return token === null ? null : token > 0
      })
    }
  }

  /** Claims, renews as long as it likes, and gives it back or forgets it. */
  async #useLeased(user: User): Promise<void> {
    const { random, value, pause } = user
    const name = pick(random.number(), LEASED)
    const id = this.#newId(user)
    const leaseMs = 200 + Math.floor(random.number() * 2000)
    const ask = { permits: 1, leaseMs, label: id, wait: random.number() < 0.5, once: false }
    let token = await this.#told(user, name, id, () => value.claim(name, id, ask))
    for (let times = Math.floor(random.number() * 6); token !== null && times > 0; times--) {
      await pause(random.number() * leaseMs * 0.8)
      token = await this.#told(user, name, id, () => value.renew(name, id))
    }
    if (random.number() < 0.5) await user.call(null, () => value.release(name, id))
  }

  /** @param ask answers with the token of the claim. */
  async #told(
    { call, name: user }: User,
    name: string,
    id: string,
    ask: () => Promise<number | null>,
  ): Promise<number | null> {
    const before = this.#confirmed.get(name) ?? 0
    const called = await call(null, ask)
    if (called.outcome !== 'done') return null
    const token = called.value
    if (token === null || token === 0) return token
    const owner = this.#owners.get(token)
    if (owner !== undefined && owner !== id)
      this.#problems.push(`the token ${token} is ${owner}'s and ${id}'s`)
    this.#owners.set(token, id)
    if (token < before)
      this.#problems.push(
        `${user} holds "${name}" under ${token}, after another was told that it does, under ${before}`,
      )
    this.#confirmed.set(name, Math.max(token, this.#confirmed.get(name) ?? 0))
    return token
  }

  #newId({ name }: User): string {
    return `${name}-${++this.#ids}`
  }
}

function pick<T>(chance: number, from: readonly T[]): T {
  return from[Math.floor(chance * from.length)]!
}
