/** Users of a simulated key-value store. What they are told is judged, and at the end the history that is kept for watchers must lead to what is there. */
import { type KvEvent, type KvFilter, kv, type kvStore } from '@rafted/recipes'
import type { SimulatedUser, Workload } from '@rafted/testing'
import { type KvInput, KvUse, kvModel } from './kv-history.ts'

type User = SimulatedUser<typeof kvStore>

/** Longer than any time to live, and than what a healthy group takes to sweep. */
const ALL_GONE_MS = 15_000

export class KvWorkload implements Workload<typeof kvStore> {
  readonly model = kvModel
  readonly #use = new KvUse()
  #sessions = 0

  async act(user: User): Promise<void> {
    const { random, pause } = user
    await pause(1 + random.number() * 120)
    if (random.number() < 0.2) await this.#useSession(user)
    else await this.#useKeys(user, this.#use.next(random))
  }

  async #useKeys({ random, value, call }: User, input: KvInput): Promise<void> {
    const isRead = input.op === 'get' || input.op === 'many' || input.op === 'range'
    const chance = isRead ? random.number() : 1
    const handle =
      chance < 0.3 ? value.with({ read: 'lease' }) : chance < 0.6 ? value.with({ on: 'here' }) : value
    await call(input, () => this.#use.do(input, kv<number>(handle)))
  }

  /** Keys that go by themselves: nobody judges when, but members have to agree on it. */
  async #useSession({ random, value, call, pause }: User): Promise<void> {
    const key = `session/${random.number() < 0.5 ? ++this.#sessions : Math.ceil(random.number() * 5)}`
    const ttlMs = 100 + Math.floor(random.number() * 4000)
    if (random.number() < 0.5) {
      await call(null, () => value.put(key, key, { ttlMs }))
      if (random.number() < 0.3) await call(null, () => value.touch(key, ttlMs))
      return
    }
    const granted = await call(null, () => value.grantLease(ttlMs))
    if (granted.outcome !== 'done') return
    const lease = granted.value
    for (const name of ['a', 'b']) await call(null, () => value.put(`${key}/${name}`, name, { lease }))
    await pause(random.number() * 2000)
    await call(null, () => (random.number() < 0.5 ? value.keepLease(lease) : value.endLease(lease)))
  }

  async audit({ value, pause, call }: User): Promise<string[]> {
    await pause(ALL_GONE_MS)
    const problems: string[] = []
    const { entries } = await value.held({}, null)
    const stats = await value.stats()
    const sessions = entries.filter(({ key }) => key.startsWith('session/'))
    if (sessions.length + stats.leases > 0)
      problems.push(`${sessions.length} sessions and ${stats.leases} leases are still there`)
    const copy = await this.#told(value)
    if (copy !== null) {
      const told = JSON.stringify([...copy].sort())
      const there = JSON.stringify(entries.map(({ key, revision }) => [key, revision]).sort())
      if (told !== there) problems.push(`watchers were told ${told}, and there is ${there}`)
    }
    for (const { key } of entries.slice(0, 40)) {
      const [part, name] = key.split('/')
      const input: KvInput = { part: Number(part), op: 'get', key: name as 'x' | 'y' }
      await call(input, () => this.#use.do(input, kv<number>(value)))
    }
    return problems
  }

  /** Revisions by key, as whoever has watched from the beginning knows them; null if that is not remembered. */
  async #told(value: User['value']): Promise<Map<string, number> | null> {
    const all: KvFilter = {}
    const copy = new Map<string, number>()
    for (let after = 0; ; ) {
      const news = await value.news(all, after)
      if (news.kind === 'forgotten') return null
      for (const { events } of news.moments) for (const event of events) take(copy, event)
      if (news.upTo === after) return copy
      after = news.upTo
    }
  }
}

function take(copy: Map<string, number>, event: KvEvent): void {
  if (event.kind === 'put') copy.set(event.entry.key, event.entry.revision)
  else copy.delete(event.key)
}
