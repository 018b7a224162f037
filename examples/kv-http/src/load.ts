/** Puts keys and counts with others, notes what was acknowledged, and at the end looks whether all of it is there, once. */
import { randomUUID } from 'node:crypto'
import { HttpClient } from './http-client.ts'
import { Listener } from './listener.ts'

export interface Account {
  readonly acknowledged: number
  /** Acknowledged, and not there. */
  readonly lost: number
  /** There more than once. */
  readonly duplicated: number
  /** Acknowledged, and listeners were not told, or not once. */
  readonly untold: number
  /** Tries that were made again, at another host. */
  readonly retries: number
  /** Longest time in which nothing was acknowledged, milliseconds. */
  readonly longestGapMs: number
}

const WRITERS = 6
/** Of each of them, between an answer and the next request: hosts that start have a share of the machine as well. */
const PAUSE_MS = 10
const COUNTERS = 2

export class Load {
  readonly #run = `load/${randomUUID()}/`
  readonly #clients: readonly HttpClient[]
  readonly #listener: Listener
  readonly #written = new Map<string, number>()
  readonly #told = new Map<string, number>()
  #counted = 0
  #lastAt = performance.now()
  #longestGapMs = 0
  #isOver = false
  #working: Promise<unknown> = Promise.resolve()
  #listening: Promise<unknown> = Promise.resolve()

  /** @param hosts `http://…` of each. */
  constructor(hosts: readonly string[]) {
    this.#clients = Array.from({ length: WRITERS + COUNTERS }, (_, i) => new HttpClient(hosts, i))
    this.#listener = new Listener(hosts, `${this.#run}key/`, ({ kind, entry }) => {
      if (kind === 'put') this.#told.set(entry!.key, (this.#told.get(entry!.key) ?? 0) + 1)
    })
  }

  get acknowledged(): number {
    return this.#written.size + this.#counted
  }

  /** Resolves when it is at work. */
  async start(): Promise<void> {
    await new Promise<void>((begun, failed) => {
      this.#listening = this.#listener.listen(begun)
      this.#listening.catch(failed)
    })
    this.#lastAt = performance.now()
    this.#working = Promise.all(
      this.#clients.map((client, i) => (i < WRITERS ? this.#write(client, i) : this.#count(client))),
    )
  }

  /** Ends it, and looks. */
  async end(): Promise<Account> {
    this.#isOver = true
    await this.#working
    const [client] = this.#clients as readonly [HttpClient]
    const there = new Map<string, { value: unknown; version: number }>()
    for await (const entry of client.entries(`${this.#run}key/`)) there.set(entry.key, entry)
    const keys = [...this.#written]
    const counter = Number((await client.get(`${this.#run}counter`))?.value ?? 0)
    await this.#hearAll(there.size)
    return {
      acknowledged: this.acknowledged,
      lost:
        keys.filter(([key, value]) => there.get(key)?.value !== value).length +
        Math.max(0, this.#counted - counter),
      duplicated:
        [...there.values()].filter(({ version }) => version > 1).length +
        Math.max(0, counter - this.#counted),
      untold: keys.filter(([key]) => this.#told.get(key) !== 1).length,
      retries: this.#clients.reduce((sum, { retries }) => sum + retries, 0),
      longestGapMs: Math.round(this.#longestGapMs),
    }
  }

  /** What is there was told, or is being told. */
  async #hearAll(count: number): Promise<void> {
    const patienceEnds = performance.now() + 10_000
    while (this.#told.size < count && performance.now() < patienceEnds)
      await new Promise((resolve) => setTimeout(resolve, 10))
    this.#listener.end()
    await this.#listening
  }

  /** Each key once. */
  async #write(client: HttpClient, writer: number): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      const key = `${this.#run}key/${writer}/${n}`
      if ((await client.put(key, { value: n })) === null) throw new Error(`${key} was refused`)
      this.#written.set(key, n)
      await this.#mark()
    }
  }

  /** One more than what was read, unless somebody else was faster. */
  async #count(client: HttpClient): Promise<void> {
    const key = `${this.#run}counter`
    while (!this.#isOver) {
      const found = await client.get(key)
      const value = Number(found?.value ?? 0) + 1
      if ((await client.put(key, { value, ifMatch: found?.etag ?? null })) === null) continue
      this.#counted++
      await this.#mark()
    }
  }

  /** Something was acknowledged. */
  #mark(): Promise<void> {
    const now = performance.now()
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt)
    this.#lastAt = now
    return new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

export function textOf({ acknowledged, lost, duplicated, untold, retries, longestGapMs }: Account): string {
  return `longest gap ${longestGapMs} ms, ${retries} retries\nacknowledged ${acknowledged}, lost ${lost}, duplicated ${duplicated}, untold ${untold}`
}
