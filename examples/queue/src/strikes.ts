/** Kills the leader twice while commands are under way, and brings back what was killed. */
import { type Cluster, leaderOf, settled } from './cluster.ts'

export class Strikes {
  readonly #cluster: Cluster
  readonly #say: (line: string) => void
  /** Before which command the leader dies, and before which one to wait until everything is in order again. */
  readonly #plan: Map<number, 'strike' | 'prepare'>
  /** The host to kill next. */
  #target: string | null = null
  #returning: Promise<unknown> = Promise.resolve()
  #struckAt = 0
  /** The first command begun after the kill, while its answer is awaited. */
  #awaited: number | null = null

  constructor(cluster: Cluster, commands: number, inFlight: number, say: (line: string) => void) {
    this.#cluster = cluster
    this.#say = say
    this.#plan = planOf(commands, inFlight)
  }

  /** To be waited for before command `i` begins. */
  before(i: number): Promise<void> | undefined {
    const act = this.#plan.get(i)
    if (act === 'prepare') return this.#prepare()
    if (act === 'strike') return this.#strike(i)
    return undefined
  }

  /** Command `i` has been acknowledged. */
  acknowledged(i: number): void {
    if (this.#awaited === null || i < this.#awaited) return
    this.#awaited = null
    this.#say(`  acknowledged again ${(performance.now() - this.#struckAt).toFixed(0)} ms after the kill`)
  }

  /** Resolves when every host is back. */
  async finished(): Promise<void> {
    await this.#returning
    await settled(this.#cluster)
  }

  async #prepare(): Promise<void> {
    await this.finished()
    this.#target = await leaderOf(this.#cluster)
  }

  async #strike(i: number): Promise<void> {
    if (this.#target === null) await this.#prepare()
    const id = this.#target!
    this.#target = null
    this.#say(`  kill ${id}, which leads, before command ${(i + 1).toLocaleString('en')}`)
    this.#struckAt = performance.now()
    this.#awaited = i
    // Not waited for: what is under way meets a leader that is gone.
    this.#returning = this.#cluster.kill(id).then(() => this.#cluster.start(id))
    this.#returning.catch(() => {})
  }
}

/**
 * The strikes fall at a quarter and at half of the commands, `inFlight` commands after everything was seen to be in order; in a
 * short file as late as that leaves room for both.
 */
function planOf(commands: number, inFlight: number): Map<number, 'strike' | 'prepare'> {
  const plan = new Map<number, 'strike' | 'prepare'>()
  const first = Math.min(Math.floor(commands / 4) + inFlight, commands - 2)
  const second = Math.min(Math.floor(commands / 2) + 2 * inFlight, commands - 1)
  for (const [strike, earliest] of [
    [first, 0],
    [second, first + 1],
  ] as const) {
    if (strike < 0) continue
    const prepare = Math.max(strike - inFlight, earliest)
    if (prepare < strike) plan.set(prepare, 'prepare')
    plan.set(strike, 'strike')
  }
  return plan
}
