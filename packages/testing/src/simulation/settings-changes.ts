/** Settings that are changed while a group runs. */
import type { GroupSettings } from '@rafted/wire'
import type { Cluster, SimulatedGroup } from './cluster.ts'
import { someLeader } from './hand-over.ts'
import { Occasions } from './occasions.ts'
import type { Plan } from './plan.ts'
import { SeededRandom } from './seeded-random.ts'
import type { VirtualTime } from './virtual-clock.ts'

export interface SettingsChangesOptions {
  /** Of the run: what is drawn here changes nothing else of it. */
  readonly seed: number
  readonly time: VirtualTime
  readonly cluster: Cluster
  readonly plan: Plan
}

/** Of all runs, so many have such changes. */
const SHARE = 0.4
/** From one to the next, at most, milliseconds. */
const PAUSE_MS = 9000

type Changes = readonly { readonly setting: keyof GroupSettings; readonly value: number }[]

/** What one change is about: whoever changes times changes both. */
type Draw = (random: SeededRandom, plan: Plan) => Partial<GroupSettings>

/** Within what a run expects of its group: its times are never longer than planned, and nobody's session or key is given up. */
const draws: readonly Draw[] = [
  (random, { settings: { heartbeatMs = 200, electionMs = 1000 } }) => {
    const heartbeat = random.chance(0.5) ? heartbeatMs : Math.max(100, heartbeatMs / 2)
    return { heartbeatMs: heartbeat, electionMs: Math.min(electionMs, heartbeat * random.pick([4, 5, 8])) }
  },
  (random) => ({
    snapshotMinBytes: random.pick([1500, 4000, 12_000]),
    snapshotFactor: random.pick([1, 2, 4]),
  }),
  (random) => ({ retainedResults: random.pick([100, 1000]), maxSessions: random.pick([1000, 4096]) }),
  // Leases, where clocks keep within their margin.
  (random, { settings: { clockDriftMarginMs = 0 } }) => ({
    clockDriftMarginMs: random.chance(0.5) ? clockDriftMarginMs : 0,
  }),
  // A heartbeat that the election timeout may be too short for: then nothing is changed.
  (random) => ({ heartbeatMs: random.pick([100, 200, 400]) }),
]

export class SettingsChanges {
  readonly #o: SettingsChangesOptions
  readonly #random: SeededRandom
  readonly #occasions: Occasions
  #asked = 0

  constructor(options: SettingsChangesOptions) {
    this.#o = options
    const random = new SeededRandom(options.seed ^ 0x5e77)
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

  /** Asks a leader for a change; at times for one that is based on what may be old, and at times for two at once. */
  #change(): void {
    const { cluster, plan } = this.#o
    const random = this.#random
    const led = someLeader({ cluster, random })
    if (led === null) return
    const { id, group } = led
    cluster.hit('settings change', id, group)
    for (let left = random.chance(0.3) ? 2 : 1; left > 0; left--) {
      const changes = Object.entries(random.pick(draws)(random, plan)).map(([setting, value]) => ({
        setting: setting as keyof GroupSettings,
        value,
      }))
      this.#ask(id, group, changes, random.chance(0.3) ? random.below(100) : null)
    }
  }

  /** Has the leader among these hosts, if there is one, commit something, whatever users do: one of two such changes is one. */
  askAmong(hosts: readonly string[], group: SimulatedGroup): void {
    const id = hosts.find((host) => this.#o.cluster.roleOf(host, group) === 'leader')
    const value = this.#asked++ % 2 === 0 ? 100 : 1000
    if (id !== undefined) this.#ask(id, group, [{ setting: 'retainedResults', value }], null)
  }

  #ask(id: string, group: SimulatedGroup, changes: Changes, ifSettingsAt: number | null): void {
    const { link } = this.#o.cluster.process(id)!.host
    const about = { group: group.name, incarnation: null }
    void link.call(null, { kind: 'change-settings', ...about, ifSettingsAt, changes }, 5000)
  }
}
