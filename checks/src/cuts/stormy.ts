/** Lets storms pass over a cluster, one after the other. */

import { until } from '../endure/cluster.ts'
import type { Trouble, TroubleSetting } from '../endure/trouble.ts'
import { type Storm, type StormKind, Storms } from './storms.ts'
import { FAIR, type Network, type Weather } from './weather.ts'

/** After most storms the group is given time to get over it; the rest comes on top. */
const PATIENT = 0.7
const RECOVERED = 100
const LATEST_MS = 6000
const PAUSE_MS = [100, 1500] as const
/** A storm comes that often at least, milliseconds, where none lasts longer. */
const STORM_EVERY_MS = 20_000
/** Every run has so many, however slow the machine is, and each lasts so long at least. */
const LEAST = 2
const SHORTEST_MS = 500

export class Stormy implements Trouble {
  readonly #o: TroubleSetting
  readonly #network: Network
  readonly #storms: Storms
  readonly #passed = new Map<StormKind, number>()
  #leaders = 0
  #oneWay = 0

  constructor(setting: TroubleSetting, network: Network) {
    this.#o = setting
    this.#network = network
    this.#storms = new Storms(setting.random, setting.cluster.hosts.length)
  }

  async run(ms: number): Promise<void> {
    const { cluster, random, over, enough } = this.#o
    const end = performance.now() + ms
    while ((performance.now() < end || this.#number < LEAST) && !over() && !enough()) {
      const { leader } = cluster
      const at = leader === null ? null : cluster.hosts.indexOf(leader)
      const storm = this.#storms.next(at)
      this.#count(storm, at)
      await this.#pass(storm, end)
      const patient = random.chance(PATIENT)
      await this.#pause(random.between(...PAUSE_MS))
      if (patient) await this.#recovered()
    }
    if (!over()) await until('all hosts to be there', () => cluster.allUp, over)
  }

  get count(): readonly [string, number] {
    return ['storms', this.#number]
  }

  rows(): (readonly [string, string])[] {
    const kinds = [...this.#passed].map(([kind, number]) => `${kind} ${number}`)
    return [
      ['network', this.#network.means],
      ['storms', `${kinds.join(', ')}; ${this.#leaders} struck the leader, ${this.#oneWay} cut one way`],
    ]
  }

  tooEasy(seconds: number): string[] {
    const least = Math.floor((seconds * 1000) / STORM_EVERY_MS)
    return this.#number < least ? [`only ${this.#number} storms in ${seconds} s`] : []
  }

  get #number(): number {
    return [...this.#passed.values()].reduce((sum, number) => sum + number, 0)
  }

  #count({ kind, weather }: Storm, leader: number | null): void {
    this.#passed.set(kind, (this.#passed.get(kind) ?? 0) + 1)
    const { cuts } = weather
    if (leader !== null && cuts.some(({ from, to }) => from === leader || to === leader)) this.#leaders++
    if (cuts.some(({ from, to }) => !cuts.some((other) => other.from === to && other.to === from)))
      this.#oneWay++
  }

  async #pass(storm: Storm, end: number): Promise<void> {
    const { cluster, say } = this.#o
    const ms = Math.min(storm.ms, Math.max(SHORTEST_MS, end - performance.now()))
    say(`${storm.kind} for ${ms.toFixed(0)} ms: ${this.#text(storm)}`)
    if (!storm.serves) cluster.connected(false)
    await this.#network.set(storm.weather)
    for (const place of storm.resets) this.#network.reset(place)
    if (storm.everyMs === null) await this.#pause(ms)
    else await this.#flap(storm.weather, storm.everyMs, performance.now() + ms)
    await this.#network.set(FAIR)
    cluster.connected(true)
  }

  async #flap(weather: Weather, everyMs: number, end: number): Promise<void> {
    for (let fair = true; performance.now() < end && !this.#o.over(); fair = !fair) {
      await this.#pause(everyMs)
      await this.#network.set(fair ? FAIR : weather)
    }
  }

  /** Resolves when the clients have got on since the storm, or have had their time for it. */
  async #recovered(): Promise<void> {
    const { acknowledged, over } = this.#o
    const [before, latest] = [acknowledged(), performance.now() + LATEST_MS]
    while (acknowledged() < before + RECOVERED && performance.now() < latest && !over()) await this.#pause(10)
  }

  /** Shorter when the run ends before its time. */
  async #pause(ms: number): Promise<void> {
    const end = performance.now() + ms
    for (let left = ms; left > 0 && !this.#o.over(); left = end - performance.now())
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 50)))
  }

  #text({ weather: { cuts, lines }, resets }: Storm): string {
    const name = (at: number): string => this.#o.cluster.hosts[at]?.id ?? 'the clients'
    const parts = [
      ...cuts.map(({ from, to }) => `${name(from)} ⇸ ${name(to)}`),
      ...lines.map(
        ({ place, delayMs, jitterMs, lossPercent, duplicatePercent, reorderPercent }) =>
          `${name(place)} ${delayMs} ± ${jitterMs} ms, ${lossPercent} % lost, ${duplicatePercent} % twice, ${reorderPercent} % late`,
      ),
      ...resets.map(name),
    ]
    return parts.join(', ')
  }
}
