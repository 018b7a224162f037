/** Code of the machine that is replaced while a group runs: by newer, by older, and by newer again where the older is refused. */
import type { Cluster } from './cluster.ts'
import type { HostCodes } from './host-codes.ts'
import { Occasions } from './occasions.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

export interface CodeChangesOptions {
  /** Of the run: what is drawn here changes nothing else of it. */
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly cluster: Cluster
  readonly codes: HostCodes
}

/** Of all runs, so many have such changes. */
const SHARE = 0.3
/** From one to the next, at most, milliseconds. */
const PAUSE_MS = 6000
/** The newest code there is. */
const NEWEST = 4

export class CodeChanges {
  readonly #o: CodeChangesOptions
  readonly #random: SeededRandom
  /** Hosts that somebody is about to start with newer code. */
  readonly #mending = new Set<string>()
  readonly #occasions: Occasions

  constructor(options: CodeChangesOptions) {
    this.#o = options
    const random = new SeededRandom(options.seed ^ 0xc0de)
    this.#random = random
    this.#occasions = new Occasions({
      time: options.time,
      random,
      share: SHARE,
      pauseMs: PAUSE_MS,
      happen: () => this.#change(),
    })
  }

  start(): void {
    this.#occasions.start()
  }

  stop(): void {
    this.#occasions.stop()
  }

  #change(): void {
    const { cluster } = this.#o
    if (cluster.living.length === 0) return
    const id = this.#random.pick(cluster.living)
    cluster.hit('code replaced', id)
    this.#replace(id, this.#draw(), 3000)
  }

  /** Mostly what others run already, so that a version is offered by all now and then; else the next, or any before. */
  #draw(): number {
    const { highest } = this.#o.codes
    if (this.#random.chance(0.5)) return highest
    return this.#random.chance(0.4) ? Math.min(NEWEST, highest + 1) : 1 + this.#random.below(highest)
  }

  #replace(id: string, version: number, withinMs: number): void {
    const { cluster, codes, time, trace } = this.#o
    trace.note('code', id, version)
    codes.replace(id, version)
    cluster.kill(id, 'process')
    time.after(this.#random.between(20, withinMs), () => void cluster.start(id))
  }

  /** The host has said that its code is too old: whoever runs it starts it with the newest. */
  refused(id: string): void {
    if (this.#mending.has(id)) return
    this.#mending.add(id)
    this.#o.time.after(this.#random.between(100, 2000), () => {
      this.#mending.delete(id)
      this.#replace(id, this.#o.codes.highest, 1000)
    })
  }
}
