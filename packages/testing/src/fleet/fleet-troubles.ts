/** What happens to the hosts of a fleet: they and whole zones are lost and come back, can't reach each other, lose their disks, have bad clocks, and are emptied. */
import type { SeededRandom } from '../simulation/seeded-random.ts'
import type { Trace } from '../simulation/trace.ts'
import type { VirtualTime } from '../simulation/virtual-clock.ts'
import type { VirtualNetwork } from '../simulation/virtual-network.ts'
import type { FleetPlaces, FleetProcess } from './fleet-places.ts'

/** Kinds of trouble. */
export const fleetTroubles = [
  'host killed',
  'zone killed',
  'all killed',
  'host cut off',
  'one-way cut',
  'zone cut off',
  'disk lost',
  'host paused',
  'host suspended',
  'clock jump',
  'drift',
  'loss',
  'host drained',
] as const

/** One of the kinds of trouble. */
export type FleetTrouble = (typeof fleetTroubles)[number]

export interface FleetTroublesOptions {
  readonly time: VirtualTime
  readonly network: VirtualNetwork
  readonly places: FleetPlaces
  readonly trace: Trace
  readonly random: SeededRandom
  readonly ids: readonly string[]
  readonly zoneOf: (id: string) => string
  /** Whether every group has all its members, and all is where it is wanted: a disk may be lost then. */
  isWhole(): boolean
  /** Who emptied that host was told that it holds nothing. */
  emptied(process: FleetProcess): void
}

/** How often it is looked whether a disk may be lost. */
const DISK_TRIES = 240
/** In a large fleet something is always under way, and all other trouble would wait with it. */
const DISK_TRIES_OF_MANY = 20
/** So many hosts have troubles one after the other. */
const FEW = 6

export class FleetTroubles {
  readonly #o: FleetTroublesOptions
  readonly counts = new Map<FleetTrouble, number>()
  /** Disks that were lost, and whose members have not all been replaced yet: another one would be one too many. */
  #isWiped = false
  /** A disk is to be lost as soon as all is whole: nothing else happens meanwhile. */
  #isAwaited = false
  #isOver = false
  /** Those that were to be emptied, and are not active again. */
  readonly #drained = new Set<FleetProcess>()

  constructor(options: FleetTroublesOptions) {
    this.#o = options
  }

  /** No operator has anything left to do. What one did in a process that is gone is over with it. */
  get isDone(): boolean {
    return ![...this.#drained].some((process) => this.#o.places.process(process.id) === process)
  }

  start(): void {
    const { time, random, ids } = this.#o
    // Where there are many hosts, as much happens to each.
    time.after(random.between(500, 12_000) / Math.max(1, ids.length / FEW), () => {
      if (this.#isOver) return
      this.#strike()
      this.start()
    })
  }

  /** All trouble is over, and what is down is started. */
  stop(): void {
    const { network, ids, places } = this.#o
    this.#isOver = true
    network.heal()
    network.weather = { ...network.weather, drop: 0 }
    for (const { clock } of places.up) {
      clock.resume()
      clock.drift(1)
    }
    for (const id of ids) void places.start(id)
  }

  #strike(): void {
    const { random } = this.#o
    if (this.#isAwaited) return
    const kind = random.pick(fleetTroubles)
    // Everything at once is rare, as is a disk that is lost.
    if (kind === 'all killed' && random.chance(0.7)) return
    if (this.#does(kind)) this.#happened(kind)
  }

  #happened(kind: FleetTrouble): void {
    this.#o.trace.note('trouble', '', kind)
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  #does(kind: FleetTrouble): boolean {
    const { random, ids, network, places, zoneOf, time } = this.#o
    const id = random.pick(ids)
    const process = places.process(id)
    const ofZone = ids.filter((other) => zoneOf(other) === zoneOf(id))
    switch (kind) {
      case 'host killed':
        return this.#kill([id])
      case 'zone killed':
        return this.#kill(ofZone)
      case 'all killed':
        return this.#kill(ids)
      case 'host cut off':
        return this.#cut([id], true)
      case 'zone cut off':
        return this.#cut(ofZone, true)
      case 'one-way cut':
        return this.#cut([id], false)
      case 'disk lost':
        this.#loseDisk(id, ids.length > FEW ? DISK_TRIES_OF_MANY : DISK_TRIES)
        return false
      case 'host paused':
      case 'host suspended':
        if (process === undefined) return false
        process.clock.hold(kind === 'host suspended')
        this.#later(500, 40_000, () => process.clock.resume())
        return true
      case 'clock jump':
        process?.clock.jump(random.between(100, 20_000))
        return process !== undefined
      case 'drift':
        process?.clock.drift(random.between(0.9, 1.1))
        return process !== undefined
      case 'loss':
        network.weather = { ...network.weather, drop: random.between(0.01, 0.2) }
        time.after(random.between(1000, 20_000), () => {
          network.weather = { ...network.weather, drop: 0 }
        })
        return true
      case 'host drained':
        return this.#drain(id)
    }
  }

  #kill(ids: readonly string[]): boolean {
    const { places } = this.#o
    const running = ids.filter((id) => places.process(id) !== undefined)
    for (const id of running) {
      places.kill(id)
      this.#later(100, 90_000, () => void places.start(id))
    }
    return running.length > 0
  }

  #restart(id: string): void {
    const { places, time } = this.#o
    places.kill(id)
    time.after(100, () => void places.start(id))
  }

