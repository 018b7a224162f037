/** What both stories are told with. */
import { setTimeout } from 'node:timers/promises'
import { Board } from './board.ts'
import { Deliveries } from './deliveries.ts'
import { isSettled, type Placement } from './placement.ts'
import { Processes } from './processes.ts'
import { tableOf } from './table.ts'

const LOOK_MS = 50
const PATIENCE_MS = 90_000

export class Telling {
  readonly processes: Processes
  readonly deliveries: Deliveries
  readonly board = new Board(process.stdout)
  readonly #begun = performance.now()
  #placement: Placement = { hosts: [], groups: [] }
  #isOver = false
  #watching: Promise<void> = Promise.resolve()

  /** @param addresses of all hosts that there will be. */
  constructor(addresses: ReadonlyMap<string, string>) {
    this.processes = new Processes(addresses)
    this.deliveries = new Deliveries(this.processes)
  }

  say(line: string): void {
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(1).padStart(5)
    this.board.say(`${seconds} s  ${line}`)
  }

  /** The table, as it is known now. */
  show(): void {
    if (!this.board.isLive) this.board.show(this.#table(this.#placement))
  }

  /** The hosts begin a fleet, and shops are added to it. */
  async found(ids: readonly string[], shops: readonly string[]): Promise<void> {
    const { processes } = this
    processes.start(...ids)
    const first = processes.at(ids[0]!)
    // All have to run by then: each is asked whether it knows of a fleet.
    await this.until('all to run', async () => {
      await Promise.all(ids.map((id) => processes.at(id).applied()))
      return true
    })
    await this.until('the fleet to begin', async () => {
      await first.initialise()
      return true
    })
    await Promise.all(ids.map((id) => processes.at(id).takesPart()))
    await first.changeSettings({ coolDownMs: 200, movesPerHost: 8 })
    await Promise.all(shops.map((shop, i) => processes.at(ids[i % ids.length]!).addShop(shop)))
    this.deliveries.begin(shops)
    if (this.board.isLive) this.#watching = this.#watch()
  }

  /** Waits until all members are where they belong. @param also whether the placement is the one that is waited for. */
  async settle(also: (placement: Placement) => boolean = () => true): Promise<Placement> {
    await this.until('all to be where they belong', async () => {
      const found = await this.look()
      return found !== null && isSettled(found) && also(found)
    })
    return this.#placement
  }

  /** How it stands, by the word of a host that runs; null if it has none now. */
  async look(): Promise<Placement | null> {
    if (this.processes.ids.length === 0) return null
    const found = await this.processes
      .any()
      .placement()
      .catch(() => null)
    if (found === null) return null
    this.#placement = found
    this.board.update(this.#table(found))
    return found
  }

  #table(placement: Placement): string[] {
    const down = placement.hosts.map(({ id }) => id).filter((id) => !this.processes.ids.includes(id))
    return tableOf(placement, new Set(down), this.board.isLive)
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      await this.look()
      await setTimeout(4 * LOOK_MS)
    }
  }

  /** Asks again and again, also where asking fails. @throws if that takes too long, with why it failed last. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    for (let cause: unknown; ; ) {
      try {
        if (await isSo()) return
        cause = undefined
      } catch (error) {
        cause = error
      }
      if (performance.now() > end) throw new Error(`waited ${PATIENCE_MS / 1000} s for ${what}`, { cause })
      await setTimeout(LOOK_MS)
    }
  }

  async goOn(shops: readonly string[]): Promise<void> {
    await this.deliveries.goOn(shops, (what, isSo) => this.until(what, isSo))
  }

  /** Nothing more is delivered until it goes on, and what was is on all members. */
  async pause(): Promise<void> {
    await this.deliveries.pause((what, isSo) => this.until(what, isSo))
    await this.until('all members to have all', () => haveAppliedAll(this.processes))
  }

  /** @returns whether nothing that was acknowledged is lost, and nothing has come in twice. */
  async account(): Promise<boolean> {
    await this.deliveries.end()
    const { acknowledged, lost, twice } = await this.deliveries.account()
    this.say(`acknowledged ${acknowledged}, lost ${lost}, twice ${twice}`)
    return lost === 0 && twice === 0
  }

  async close(): Promise<void> {
    this.#isOver = true
    await this.processes.close()
    await this.#watching
    this.board.close()
  }
}

/** Whether each member has all that any of its group has. */
async function haveAppliedAll(processes: Processes): Promise<boolean> {
  const all = await Promise.all(processes.ids.map((id) => processes.at(id).applied()))
  const newest = new Map<string, number>()
  for (const one of all)
    for (const [raft, index] of one) newest.set(raft, Math.max(index, newest.get(raft) ?? 0))
  return all.every((one) => [...one].every(([raft, index]) => index === newest.get(raft)))
}
