/** Strikes hosts as the seed says, again and again, and brings back what it has killed. */
import { until } from './cluster.ts'
import { FAULT_EVERY_MS, type Fault, finalFault, nextFault, pauseBefore, type Target } from './faults.ts'
import type { HostProcess } from './host-process.ts'
import type { Moment } from './load.ts'
import { type KillKind, Tally } from './tally.ts'
import type { Trouble, TroubleSetting } from './trouble.ts'

/** Most faults strike a group that has got over the last one; the rest comes on top of it. */
const PATIENT = 0.75
/** Commands acknowledged since show that it has. */
const RECOVERED = 100
/** So that a fault comes within `FAULT_EVERY_MS` in any case. */
const LATEST_MS = FAULT_EVERY_MS - 300

export class Strikes implements Trouble {
  readonly #o: TroubleSetting
  readonly #tally = new Tally()
  /** Faults that are still to be undone. */
  readonly #under = new Set<Promise<void>>()
  #failure: unknown = null
  #struckAt = performance.now()
  /** Commands that had been acknowledged then. */
  #acknowledged = 0

  constructor(options: TroubleSetting) {
    this.#o = options
  }

  /** Strikes for so long, then kills all at once. Resolves when everything runs again. */
  async run(ms: number): Promise<void> {
    const { cluster, random, over, enough } = this.#o
    const tally = this.#tally
    const end = performance.now() + ms
    while (!enough()) {
      const pauseMs = pauseBefore(random)
      if (performance.now() + pauseMs > end) break
      await this.#pause(pauseMs)
      if (random.chance(PATIENT)) await this.#recovered(this.#struckAt + LATEST_MS)
      if (this.#isOver || enough()) break
      await this.#strike(nextFault(random, { kills: tally.killsInAll, ofLeader: tally.killsOfLeader }))
    }
    if (!enough()) {
      await this.#pause(end - performance.now())
      await this.#recovered(performance.now() + LATEST_MS)
    }
    if (!this.#isOver && !enough()) await this.#strike(finalFault)
    while (this.#under.size > 0) await Promise.all(this.#under)
    if (this.#failure !== null) throw this.#failure
    await until('all hosts to run again', () => cluster.allUp, over)
  }

  get count(): readonly [string, number] {
    return ['kills', this.#tally.killsInAll]
  }

  rows(): (readonly [string, string])[] {
    return this.#tally.rows()
  }

  tooEasy(seconds: number): string[] {
    return this.#tally.tooEasy(seconds)
  }

  get #isOver(): boolean {
    return this.#failure !== null || this.#o.over()
  }

  /** Resolves when the clients have got on since the last fault, or when it is time for the next one anyway. */
  async #recovered(latest: number): Promise<void> {
    while (
      this.#o.acknowledged() < this.#acknowledged + RECOVERED &&
      performance.now() < latest &&
      !this.#isOver
    )
      await this.#pause(10)
  }

  #met({ acknowledged }: Moment): void {
    this.#struckAt = performance.now()
    this.#acknowledged = acknowledged
  }

  #strike(fault: Fault): Promise<void> {
    return fault.kind === 'kill' ? this.#kill(fault) : this.#stop(fault)
  }

  async #kill({ target, downMs, againAt }: Extract<Fault, { kind: 'kill' }>): Promise<void> {
    const { victims, withLeader } = await this.#victims(target)
    await this.#killNow(victims, target, withLeader)
    for (const victim of victims) this.#later(() => this.#bringBack(victim, downMs, againAt))
  }

  /** Nobody else may choose these meanwhile: they count as dying from here on. */
  async #killNow(victims: readonly HostProcess[], kind: KillKind, withLeader: boolean): Promise<void> {
    const { cluster, say } = this.#o
    const dead = victims.map((victim) => victim.dies())
    const moment = await cluster.strike(victims, 'SIGKILL')
    this.#met(moment)
    this.#tally.killed(kind, withLeader, moment)
    say(`kill ${named(victims)} (${kind}), ${textOf(moment)}`)
    await Promise.all(dead)
  }

  async #bringBack(host: HostProcess, downMs: number, againAt: number | null): Promise<void> {
    await this.#pause(downMs)
    if (this.#isOver) return
    this.#tally.restarts++
    const started = host.start()
    if (againAt !== null) {
      const life = host.lives
      await this.#pause(againAt * host.startMs)
      if (!this.#isOver && host.lives === life && host.state !== 'down' && !host.dying) {
        const kind = host.state === 'starting' ? 'starting' : this.#roleOf(host)
        await this.#killNow([host], kind, kind === 'leader')
        await started
        return this.#bringBack(host, downMs, null)
      }
    }
    await started
  }

  async #stop({ target, stopMs }: Extract<Fault, { kind: 'stop' }>): Promise<void> {
    const { cluster, say } = this.#o
    const { victims } = await this.#victims(target, 'up')
    const lives = victims.map(({ lives }) => lives)
    const moment = await cluster.strike(victims, 'SIGSTOP')
    this.#met(moment)
    this.#tally.stops[target]++
    say(`stop ${named(victims)} (${target}) for ${stopMs.toFixed(0)} ms, ${textOf(moment)}`)
    for (const [i, victim] of victims.entries()) {
      if (victim.lives === lives[i] && victim.state === 'up') victim.stopped()
      this.#later(async () => {
        await this.#pause(stopMs)
        victim.goOn(lives[i]!)
      })
    }
  }

  /** Waits until there is somebody to strike. */
  async #victims(
    target: Target,
    only: 'up' | null = null,
  ): Promise<{ readonly victims: readonly HostProcess[]; readonly withLeader: boolean }> {
    const { cluster, random } = this.#o
    const struck = (): readonly HostProcess[] => {
      const { leader } = cluster
      if (target === 'leader') return leader === null ? [] : [leader]
      const running = cluster.hosts.filter(
        (host) => !host.dying && (only === null ? host.state !== 'down' : host.state === only),
      )
      if (target === 'all') return running
      const followers = running.filter((host) => host !== leader && host.state !== 'starting')
      return followers.length === 0 ? [] : [random.pick(followers)]
    }
    let victims: readonly HostProcess[] = []
    const found = (): boolean => {
      victims = struck()
      return victims.length > 0
    }
    await until(`a ${target} to strike`, found, () => this.#isOver)
    return { victims, withLeader: cluster.leader !== null && victims.includes(cluster.leader) }
  }

  #roleOf(host: HostProcess): 'leader' | 'follower' {
    return this.#o.cluster.leader === host ? 'leader' : 'follower'
  }

  #later(run: () => Promise<void>): void {
    const under = run()
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#under.delete(under))
    this.#under.add(under)
  }

  /** Shorter when the run ends before its time. */
  async #pause(ms: number): Promise<void> {
    const end = performance.now() + ms
    for (let left = ms; left > 0 && !this.#isOver; left = end - performance.now())
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, 50)))
  }
}

function named(hosts: readonly HostProcess[]): string {
  return hosts.map(({ id }) => id).join(', ')
}

function textOf({ inFlight, sinceMs }: Moment): string {
  return `${inFlight} commands in flight, the last one was acknowledged ${sinceMs.toFixed(0)} ms before`
}
