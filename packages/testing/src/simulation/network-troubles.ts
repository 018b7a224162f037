/** What a nemesis does to the network: cuts, delays, losses, changed bytes. */
import type { Cluster } from './cluster.ts'
import type { FaultKind } from './coverage.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'
import { type CutKind, calm, type VirtualNetwork } from './virtual-network.ts'

export interface NetworkTroublesOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly cluster: Cluster
  readonly trace: Trace
  /** A spell of these faults begins. */
  begins(...kinds: FaultKind[]): void
  /** Once, between so many milliseconds from now, unless there is to be no trouble any more by then. */
  later(low: number, high: number, run: () => void): void
}

export class NetworkTroubles {
  readonly #o: NetworkTroublesOptions

  constructor(options: NetworkTroublesOptions) {
    this.#o = options
  }

  /** Cuts the hosts into two parts, in both directions or one. */
  partition(kind: 'partition' | 'one-way partition'): void {
    const { random, cluster } = this.#o
    const side = cluster.hosts.filter(() => random.chance(0.4))
    const others = cluster.hosts.filter((id) => !side.includes(id))
    const pairs = side.flatMap((a) => others.map((b): [string, string] => [a, b]))
    this.#cut(kind, pairs, kind === 'partition')
    this.#o.later(200, 6000, () => this.#heal(kind))
  }

  /** Two hosts don't reach each other, and both reach the rest. */
  partial(id: string, from?: string): void {
    const { random, cluster, later } = this.#o
    const others = cluster.hosts.filter((other) => other !== id)
    if (others.length < 2) return
    const some = others.filter(() => random.chance(0.5)).slice(0, others.length - 1)
    const unreached = from === undefined ? some : [from]
    const pairs = (unreached.length > 0 ? unreached : others.slice(0, 1)).map((other) => [id, other] as const)
    this.#cut('partial partition', pairs, true)
    later(from === undefined ? 500 : 6000, 8000, () => this.#heal('partial partition'))
  }

  #cut(kind: CutKind, pairs: readonly (readonly [string, string])[], bothWays: boolean): void {
    const { network, trace } = this.#o
    this.#o.begins(kind)
    trace.note('cut', '', `${kind} ${pairs.join(' ')}`)
    for (const [a, b] of pairs) {
      network.cut(a, b, kind)
      if (bothWays) network.cut(b, a, kind)
    }
  }

  #heal(kind: CutKind): void {
    this.#o.trace.note('heal', '', kind)
    this.#o.network.heal(kind)
  }

  /** The host's links come and go. */
  flap(id: string): void {
    const { cluster, random } = this.#o
    const pairs = cluster.hosts.filter((other) => other !== id).map((other): [string, string] => [id, other])
    const bothWays = random.chance(0.7)
    let times = 3 + random.below(8)
    const again = (): void => {
      this.#cut('flapping link', pairs, bothWays)
      this.#o.later(30, 700, () => {
        this.#heal('flapping link')
        if (--times > 0) this.#o.later(30, 700, again)
      })
    }
    again()
  }

  /** Nothing gets to the host, or from it, for a while; then all of it does. */
  clog(id: string): void {
    const { network, cluster, random, time } = this.#o
    this.#o.begins('clogged link')
    const until = time.now + random.between(100, 4000)
    const way = random.below(3)
    for (const other of cluster.hosts) {
      if (other === id) continue
      if (way !== 1) network.clog(other, id, until)
      if (way !== 0) network.clog(id, other, until)
    }
  }

  weather(): void {
    const { network, random, trace } = this.#o
    const worst = random.chance(0.3)
    network.weather = {
      ...network.weather,
      drop: random.between(0, worst ? 0.3 : 0.1),
      repeat: random.between(0, 0.2),
      minDelayMs: 0.1,
      maxDelayMs: random.between(1, worst ? 300 : 40),
      straggle: random.between(0, 0.1),
    }
    this.#o.begins('loss', 'duplication', 'reordering', 'delay')
    trace.note('weather', '', JSON.stringify(network.weather))
    this.#o.later(500, 8000, () => {
      network.weather = calm
      trace.note('weather', '', 'calm')
    })
  }

  /** Many messages come late, and nothing else happens to them. */
  holdUp(): void {
    const { network, random } = this.#o
    this.#o.begins('delay')
    const maxDelayMs = random.between(20, 40)
    network.weather = { ...network.weather, maxDelayMs, straggle: random.between(0.2, 0.6) }
    this.#o.later(1000, 4000, () => {
      const { maxDelayMs, straggle } = calm
      network.weather = { ...network.weather, maxDelayMs, straggle }
    })
  }

  corrupt(): void {
    const { network, random } = this.#o
    this.#o.begins('corrupted batch')
    const set = (corrupt: number) => Object.assign(network, { weather: { ...network.weather, corrupt } })
    set(random.between(0.01, 0.2))
    this.#o.later(500, 5000, () => set(0))
  }

  clientTrouble(): void {
    const { network, random } = this.#o
    this.#o.begins('request lost', 'answer lost', 'request repeated')
    network.clientTrouble = random.between(0.05, 0.5)
    this.#o.later(500, 5000, () => Object.assign(network, { clientTrouble: 0 }))
  }
}
