/** One run of a simulated fleet: troubles for some minutes, then none, and all has to come back by itself. All of it follows from the seed. */
import { type FleetGroup, place } from '@rafted/fleet'
import { Addresses } from '../simulation/addresses.ts'
import { PassingTime } from '../simulation/passing-time.ts'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { Trace } from '../simulation/trace.ts'
import { VirtualTime } from '../simulation/virtual-clock.ts'
import { VirtualNetwork } from '../simulation/virtual-network.ts'
import { FleetAdmin, within } from './fleet-admin.ts'
import { FleetPlaces } from './fleet-places.ts'
import { FleetPromises } from './fleet-promises.ts'
import { type FleetTrouble, FleetTroubles } from './fleet-troubles.ts'
import { room } from './rooms.ts'

/** Which run it is, and how large. */
export interface FleetSimulationOptions {
  /** All of the run follows from it. */
  readonly seed: number
  /** Hosts. Default: 3 to 6, by the seed. */
  readonly hosts?: number
  /** Zones they are in. Default 3. */
  readonly zones?: number
  /** Groups that are added and removed, at most at a time. Default: up to 20, by the seed. */
  readonly groups?: number
  /** Virtual milliseconds of trouble. Default 120,000. */
  readonly troubledMs?: number
  /** Told each line of the trace. */
  readonly print?: (line: string) => void
}

/** What a run came to. */
export interface FleetSimulationResult {
  readonly seed: number
  /** Of all that happened: the same for the same seed. */
  readonly hash: string
  readonly violations: readonly string[]
  readonly virtualMs: number
  readonly hosts: number
  readonly groups: number
  readonly calls: number
  readonly acknowledged: number
  /** How often each kind of trouble came about. */
  readonly troubles: ReadonlyMap<FleetTrouble, number>
  /** Virtual milliseconds from the end of all trouble until everything was where it is wanted. */
  readonly restMs: number
}

/** Hosts are given up soon enough for it to happen in a run, and later than most of them come back. */
const SETTINGS = { purgeAfterMs: 45_000, coolDownMs: 1000, keepRemovedMs: 60_000, movesPerHost: 3 }
const TROUBLED_MS = 120_000
/** Virtual milliseconds in which a fleet without trouble comes to rest. */
const REST_MS = 240_000
/** In which leaders are moved to where they are wanted, and then nothing happens. */
const SETTLING_MS = 45_000
const CALM_MS = 30_000
const LOOK_MS = 100

/** Runs it. Never rejects for what the fleet does wrong: that is in `violations`. */
export async function simulateFleet(options: FleetSimulationOptions): Promise<FleetSimulationResult> {
  return await new FleetSimulation(options).run()
}

class FleetSimulation {
  readonly #seed: number
  readonly #troubledMs: number
  readonly #ids: readonly string[]
  readonly #time = new VirtualTime()
  readonly #trace: Trace
  readonly #violations: string[] = []
  readonly #places: FleetPlaces
  readonly #admin: FleetAdmin
  readonly #troubles: FleetTroubles
  readonly #promises: FleetPromises
  readonly #passing: PassingTime
  readonly #groupCount: number
  #lookAt = 0