  /** @param bothWays else the others still hear it, or it hears them. */
  #cut(ids: readonly string[], bothWays: boolean): boolean {
    const { ids: all, network, random } = this.#o
    const others = all.filter((id) => !ids.includes(id))
    const isDeaf = random.chance(0.5)
    for (const id of ids)
      for (const other of others) {
        if (bothWays || !isDeaf) network.cut(id, other, 'partition')
        if (bothWays || isDeaf) network.cut(other, id, 'partition')
      }
    this.#later(500, 90_000, () => network.heal('partition'))
    return others.length > 0
  }

  /** As soon as no other one may be missing already. */
  #loseDisk(id: string, tries: number): void {
    const { places, isWhole, time } = this.#o
    const process = places.process(id)
    if (this.#isWiped || this.#isOver) return
    const isPossible = process !== undefined && isWhole()
    this.#isAwaited = !isPossible && tries > 0
    if (this.#isAwaited) time.after(500, () => this.#loseDisk(id, tries - 1))
    if (!isPossible) return
    // What a group has but once, or needs of both of two, is lost with it.
    const isEnough = process.host.groups().every((raft) => {
      const voters = process.host.inspect(raft)?.core.configuration?.configuration.voters ?? []
      return voters.length >= 3 || voters.every(({ host }) => host !== id)
    })
    // Nor has what was removed, and may be restored, anybody who would replace it.
    if (!isEnough || process.fleet.status().removed > 0) return
    this.#happened('disk lost')
    this.#isWiped = true
    places.kill(id)
    places.wipe(id)
    this.#later(100, 20_000, () => void places.start(id))
    const look = (): void => {
      if (places.process(id) !== undefined && isWhole()) {
        this.#isWiped = false
        places.made(id)
      } else this.#o.time.after(1000, look)
    }
    this.#o.time.after(1000, look)
  }

  #drain(id: string): boolean {
    const process = this.#o.places.process(id)
    if (process === undefined || !process.fleet.status().isActive) return false
    const told = (what: string): void => this.#o.trace.note(what, id, '')
    told('drain')
    this.#drained.add(process)
    const again = async (): Promise<void> => {
      await this.#o.places.activate(process)
      told('active again')
      this.#drained.delete(process)
    }
    void process.fleet.deactivate({ timeoutMs: 40_000 }).then(
      () => {
        told('empty')
        this.#o.emptied(process)
        this.#later(100, 20_000, () => void again())
      },
      // It stays, and is to hold nothing: its operator changes their mind by starting it again.
      () => this.#later(100, 5000, () => this.#restart(id)),
    )
    return true
  }

  #later(leastMs: number, mostMs: number, run: () => void): void {
    const { time, random } = this.#o
    time.after(random.between(leastMs, mostMs), run)
  }
}
