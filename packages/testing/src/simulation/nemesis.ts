/** Breaks things, by seed. What an act does is here; whether it hit anything is noted where it shows. */
import type { Addresses } from './addresses.ts'
import type { Ambush, Surprise } from './ambush.ts'
import { ClockTroubles } from './clock-troubles.ts'
import type { Cluster, Ending, SimulatedGroup } from './cluster.ts'
import type { CodeChanges } from './code-changes.ts'
import { type Coverage, type FaultKind, type HitRole, type Phase, roles } from './coverage.ts'
import { canLose } from './disk-health.ts'
import { handOver } from './hand-over.ts'
import { MemberChanges } from './member-changes.ts'
import { NetworkTroubles } from './network-troubles.ts'
import type { Plan } from './plan.ts'
import type { Act } from './profiles.ts'
import { rot, type WantedHarm } from './rotting.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SettingsChanges } from './settings-changes.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'
import { calm, type VirtualNetwork } from './virtual-network.ts'

export interface NemesisOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly cluster: Cluster
  readonly trace: Trace
  readonly coverage: Coverage
  readonly addresses: Addresses
  readonly plan: Plan
  readonly ambush: Ambush
  readonly settingsChanges: SettingsChanges
  readonly codeChanges: CodeChanges
  /** A user's process is to be killed. @param at the host that it should have asked last. */
  killClient(random: SeededRandom, at?: string): void
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
  readonly #network: NetworkTroubles
  #active = false
  /** What is to be done as soon as it has come. */
  #waiting: Moment | null = null
  readonly #members: MemberChanges
  kills = 0
  /** Kills with a write under way. */
  killsInWrite = 0

  constructor(options: NemesisOptions) {
    this.#o = options
    this.#clocks = new ClockTroubles(options, (low, high, run) => this.#later(low, high, run))
    this.#members = new MemberChanges({ ...options, restart: (id) => this.restart(id) })
    this.#network = new NetworkTroubles({
      ...options,
      begins: (...kinds) => this.#begins(...kinds),
      later: (low, high, run) => this.#later(low, high, run),
    })
  }

  start(): void {
    this.#active = true
    this.#o.settingsChanges.start()
    this.#o.codeChanges.start()
    this.#next()
  }

  /** Whether somebody still waits for a change of members. */
  get changesMembers(): boolean {
    return this.#members.isUnderWay
  }

  /** Ends all trouble, and starts whatever is down. */
  stop(): void {
    this.#active = false
    this.#o.settingsChanges.stop()
    this.#o.codeChanges.stop()
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
    this.#members.restore()
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
    const { cluster, ambush, time } = this.#o
    if (!this.#active) return
    const surprise = ambush.look(cluster, time.now, !this.#members.isUnderWay)
    if (surprise !== null) this.#surprise(surprise)
    if (this.#waiting === null) return
    const { act, group, phase, role } = this.#waiting
    if (cluster.phaseOf(group) !== phase) return
    if (role !== null && !cluster.up.some((id) => cluster.roleOf(id, group) === role)) return
    this.#waiting = null
    this.#act(act, group, role)
  }

  #surprise({ id, act, from, group, during }: Surprise): void {
    if (act === 'lose-entries') this.#rot([id], 'lost', during)
    else if (act === 'rot') this.#rot([id], 'unreadable', during)
    else if (act === 'hand-over') handOver(this.#o, group)
    else if (act === 'tear-write') this.#kill(id, 'power in a write')
    else if (act === 'hold-up') this.#network.holdUp()
    else if (act === 'kill-client') this.#o.killClient(this.#o.random, id)
    else if (group !== undefined && (act === 'replace' || act === 'demote'))
      this.#members[act]({ host: id, group })
    else this.#acts[act](id, from)
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

  readonly #acts: Readonly<Record<Act, (id: string, from?: string) => void>> = {
    kill: (id) => this.#kill(id, 'process'),
    'kill-at-write': (id) => this.#killAtWrite(id),
    'cut-power': (id) => this.#kill(id, 'power'),
    'cut-all-power': () => {
      for (const id of this.#o.cluster.living) this.#kill(id, 'power')
    },
    weather: () => this.#network.weather(),
    partition: () => this.#network.partition('partition'),
    'one-way': () => this.#network.partition('one-way partition'),
    partial: (id, from) => this.#network.partial(id, from),
    flap: (id) => this.#network.flap(id),
    clog: (id) => this.#network.clog(id),
    corrupt: () => this.#network.corrupt(),
    'false-hint': (id) => {
      this.#o.network.hint(id, 'lost', 1)
      this.#o.cluster.hit('false hint', id)
    },
    'fail-flush': (id) => this.#plant(id, 'failed flush'),
    'fail-write': (id) => this.#plant(id, 'failed write'),
    'fill-disk': (id) => this.#plant(id, 'full disk'),
    'slow-disk': (id) => this.#slowDisk(id),
    'stall-disk': (id) => this.#o.cluster.disks.get(id)!.stall(),
    rot: (id) => this.#rot(this.#o.random.chance(0.5) ? [id] : this.#o.cluster.living),
    pause: (id) => this.#clocks.hold(id, false),
    late: (id) => this.#late(id),
    suspend: (id) => this.#clocks.hold(id, true),
    'clock-jump': (id) => this.#clocks.jump(id),
    'set-wall': (id) => this.#clocks.setWall(id),
    drift: (id) => this.#clocks.drift(id),
    leave: (id) => this.#members.leave(id, this.#o.random.pick(this.#o.cluster.groups)),
    'remove-leader': () => this.#members.removeLeader(),
    promote: () => this.#members.promote(),
    demote: () => this.#members.demote(),
    replace: () => this.#members.replace(),
    'change-members': () => this.#members.change(),
    'hand-over': () => handOver(this.#o),
    wipe: (id) => this.#wipe(id),
    move: (id) => this.#move(id),
    'client-trouble': () => this.#network.clientTrouble(),
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

  #kill(id: string, ending: Ending): void {
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

  /**
   * A bit turns on the disks of these hosts while they are down.
   * @param harm what it should do to their logs, if that can be, and to that of which group. @param during they come back while this lasts.
   */
  #rot(ids: readonly string[], harm: WantedHarm | null = null, during?: Surprise['during']): void {
    const { cluster, random } = this.#o
    for (const id of ids) this.#killed(cluster.kill(id, 'process'))
    const rotten = async (): Promise<void> => {
      // A group that is about to get smaller may need whom it could do without before.
      const may = (): boolean => !this.#members.isUnderWay
      if (may())
        for (const id of ids) await rot(cluster, id, random, may, harm && { harm, group: during?.group })
      for (const id of ids) this.#startDuring(id, during)
    }
    void rotten()
  }

  /** Starts a host that is down, within seconds: when a group does this, if it does. */
  #startDuring(id: string, during?: Surprise['during'], patience = 400): void {
    const { cluster } = this.#o
    const isOver = (): boolean =>
      during === undefined || patience === 0 || cluster.phaseOf(during.group) === during.phase
    this.#later(during ? 5 : 20, during ? 40 : 2000, () => {
      if (isOver()) void cluster.start(id)
      else this.#startDuring(id, during, patience - 1)
    })
  }

  /** Its files are damaged, and it has said so: its disk is replaced where the others have all that was promised, else the bit can be read again. */
  replace(id: string): void {
    const { cluster, random, time } = this.#o
    const clock = cluster.clock(id)
    time.after(random.between(100, 2000), () => {
      if (cluster.clock(id) !== clock) return
      cluster.kill(id, 'process')
      const disk = cluster.disks.get(id)!
      if (this.#active && !this.#members.isUnderWay && canLose(cluster, id) && random.chance(0.7)) {
        cluster.hit('wiped host', id)
        this.#loseDisk(id)
      } else disk.unrot()
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
    if (this.#members.isUnderWay || !canLose(cluster, id)) return
    // As long as it is part of what its groups do.
    cluster.hit('wiped host', id)
    this.#killed(cluster.kill(id, 'process'))
    this.#loseDisk(id)
    this.#later(20, 3000, () => void cluster.start(id))
  }

  /** A host comes back at another address, or all of them do. */
  #move(one: string): void {
    const { cluster, random, addresses, trace } = this.#o
    for (const id of random.chance(0.3) ? cluster.living : [one]) {
      cluster.hit('host moved', id)
      this.#killed(cluster.kill(id, 'process'))
      addresses.move(id, random)
      trace.note('move', id, addresses.of(id))
      this.#later(20, 3000, () => void cluster.start(id))
    }
  }

  #loseDisk(id: string): void {
    const { cluster, trace } = this.#o
    trace.note('wipe', id, '')
    cluster.disks.get(id)!.wipe()
  }
}