  constructor({ seed, hosts, zones = 3, groups, troubledMs = TROUBLED_MS, print }: FleetSimulationOptions) {
    this.#seed = seed
    this.#troubledMs = troubledMs
    const random = new SeededRandom(seed)
    const count = hosts ?? 3 + random.below(4)
    this.#groupCount = groups ?? 1 + random.below(20)
    this.#ids = Array.from(
      { length: count },
      (_, i) => `${String.fromCharCode(97 + (i % zones))}${1 + Math.floor(i / zones)}`,
    )
    const zoneOf = (id: string): string => id[0]!
    this.#trace = new Trace(() => this.#time.now, print ?? null)
    const shared = { time: this.#time, trace: this.#trace }
    const violation = (what: string): void => this.#violation(what)
    const addresses = new Addresses(this.#ids)
    const network = new VirtualNetwork({ ...shared, random: random.fork(), addresses, hit: () => {} })
    const ids = this.#ids
    this.#places = new FleetPlaces({ ...shared, network, random: random.fork(), ids, zoneOf, violation })
    const places = this.#places
    this.#admin = new FleetAdmin({ ...shared, places, random: random.fork(), count: this.#groupCount })
    this.#promises = new FleetPromises({ places, admin: this.#admin, zones, zoneOf, violation })
    const isWhole = (): boolean => this.#isWhole
    this.#troubles = new FleetTroubles({
      ...shared,
      network,
      places,
      random: random.fork(),
      ids,
      zoneOf,
      isWhole,
      emptied: (process) => this.#promises.lookIfEmpty(process),
    })
    this.#passing = new PassingTime(this.#time, () => this.#look())
  }

  async run(): Promise<FleetSimulationResult> {
    const [first, ...others] = this.#ids
    await this.#within(this.#places.start(first!, { isFirst: true }), 60_000)
    for (const id of others) void this.#places.start(id)
    await this.#within(this.#settings(), 60_000)
    this.#admin.start()
    await this.#passing.pass(20_000)
    this.#troubles.start()
    await this.#passing.pass(this.#troubledMs)
    const calmAt = this.#time.now
    this.#troubles.stop()
    this.#admin.stop()
    const restMs = await this.#rest(calmAt)
    await this.#checkValues()
    await this.#checkCalm()
    return {
      seed: this.#seed,
      hash: this.#trace.hash,
      violations: this.#violations,
      virtualMs: this.#time.now,
      hosts: this.#ids.length,
      groups: this.#groupCount,
      calls: this.#admin.calls,
      acknowledged: this.#admin.groups.reduce((sum, { history }) => sum + history.acknowledged, 0),
      troubles: this.#troubles.counts,
      restMs,
    }
  }

  async #settings(): Promise<void> {
    for (;;) {
      const process = this.#places.process(this.#ids[0]!)!
      try {
        await process.fleet.changeSettings(SETTINGS, { timeoutMs: 10_000 })
        return
      } catch {
        await new Promise<void>((resolve) => void this.#time.after(500, resolve))
      }
    }
  }

  /** Everything is where it is wanted, by a registry that all hosts know, within the stated time. */
  async #rest(from: number): Promise<number> {
    let groups: readonly FleetGroup[] | null = null
    let isAsking = false
    let why = 'the registry has not answered'
    const ask = async (): Promise<void> => {
      isAsking = true
      groups = null
      const process = this.#places.up[0]
      if (process !== undefined)
        await within(
          this.#time,
          10_000,
          process.fleet.activeHosts({ timeoutMs: 5000 }).then(async (zones) => {
            const isDraining = [...zones.values()].flat().some((host) => host.isDraining)
            why = 'a host drains'
            if (!isDraining) groups = await process.fleet.groups({ timeoutMs: 5000 })
          }),
        )
      isAsking = false
    }
    const isAtRest = (): boolean => {
      const isDone = this.#admin.isDone && this.#troubles.isDone
      if (!isDone || this.#places.up.length < this.#ids.length) {
        why = isDone ? 'a host is down' : 'a call has not ended'
        // Nor is what was read before then true any more.
        groups = null
        return false
      }
      if (groups !== null && !isAsking) {
        const passive = this.#places.up.filter(({ fleet }) => !fleet.status().isActive)
        const wrong =
          passive.length === 0
            ? (this.#promises.whyNotWhole(groups) ?? this.#notIdeal(groups))
            : `not active: ${passive.map(({ id }) => id).join()}`
        if (wrong === null) return true
        why = wrong
        groups = null
      }
      if (!isAsking) void ask()
      return false
    }
    const isDone = await this.#passing.until(isAtRest, REST_MS)
    if (!isDone) this.#violation(`${REST_MS} ms after all trouble the fleet is not at rest: ${why}`)
    else {
      this.#admin.learn(groups!)
      const wrong = this.#promises.whyNotAsAsked(groups!)
      if (wrong !== null) this.#violation(wrong)
    }
    return this.#time.now - from
  }

  /** Where each group should be, by hosts that are all active. */
  #notIdeal(groups: readonly FleetGroup[]): string | null {
    const hosts = this.#ids.map((id) => ({ id, zone: id[0]!, capacity: 1 }))
    for (const { name, hosts: now, replicas } of groups) {
      const ideal = place(name, hosts, replicas)
      if (ideal.join() !== now.join()) return `${name} is on ${now.join()}, and should be on ${ideal.join()}`
    }
    return null
  }

  /** What was acknowledged stands there, once, in its order. */
  async #checkValues(): Promise<void> {
    for (const { name, is, history } of this.#admin.groups) {
      if (is !== 'there') continue
      let all: readonly string[] | null = null
      const { fleet } = this.#places.up[0]!
      const read = fleet
        .value(name, room, { timeoutMs: 20_000 })
        .all()
        .then(
          (found) => {
            all = found
          },
          (error: unknown) => this.#violation(`${name} can't be read at rest: ${String(error)}`),
        )
      await this.#within(read, 30_000)
      const problem = all === null ? null : history.problem(all)
      if (problem !== null) this.#violation(`${name}: ${problem}`)
    }
  }

  /** Without trouble nothing moves, nobody else leads, and nothing is left over. */
  async #checkCalm(): Promise<void> {
    // Leaders are moved to where they are wanted first.
    await this.#passing.pass(SETTLING_MS)
    const before = this.#terms()
    await this.#passing.pass(CALM_MS)
    const after = this.#terms()
    if (after !== before) this.#violation(`without trouble leaders changed: ${before}, then ${after}`)
    const { fleet } = this.#places.up[0]!
    let wrong: string | null = 'the registry did not answer'
    await this.#within(
      fleet.groups({ timeoutMs: 10_000 }).then(async (groups) => {
        wrong = this.#promises.whyNotWhole(groups) ?? (await this.#promises.whyNotTidy(groups))
      }),
      20_000,
    )
    if (wrong !== null) this.#violation(`at rest: ${wrong}`)
  }

  #terms(): string {
    const terms = new Map<string, number>()
    for (const { host } of this.#places.up)
      for (const raft of host.groups()) {
        const term = host.inspect(raft)?.term ?? 0
        terms.set(raft, Math.max(term, terms.get(raft) ?? 0))
      }
    return [...terms]
      .map(([raft, term]) => `${raft} ${term}`)
      .sort()
      .join(', ')
  }

  get #isWhole(): boolean {
    const process = this.#places.up[0]
    if (process === undefined || this.#places.up.length < this.#ids.length) return false
    const status = process.fleet.status()
    if (status.hosts < this.#ids.length || status.moving > 0) return false
    // One that was let begin, and has not yet, may be lost with its host: whatever any of them knows to be added has to be there.
    if (this.#places.up.some(({ fleet }) => fleet.status().starting > 0)) return false
    for (const { host } of this.#places.up)
      for (const raft of host.groups()) {
        const member = host.inspect(raft)
        if (member === null || member.ended !== null || !member.hasLeader) return false
        const { configuration } = member.core
        if (configuration === null || configuration.configuration.learners.some(({ promote }) => promote))
          return false
        if (member.core.commitIndex < member.core.lastIndex || member.self === undefined) return false
        // One whose disk was lost before counts until it is removed: with another one the majority may be gone.
        const { voters } = configuration.configuration
        if (voters.some(({ id, host: at }) => this.#places.process(at)?.host.inspect(raft)?.id !== id))
          return false
      }
    return true
  }

  #look(): void {
    if (this.#time.now < this.#lookAt) return
    this.#lookAt = this.#time.now + LOOK_MS
    this.#promises.look()
  }

  async #within(work: Promise<unknown>, ms: number): Promise<void> {
    let isDone = false
    const done = (): void => {
      isDone = true
    }
    work.then(done, done)
    if (!(await this.#passing.until(() => isDone, ms)))
      this.#violation(`something has not ended within ${ms} ms`)
  }

  #violation(what: string): void {
    if (this.#violations.length >= 5 || this.#violations.includes(what)) return
    this.#trace.note('violation', '', what)
    this.#violations.push(what)
  }
}
