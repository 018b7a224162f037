/** Breaks things, by seed: kills, cuts, bad weather, slow disks, changes of members. */
import { type Cluster, GROUP } from './cluster.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'
import { calm, type VirtualNetwork } from './virtual-network.ts'

export interface NemesisOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly cluster: Cluster
  readonly trace: Trace
  readonly hosts: readonly string[]
}

type Act = 'kill' | 'kill-at-write' | 'cut' | 'weather' | 'slow-disk' | 'leave' | 'wipe'

/** Kinds of trouble; each run has its own mixture (swarm testing), so that rare pairs of them meet. */
const acts: readonly Act[] = [
  'kill',
  'kill-at-write',
  'kill-at-write',
  'kill-at-write',
  'cut',
  'cut',
  'weather',
  'slow-disk',
  'leave',
  'wipe',
]

const USUAL_SYNC_MS = 2

export class Nemesis {
  readonly #o: NemesisOptions
  readonly #mixture: readonly Act[]
  #active = true
  /** A disk was lost, and the group was not seen healthy since. */
  #lostDisk = false
  /** Members that are asked to leave, and have not left. */
  #leaving = 0
  kills = 0
  /** Kills with a write under way. */
  killsInWrite = 0
  changes = 0

  constructor(options: NemesisOptions) {
    this.#o = options
    const { random } = options
    const mixture = acts.filter(() => random.chance(0.7))
    this.#mixture = ['kill-at-write', ...mixture]
  }

  start(): void {
    this.#next()
  }

  /** Ends all trouble, and starts whatever is down. */
  stop(): void {
    this.#active = false
    const { network, cluster, trace } = this.#o
    trace.note('calm', '', '')
    network.healAll()
    network.weather = calm
    for (const disk of cluster.disks.values()) {
      disk.onChange = null
      disk.slow(USUAL_SYNC_MS)
    }
    for (const id of cluster.down) void cluster.start(id)
  }

  #next(): void {
    const { time, random } = this.#o
    time.after(random.between(100, 3000), () => {
      if (!this.#active) return
      this.#act(random.pick(this.#mixture))
      this.#next()
    })
  }

