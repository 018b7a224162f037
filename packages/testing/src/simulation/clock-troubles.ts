/** What can happen to the clocks of a host, and to a process that stands still. */
import type { Cluster } from './cluster.ts'
import type { Plan } from './plan.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'

interface Surroundings {
  readonly random: SeededRandom
  readonly cluster: Cluster
  readonly trace: Trace
  readonly plan: Plan
}

/** Long enough for a session that nobody uses to expire. */
const PAST_SESSIONS_MS = 700_000

export class ClockTroubles {
  readonly #o: Surroundings
  readonly #later: (low: number, high: number, run: () => void) => void

  /** @param later runs something between so many milliseconds later, unless all trouble has ended by then. */
  constructor(options: Surroundings, later: (low: number, high: number, run: () => void) => void) {
    this.#o = options
    this.#later = later
  }

  hold(id: string, suspended: boolean): void {
    const { cluster, random, trace } = this.#o
    const clock = cluster.clock(id)
    if (clock === undefined || clock.isHeld) return
    clock.hold(suspended)
    trace.note(suspended ? 'suspend' : 'pause', id, '')
    const ms = random.pick([300, 1500, 5000, 30_000, 180_000])
    this.#later(ms / 10, ms, () => {
      if (clock.isKilled) return
      if (clock.waiting > 0) cluster.hit(suspended ? 'suspend' : 'pause', id)
      if (suspended) this.#doubt(id)
      trace.note('goes on', id, '')
      clock.resume()
    })
  }

  jump(id: string): void {
    const { cluster, random } = this.#o
    this.#doubt(id)
    cluster.clock(id)?.jump(random.chance(0.3) ? PAST_SESSIONS_MS : random.between(500, 60_000))
    cluster.hit('clock jump', id)
  }

  setWall(id: string): void {
    const { cluster, random } = this.#o
    this.#doubt(id)
    cluster.clock(id)?.setWall(random.between(-1, 1) * 86_400_000)
    cluster.hit('wall clock set', id)
  }

  drift(id: string): void {
    const { cluster, random, plan } = this.#o
    cluster.clock(id)?.drift(plan.driftedRate(random))
    cluster.hit('clock drift', id)
  }

  /** The clocks of the host come apart: that hits the leases that its members hold, or have promised to respect. */
  #doubt(id: string): void {
    const { cluster } = this.#o
    for (const group of cluster.groups) if (cluster.isLeased(group)) cluster.hit('lease in doubt', id, group)
  }
}
