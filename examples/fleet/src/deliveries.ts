/** Commands that come all the time, by the names of groups, of any host that runs: and the account of them. */
import { setTimeout } from 'node:timers/promises'
import type { Processes } from './processes.ts'

const article = 'pears'
/** Between two deliveries to a shop. */
const PAUSE_MS = 25

/** Asks again and again. */
export type Until = (what: string, isSo: () => boolean | Promise<boolean>) => Promise<void>

export class Deliveries {
  readonly #processes: Processes
  readonly #acknowledged = new Map<string, number>()
  #loops: Promise<void>[] = []
  #isOver = false
  #next = 0
  /** Resolves when deliveries go on; null while they do. */
  #paused: { readonly over: Promise<void>; resume(): void } | null = null
  #underWay = 0

  constructor(processes: Processes) {
    this.#processes = processes
  }

  begin(shops: readonly string[]): void {
    for (const shop of shops) {
      this.#acknowledged.set(shop, 0)
      this.#loops.push(this.#deliver(shop))
    }
  }

  /** Acknowledged so far. */
  of(shop: string): number {
    return this.#acknowledged.get(shop)!
  }

  /** One after the other. Where an answer fails to come, the same is asked of another host, under the same key. */
  async #deliver(shop: string): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      await this.#paused?.over
      this.#underWay++
      while (!(await this.#isReceived(shop, number))) if (this.#isOver) return
      this.#underWay--
      this.#acknowledged.set(shop, number)
      await setTimeout(PAUSE_MS)
    }
  }

  /** Nothing more is delivered until it goes on. @returns once nothing is under way. */
  async pause(until: Until): Promise<void> {
    let resume = (): void => {}
    const over = new Promise<void>((resolve) => {
      resume = resolve
    })
    this.#paused = { over, resume }
    await until('what is under way to come in', () => this.#underWay === 0)
  }

  resume(): void {
    this.#paused?.resume()
    this.#paused = null
  }

  async #isReceived(shop: string, number: number): Promise<boolean> {
    const { ids } = this.#processes
    const id = ids[this.#next++ % ids.length]
    try {
      if (id === undefined) throw new Error('nobody runs')
      await this.#processes.at(id).receive(shop, article, 1, `delivery ${number}`)
      return true
    } catch {
      await setTimeout(PAUSE_MS)
      return false
    }
  }

  /** Resolves once each of these shops has acknowledged another one that was asked for after this. */
  async goOn(shops: readonly string[], until: Until): Promise<void> {
    // The one that is under way may have been acknowledged before.
    const goals = new Map(shops.map((shop) => [shop, this.of(shop) + 2]))
    await until('deliveries to go on', () => shops.every((shop) => this.of(shop) >= goals.get(shop)!))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#loops)
    this.#loops = []
  }

  /** What the shops have, against what they have acknowledged. The last delivery to a shop may have come in unheard. */
  async account(): Promise<{ readonly acknowledged: number; readonly lost: number; readonly twice: number }> {
    let [acknowledged, lost, twice] = [0, 0, 0]
    for (const [shop, count] of this.#acknowledged) {
      const found = await this.#processes.any().inStock(shop, article)
      acknowledged += count
      lost += Math.max(0, count - found)
      twice += Math.max(0, found - count - 1)
    }
    return { acknowledged, lost, twice }
  }
}