  #act(act: Act): void {
    const { random, cluster } = this.#o
    const { living } = cluster
    if (living.length === 0) return
    const id = random.pick(living)
    switch (act) {
      case 'kill':
        this.#kill(id)
        break
      case 'kill-at-write':
        this.#killAtWrite(id)
        break
      case 'cut':
        this.#cut()
        break
      case 'weather':
        this.#weather()
        break
      case 'slow-disk':
        this.#slowDisk(id)
        break
      case 'leave':
        this.#leave(id)
        break
      case 'wipe':
        this.#wipe(id)
        break
    }
  }

  #later(low: number, high: number, run: () => void): void {
    const { time, random } = this.#o
    time.after(random.between(low, high), () => {
      if (this.#active) run()
    })
  }

  #kill(id: string): void {
    const { cluster, random } = this.#o
    if (!cluster.living.includes(id)) return
    const ending = random.chance(0.5) ? 'process' : 'power'
    this.kills++
    if (cluster.kill(id, ending)) this.killsInWrite++
    // What the next process finds may still be in memory only: a power cut soon after it has begun to build on that.
    const again = ending === 'process' && random.chance(0.3)
    this.#later(20, 5000, () => {
      void cluster.start(id).then(() => {
        if (again) this.#later(0, 30, () => this.#cutPower(id))
      })
    })
  }

  #cutPower(id: string): void {
    const { cluster } = this.#o
    if (!cluster.living.includes(id)) return
    this.kills++
    if (cluster.kill(id, 'power')) this.killsInWrite++
    this.#later(20, 5000, () => void cluster.start(id))
  }

  /** Kills at one of the next changes of the host's disk, mostly of its log and snapshots: before it, or when it may be half done. */
  #killAtWrite(id: string): void {
    const { cluster, time, random } = this.#o
    const disk = cluster.disks.get(id)!
    let changes = 1 + random.below(6)
    disk.onChange = (isOfLock) => {
      if ((isOfLock && random.chance(0.9)) || --changes > 0) return
      disk.onChange = null
      if (random.chance(0.5)) this.#kill(id)
      else
        time.after(random.between(0, 0.1), () => {
          if (this.#active) this.#kill(id)
        })
    }
  }

  /** Cuts the hosts into two halves, or one off, in both directions or one. */
  #cut(): void {
    const { network, random, hosts, trace } = this.#o
    const side = hosts.filter(() => random.chance(0.4))
    const oneWay = random.chance(0.3)
    trace.note('cut', '', `${side.join(' ')}${oneWay ? ' one way' : ''}`)
    for (const a of side)
      for (const b of hosts) {
        if (side.includes(b)) continue
        network.cut(a, b)
        if (!oneWay) network.cut(b, a)
      }
    this.#later(200, 6000, () => {
      trace.note('heal', '', '')
      network.healAll()
    })
  }

  #weather(): void {
    const { network, random, trace } = this.#o
    const worst = random.chance(0.3)
    network.weather = {
      drop: random.between(0, worst ? 0.3 : 0.1),
      repeat: random.between(0, 0.2),
      minDelayMs: 0.1,
      maxDelayMs: random.between(1, worst ? 300 : 40),
      straggle: random.between(0, 0.1),
    }
    trace.note('weather', '', JSON.stringify(network.weather))
    this.#later(500, 8000, () => {
      network.weather = calm
      trace.note('weather', '', 'calm')
    })
  }

  #slowDisk(id: string): void {
    const { cluster, random, trace } = this.#o
    const disk = cluster.disks.get(id)!
    const ms = random.between(10, 400)
    disk.slow(ms)
    trace.note('slow-disk', id, `${ms.toFixed(0)} ms`)
    this.#later(500, 5000, () => disk.slow(USUAL_SYNC_MS))
  }

  /** Takes a member out of the group; its host comes back later as another one. */
  #leave(id: string): void {
    const { cluster, trace } = this.#o
    const process = cluster.process(id)
    // A lost disk is a member less for good, whatever the configuration says: one that leaves as well may be one too many.
    if (process === undefined || !cluster.isFounded || (this.#lostDisk && !this.#isHealthy())) return
    this.#lostDisk = false
    this.#leaving++
    trace.note('leave', id, '')
    this.changes++
    const again = (): void => {
      this.#leaving--
      if (cluster.process(id) === process) this.restart(id)
    }
    process.host.leave(GROUP).then(again, again)
  }

  /** What a person does with a host whose member has left or was removed: stop it, start it again. */
  restart(id: string): void {
    const { cluster, time, random } = this.#o
    // Not within the turn of the host that is to be stopped.
    time.soon(() => {
      cluster.kill(id, 'process')
      time.after(random.between(20, 3000), () => void cluster.start(id))
    })
  }

  /** Loses a disk: only where nothing else is amiss, since more lost disks than a minority may lose what was acknowledged. */
  #wipe(id: string): void {
    const { cluster, hosts, trace } = this.#o
    if (this.#leaving > 0 || hosts.length < 3 || !this.#isHealthy()) return
    this.#lostDisk = true
    trace.note('wipe', id, '')
    this.kills++
    this.changes++
    if (cluster.kill(id, 'process')) this.killsInWrite++
    cluster.disks.get(id)!.wipe()
    this.#later(20, 3000, () => void cluster.start(id))
  }

  /** Every host votes, and has all there is. */
  #isHealthy(): boolean {
    const { cluster, hosts } = this.#o
    const statuses = hosts.map((host) => cluster.process(host)?.host.status(GROUP) ?? null)
    const leader = statuses.find((status) => status?.role === 'leader')
    const { voters = [], outgoing = null } = leader?.configuration?.configuration ?? {}
    return (
      outgoing === null &&
      voters.length === hosts.length &&
      statuses.every(
        (status) =>
          status !== null &&
          status.commitIndex === leader!.commitIndex &&
          status.term === leader!.term &&
          voters.some((voter) => voter.id === status.member),
      )
    )
  }
}
