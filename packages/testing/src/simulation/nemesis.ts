/** Breaks things, by seed. What an act does is here; whether it hit anything is noted where it shows. */
import type { Ambush } from './ambush.ts'
import { ClockTroubles } from './clock-troubles.ts'
import type { Cluster, SimulatedGroup } from './cluster.ts'
import { type Coverage, type FaultKind, type HitRole, type Phase, roles } from './coverage.ts'
import { handOver, someLeader } from './hand-over.ts'
import type { Plan } from './plan.ts'
import type { Act } from './profiles.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'
import { type CutKind, calm, type VirtualNetwork } from './virtual-network.ts'

export interface NemesisOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly cluster: Cluster
  readonly trace: Trace
  readonly coverage: Coverage
  readonly plan: Plan
  readonly ambush: Ambush
  /** A user's process is to be killed. */
  killClient(random: SeededRandom): void
}

/** An act, and what it waits for: that the group is in this phase, and somebody has this role. */
interface Moment {
  readonly act: Act
  readonly group: SimulatedGroup
  readonly phase: Phase
  readonly role: HitRole | null
}

const rarePhases: readonly Phase[] = ['election', 'change', 'snapshot']

export class Nemesis {
  readonly #o: NemesisOptions
  readonly #clocks: ClockTroubles
  #active = false
  /** What is to be done as soon as it has come. */
  #waiting: Moment | null = null
  /** Members that are asked to leave, and have not left. */
  #leaving = 0
  kills = 0
  /** Kills with a write under way. */
  killsInWrite = 0

  constructor(options: NemesisOptions) {
    this.#o = options
    this.#clocks = new ClockTroubles(options, (low, high, run) => this.#later(low, high, run))
  }

  start(): void {
    this.#active = true
    this.#next()
  }

  /** Whether a member still wants to leave: a group may then get smaller at any moment. */
  get hasLeaving(): boolean {
    return this.#leaving > 0
  }

  /** Ends all trouble, and starts whatever is down. */
  stop(): void {
    this.#active = false
    const { network, cluster, trace } = this.#o
    trace.note('calm', '', '')
    network.heal()
    network.weather = calm
    network.clientTrouble = 0
    for (const [id, disk] of cluster.disks) {
      if (disk.isStalled) cluster.kill(id, 'process')
      disk.calm()
      if (!disk.hasFailed) disk.repair()
      this.#goOn(id)
    }
    for (const id of cluster.down) void cluster.start(id)
  }

  #goOn(id: string): void {
    const clock = this.#o.cluster.clock(id)
    if (clock === undefined) return
    clock.lateMs = 0
    clock.resume()
  }

  #next(): void {
    const { time, random, plan } = this.#o
    time.after(random.between(50, plan.pauseMs), () => {
      if (!this.#active) return
      const act = random.pick(plan.acts)
      if (random.chance(0.5)) this.#act(act)
      else this.#lieInWait(act)
      this.#next()
    })
  }

  /** Acts once a group does what it does rarely, or, if it doesn't, when the next act lies in wait. */
  #lieInWait(act: Act): void {
    const { random, cluster } = this.#o
    if (this.#waiting !== null) this.#act(this.#waiting.act)
    this.#waiting = {
      act,
      group: random.pick(cluster.groups),
      phase: random.pick(rarePhases),
      role: random.chance(0.5) ? random.pick(roles) : null,
    }
  }

  /** Something has happened. */
  look(): void {
    const { cluster, ambush } = this.#o
    if (!this.#active) return
    const surprise = ambush.look(cluster)
    if (surprise !== null) this.#acts[surprise.act](surprise.id)
    if (this.#waiting === null) return
    const { act, group, phase, role } = this.#waiting
    if (cluster.phaseOf(group) !== phase) return
    if (role !== null && !cluster.up.some((id) => cluster.roleOf(id, group) === role)) return
    this.#waiting = null
    this.#act(act, group, role)
  }

  #act(act: Act, group?: SimulatedGroup, role: HitRole | null = null): void {
    const { random, cluster } = this.#o
    const id = this.#victim(group ?? random.pick(cluster.groups), role)
    if (id === null) return
    this.#o.trace.note('act', id, act)
    this.#acts[act](id)
  }

  /** Any host, or one whose member of the group has a part in it that few have. */
  #victim(group: SimulatedGroup, role: HitRole | null): string | null {
    const { random, cluster } = this.#o
    const { living } = cluster
    if (living.length === 0) return null
    const wanted = role ?? (random.chance(0.5) ? null : random.pick(roles))
    const found = wanted === null ? [] : living.filter((id) => cluster.roleOf(id, group) === wanted)
    return found.length === 0 ? random.pick(living) : random.pick(found)
  }

  readonly #acts: Readonly<Record<Act, (id: string) => void>> = {
    kill: (id) => this.#kill(id, 'process'),
    'kill-at-write': (id) => this.#killAtWrite(id),
    'cut-power': (id) => this.#kill(id, 'power'),
    'cut-all-power': () => {
      for (const id of this.#o.cluster.living) this.#kill(id, 'power')
    },
    weather: () => this.#weather(),
    partition: () => this.#partition('partition'),
    'one-way': () => this.#partition('one-way partition'),
    partial: (id) => this.#partial(id),
    flap: (id) => this.#flap(id),
    clog: (id) => this.#clog(id),
    corrupt: () => this.#corrupt(),
    'false-hint': (id) => {
      this.#o.network.hint(id, 'lost', 1)
      this.#o.cluster.hit('false hint', id)
    },
    'fail-flush': (id) => this.#plant(id, 'failed flush'),
    'fail-write': (id) => this.#plant(id, 'failed write'),
    'fill-disk': (id) => this.#plant(id, 'full disk'),
    'slow-disk': (id) => this.#slowDisk(id),
    'stall-disk': (id) => this.#o.cluster.disks.get(id)!.stall(),
    rot: (id) => this.#rot(id),
    pause: (id) => this.#clocks.hold(id, false),
    late: (id) => this.#late(id),
    suspend: (id) => this.#clocks.hold(id, true),
    'clock-jump': (id) => this.#clocks.jump(id),
    'set-wall': (id) => this.#clocks.setWall(id),
    drift: (id) => this.#clocks.drift(id),
    leave: (id) => this.#leave(id, this.#o.random.pick(this.#o.cluster.groups)),
    'remove-leader': () => this.#removeLeader(),
    'hand-over': () => handOver(this.#o),
    wipe: (id) => this.#wipe(id),
    'client-trouble': () => this.#clientTrouble(),
    'kill-client': () => this.#o.killClient(this.#o.random),
  }

  #later(low: number, high: number, run: () => void): void {
    const { time, random } = this.#o
    time.after(random.between(low, high), () => {
      if (this.#active) run()
    })
  }

  /** A spell of these faults begins. */
  #begins(...kinds: FaultKind[]): void {
    for (const kind of kinds) this.#o.coverage.begins(kind)
  }

  #kill(id: string, ending: 'process' | 'power'): void {
    const { cluster, random } = this.#o
    if (!cluster.living.includes(id)) return
    this.#killed(cluster.kill(id, ending))
    // What the next process finds may still be in memory only: a power cut soon after it has begun to build on that.
    const again = ending === 'process' && random.chance(0.3)
    this.#later(20, 4000, () => {
      void cluster.start(id).then(() => {
        if (again) this.#later(0, 30, () => this.#kill(id, 'power'))
      })
    })
  }

  #killed(inWrite: boolean): void {
    this.kills++
    if (inWrite) this.killsInWrite++
  }

  /** Kills at one of the next changes of the host's disk, mostly of its log and snapshots: before it, or when it may be half done. */
  #killAtWrite(id: string): void {
    const { cluster, time, random } = this.#o
    const disk = cluster.disks.get(id)!
    let changes = 1 + random.below(6)
    const ending = random.chance(0.5) ? 'process' : 'power'
    disk.onChange = (isOfLock) => {
      if ((isOfLock && random.chance(0.9)) || --changes > 0) return
      disk.onChange = null
      if (random.chance(0.5)) this.#kill(id, ending)
      else
        time.after(random.between(0, 0.1), () => {
          if (this.#active) this.#kill(id, ending)
        })
    }
  }

  /** Cuts the hosts into two parts, in both directions or one. */
  #partition(kind: 'partition' | 'one-way partition'): void {
    const { random, cluster } = this.#o
    const side = cluster.hosts.filter(() => random.chance(0.4))
    const others = cluster.hosts.filter((id) => !side.includes(id))
    const pairs = side.flatMap((a) => others.map((b): [string, string] => [a, b]))
    this.#cut(kind, pairs, kind === 'partition')
    this.#later(200, 6000, () => this.#heal(kind))
  }

  /** Two hosts don't reach each other, and both reach the rest. */
  #partial(id: string): void {
    const { random, cluster } = this.#o
    const others = cluster.hosts.filter((other) => other !== id)
    if (others.length < 2) return
    const unreached = others.filter(() => random.chance(0.5)).slice(0, others.length - 1)
    this.#cut(
      'partial partition',
      (unreached.length > 0 ? unreached : [others[0]!]).map((other) => [id, other]),
      true,
    )
    this.#later(500, 8000, () => this.#heal('partial partition'))
  }

  #cut(kind: CutKind, pairs: readonly [string, string][], bothWays: boolean): void {
    const { network, trace } = this.#o
    this.#begins(kind)
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
  #flap(id: string): void {
    const { cluster, random } = this.#o
    const pairs = cluster.hosts.filter((other) => other !== id).map((other): [string, string] => [id, other])
    const bothWays = random.chance(0.7)
    let times = 3 + random.below(8)
    const again = (): void => {
      this.#cut('flapping link', pairs, bothWays)
      this.#later(30, 700, () => {
        this.#heal('flapping link')
        if (--times > 0) this.#later(30, 700, again)
      })
    }
    again()
  }

  /** Nothing gets to the host, or from it, for a while; then all of it does. */
  #clog(id: string): void {
    const { network, cluster, random, time } = this.#o
    this.#begins('clogged link')
    const until = time.now + random.between(100, 4000)
    const way = random.below(3)
    for (const other of cluster.hosts) {
      if (other === id) continue
      if (way !== 1) network.clog(other, id, until)
      if (way !== 0) network.clog(id, other, until)
    }
  }

  #weather(): void {
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
    this.#begins('loss', 'duplication', 'reordering', 'delay')
    trace.note('weather', '', JSON.stringify(network.weather))
    this.#later(500, 8000, () => {
      network.weather = calm
      trace.note('weather', '', 'calm')
    })
  }

  #corrupt(): void {
    const { network, random } = this.#o
    this.#begins('corrupted batch')
    const set = (corrupt: number) => Object.assign(network, { weather: { ...network.weather, corrupt } })
    set(random.between(0.01, 0.2))
    this.#later(500, 5000, () => set(0))
  }

  #plant(id: string, fault: 'failed flush' | 'failed write' | 'full disk'): void {
    const disk = this.#o.cluster.disks.get(id)!
    disk.plant(fault)
    this.#later(3000, 8000, () => {
      if (!disk.hasFailed) disk.repair()
    })
  }

  /** The host's storage has stopped, as it should: its disk is repaired and the process started again. */
  revive(id: string): void {
    const { cluster, time, random, trace } = this.#o
    const clock = cluster.clock(id)
    time.after(random.between(100, 3000), () => {
      const disk = cluster.disks.get(id)!
      // It may have been killed and started meanwhile: that alone makes no room on its disk.
      if (cluster.clock(id) !== clock && !disk.hasFailed) return
      trace.note('revive', id, '')
      disk.repair()
      cluster.kill(id, 'process')
      void cluster.start(id)
    })
  }

  #slowDisk(id: string): void {
    const { cluster, random, trace } = this.#o
    const disk = cluster.disks.get(id)!
    const ms = random.between(10, random.chance(0.3) ? 3000 : 500)
    this.#begins('slow flush')
    disk.slow(ms)
    trace.note('slow-disk', id, ms)
    this.#later(500, 5000, () => disk.slow())
  }

  /** A bit turns while the host is down. */
  #rot(id: string): void {
    const { cluster } = this.#o
    const disk = cluster.disks.get(id)!
    if (disk.isRotten || disk.hasFailed) return
    this.#killed(cluster.kill(id, 'process'))
    disk.rot()
    this.#later(20, 2000, () => void cluster.start(id))
  }

  /** Its files are damaged, and it has said so: its disk is replaced where the others have all that was promised, else the bit can be read again. */
  replace(id: string): void {
    const { cluster, random, time } = this.#o
    const clock = cluster.clock(id)
    time.after(random.between(100, 2000), () => {
      if (cluster.clock(id) !== clock) return
      cluster.kill(id, 'process')
      const disk = cluster.disks.get(id)!
      if (this.#active && this.#leaving === 0 && cluster.canLose(id) && random.chance(0.7)) this.#loseDisk(id)
      else disk.unrot()
      void cluster.start(id)
    })
  }

  #late(id: string): void {
    const { cluster, random } = this.#o
    const clock = cluster.clock(id)
    if (clock === undefined) return
    clock.lateMs = random.between(5, random.chance(0.3) ? 1500 : 200)
    this.#begins('late turns')
    cluster.hit('late turns', id)
    this.#later(500, 6000, () => {
      clock.lateMs = 0
    })
  }

  /** Takes a member out of the group; its host comes back later as another one. */
  #leave(id: string, group: SimulatedGroup): void {
    const { cluster, trace } = this.#o
    const process = cluster.process(id)
    const member = process?.host.inspect(group.name) ?? null
    if (process === undefined || member === null || !group.isFounded || !this.#allMembersHaveDisks(group))
      return
    trace.note('leave', id, group.name)
    this.#leaving++
    cluster.hit(member.leads ? 'leader removed' : 'member leaves', id, group)
    const again = (): void => {
      this.#leaving--
      if (cluster.process(id) === process) this.#comeBack(id, group)
    }
    Promise.race([process.host.leave(group.name), process.killed]).then(again, again)
  }

  #removeLeader(): void {
    const led = someLeader(this.#o)
    if (led !== null) this.#leave(led.id, led.group)
  }

  /** A lost disk is a member less for good, whatever the configuration says: one that leaves as well may be one too many. */
  #allMembersHaveDisks({ name, hosts }: SimulatedGroup): boolean {
    const { cluster } = this.#o
    return hosts.every((host) => {
      const configuration = cluster.process(host)?.host.inspect(name)?.core.standing
        .configuration?.configuration
      const voters = [...(configuration?.voters ?? []), ...(configuration?.outgoing ?? [])]
      return voters.every((voter) => cluster.disks.get(voter.host)!.logs.durable(name)?.member === voter.id)
    })
  }

  /** In the same process, or in another. */
  #comeBack(id: string, group: SimulatedGroup): void {
    const { cluster, random, time } = this.#o
    const process = cluster.process(id)!
    if (random.chance(0.5) || process.host.groups().includes(group.name)) {
      this.restart(id)
      return
    }
    time.after(random.between(0, 2000), () => {
      if (cluster.process(id) !== process || process.host.groups().includes(group.name)) return
      process.host
        .group(group.name, cluster.groupOptions(id, process.name, group))
        .catch(() => this.restart(id))
    })
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

  /** Loses a disk: only where the others have all that was promised, since no protocol makes up for more. */
  #wipe(id: string): void {
    const { cluster } = this.#o
    if (this.#leaving > 0 || !cluster.canLose(id)) return
    this.#killed(cluster.kill(id, 'process'))
    this.#loseDisk(id)
    this.#later(20, 3000, () => void cluster.start(id))
  }

  #loseDisk(id: string): void {
    const { cluster, trace } = this.#o
    trace.note('wipe', id, '')
    cluster.disks.get(id)!.wipe()
    cluster.hit('wiped host', id)
  }

  #clientTrouble(): void {
    const { network, random } = this.#o
    this.#begins('request lost', 'answer lost', 'request repeated')
    network.clientTrouble = random.between(0.05, 0.5)
    this.#later(500, 5000, () => Object.assign(network, { clientTrouble: 0 }))
  }
}
