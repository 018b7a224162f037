/** Simulated processes: real hosts and clients on virtual clocks, network and disks, that can be killed and stopped at any moment. */
import { createClient, transportLink } from '@rafted/client'
import { isRaftedError, type Machine, type Observer, type RaftedEvent } from '@rafted/contracts'
import { type ConfigurationEntry, memberOf } from '@rafted/core'
import { type GroupOptions, type Host, openHost } from '@rafted/host'
import type { MemberAgreement } from '../determinism/member-agreement.ts'
import { watchedForDeterminism } from '../determinism/watched.ts'
import type { Addresses } from './addresses.ts'
import type { FaultKind, HitRole, Phase } from './coverage.ts'
import { HostClock } from './host-clock.ts'
import type { HostCodes } from './host-codes.ts'
import { HostDisk } from './host-disk.ts'
import { observed } from './observed.ts'
import { isKnownToOthers, roleIn, settingsOf, whyNotInPlace } from './places.ts'
import type { Plan, PlannedGroup } from './plan.ts'
import type { GroupPromises } from './promises/group-promises.ts'
import { brokenLease, type Holder } from './promises/lease-promise.ts'
import type { LogPromises } from './promises/log-promises.ts'
import { readFields } from './reading.ts'
import type { SeededRandom } from './seeded-random.ts'
import { bytesAsSum, numberOf, textOf } from './shown.ts'
import type { Trace } from './trace.ts'
import type { ClientProcess } from './users.ts'
import type { VirtualTime } from './virtual-clock.ts'
import type { VirtualNetwork, VirtualTransport } from './virtual-network.ts'

const CLUSTER = 'simulated'

/** One life of a host, from its start to its kill. */
interface Life {
  readonly name: string
  readonly clock: HostClock
  readonly transport: VirtualTransport
  /** Resolves when it is killed. */
  readonly killed: Promise<void>
  kill(): void
}

/** A host that runs. */
export interface Process extends Life, ClientProcess {
  readonly host: Host
  /** Of its members, when they were looked at last. */
  readonly roles: Map<SimulatedGroup, HitRole | null>
}

/** How a host ends: its process alone, or with the power of its machine, which may tear what is being written. */
export type Ending = 'process' | 'power' | 'power in a write'

/** A group as the run knows it. */
export interface SimulatedGroup extends PlannedGroup {
  readonly promises: GroupPromises
  /** Of what its members hold, where that is watched. */
  readonly agreement: MemberAgreement
  /** Somebody was told that it has been created. */
  isFounded: boolean
}

export interface ClusterOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly network: VirtualNetwork
  readonly trace: Trace
  readonly addresses: Addresses
  readonly plan: Plan
  readonly groups: readonly SimulatedGroup[]
  readonly promises: LogPromises
  readonly codes: HostCodes
  readonly forgetfulDisks: boolean
  /** Clients in processes of their own can't dial this host. They are passed on by others, also to those that are cut off from them. */
  readonly farHost: string | null
  violation(what: string): void
  /** A fault has hit a member. */
  hit(kind: FaultKind, role: HitRole, phase: Phase): void
  /** A fault has hit. */
  count(kind: FaultKind): void
  /** A member leads that did not before. */
  onLeader(): void
  /** A member has learned that it was removed: whoever runs the host now has to start it again. */
  onRemoved(id: string): void
  /** The host's storage has failed, for a reason that was planted: somebody has to repair it and start the host again. */
  onStorageFailed(id: string): void
  /** The host did not start, as its files are damaged, for a reason that was planted. */
  onDamaged(id: string): void
  /** The host's code doesn't know the version in force: somebody has to start it with newer code. */
  onOldCode(id: string): void
}

export class Cluster {
  readonly #o: ClusterOptions
  readonly disks: ReadonlyMap<string, HostDisk>
  /** Hosts that are up, or starting. */
  readonly #lives = new Map<string, Life>()
  readonly #up = new Map<string, Process>()
  /** Hosts that have done something since they were looked at last. */
  readonly #touched = new Set<string>()
  /** What each member was last, by host and group. */
  readonly #roles = new Map<string, HitRole>()
  /** The configuration that was in effect for it then. */
  readonly #configurations = new Map<string, ConfigurationEntry>()
  /** Of each host's machine. */
  readonly #rates: ReadonlyMap<string, number>
  /** Where each host was told to look for each group. */
  readonly #joins = new Map<string, string>()
  #lifeCount = 0

  constructor(options: ClusterOptions) {
    this.#o = options
    const { plan, random } = options
    this.disks = new Map(plan.hosts.map((host) => [host, this.#newDisk(host)]))
    this.#rates = new Map(plan.hosts.map((host) => [host, plan.clockRate(random)]))
  }

  #newDisk(host: string): HostDisk {
    const { time, random, trace, forgetfulDisks, promises, violation } = this.#o
    return new HostDisk({
      host,
      cluster: CLUSTER,
      time,
      random: random.fork(),
      trace,
      forgetful: forgetfulDisks,
      promises,
      violation,
      hit: (kind) => this.hit(kind, host),
    })
  }

  get hosts(): readonly string[] {
    return this.#o.plan.hosts
  }

  get groups(): readonly SimulatedGroup[] {
    return this.#o.groups
  }

  get up(): readonly string[] {
    return [...this.#up.keys()]
  }

  /** Hosts that are up, or starting. */
  get living(): readonly string[] {
    return [...this.#lives.keys()]
  }

  /** Hosts that are down and nobody starts. */
  get down(): readonly string[] {
    return this.hosts.filter((id) => !this.#lives.has(id))
  }

  process(id: string): Process | undefined {
    return this.#up.get(id)
  }

  clock(id: string): HostClock | undefined {
    return this.#lives.get(id)?.clock
  }

  /** Starts a host on its disk; it restarts its members, or joins, or, if it is the first host of a group and nobody did, founds it. */
  async start(id: string): Promise<void> {
    if (this.#lives.has(id)) return
    const life = this.#newLife(id)
    this.#lives.set(id, life)
    try {
      await this.#run(id, life)
    } catch (error) {
      this.refusedStart(id, life, error)
    }
  }

  refusedStart(id: string, { name, clock }: Life, error: unknown): void {
    const { violation, onStorageFailed, onDamaged, onOldCode, codes, time } = this.#o
    if (this.#lives.get(id)?.clock !== clock) return
    const disk = this.disks.get(id)!
    const failed = disk.saysItFailed(true)
    if (failed) time.soon(() => onStorageFailed(id))
    else if (disk.namesRot(error)) time.soon(() => onDamaged(id))
    else if (codes.isTooOld(id, error)) time.soon(() => onOldCode(id))
    else violation(`${name} could not start: ${textOf(error)}`)
  }

  /** Resolves when the host runs; not at all if it is killed before. */
  async #run(id: string, life: Life): Promise<void> {
    const { random, network, groups } = this.#o
    const { name, clock, transport } = life
    const itsRandom = random.fork()
    const observer: Observer = { event: (event) => this.#onEvent(id, name, event) }
    const seam = { clock, random: itsRandom, observer }
    const disk = this.disks.get(id)!
    if (disk.isRotten) this.hit('bit rot', id)
    const stores = await disk.open({ ...seam, name })
    const host = await openHost({ id, cluster: CLUSTER, transport, ...stores, durable: true, ...seam })
    const addresses = (group: string): readonly string[] => this.#addressesOf(group)
    const client = createClient({ link: host.link, clock, random: itsRandom, addresses })
    const process: Process = {
      ...life,
      host,
      client,
      roles: new Map(),
      get lastTo() {
        return id
      },
    }
    this.#touched.add(id)
    this.#up.set(id, process)
    network.hint(id, 'up')
    await Promise.all(groups.map((group) => this.startGroup(id, process, group)))
  }

  /** Where the hosts of a group are now. */
  #addressesOf(name: string): readonly string[] {
    const hosts = this.groups.find((group) => group.name === name)?.hosts ?? this.hosts
    return hosts.map((host) => this.#o.addresses.of(host))
  }

  async startGroup(id: string, { host, name }: Process, group: SimulatedGroup): Promise<void> {
    if (!group.hosts.includes(id)) return
    const options = this.groupOptions(id, name, group)
    if (id !== group.hosts[0] || group.isFounded) return await host.group(group.name, options)
    await host.createGroup(group.name, { ...options, unreachable: 'checked' }).catch((error: unknown) => {
      // It was killed when the group was created and nobody had been told.
      if (!isRaftedError(error) || error.code !== 'already-exists') throw error
    })
    group.isFounded = true
  }

  /** How the host runs the group, now. @param life the process it runs in. */
  groupOptions(id: string, life: string, group: SimulatedGroup): GroupOptions {
    const join = this.#addressesOf(group.name)
    this.#joins.set(`${id} ${group.name}`, join.join())
    return {
      machine: this.#machine(life, { ...group, definition: this.#o.codes.definitionOf(id, group) }),
      settings: this.#o.plan.settings,
      join,
      learner: group.learners.has(id),
      // Whoever has replaced its disk knows it.
      ...(this.disks.get(id)!.isReplaced ? { formerData: 'lost' } : {}),
    }
  }

  /**
   * Whether the host looks for the group where its members were once, and none of them looks for it. Whoever runs the host has to tell it where they
   * are now.
   */
  looksInVain(id: string, { name }: SimulatedGroup): boolean {
    const host = this.#up.get(id)?.host
    if (host === undefined) return false
    const member = host.inspect(name)
    const isFound = member?.self !== undefined && isKnownToOthers(this.#up.values(), member.id, name)
    if (isFound || member?.leads === true) return false
    return this.#joins.get(`${id} ${name}`) !== this.#addressesOf(name).join()
  }

  #machine(
    life: string,
    { definition, workload, promises, isWatched, agreement, name }: SimulatedGroup,
  ): Machine {
    const { violation, random } = this.#o
    const fingerprint = workload.fingerprint ?? ((value: unknown) => JSON.stringify(value) ?? '')
    const machine = isWatched
      ? watchedForDeterminism(definition, {
          seed: random.below(2 ** 32),
          tell: ({ text }) => violation(`${name}: at ${life}: ${text}`),
          holds: (index, hash, command) => {
            const found = agreement.note(life, index, hash, command)
            if (found !== null) violation(`${name}: ${found.text}`)
          },
        })
      : definition
    return observed(machine, (index, term, command, value) =>
      promises.applied(life, index, term, JSON.stringify(command, bytesAsSum), fingerprint(value)),
    )
  }

  #newLife(id: string): Life {
    const { time, network, trace, random, plan } = this.#o
    const name = `${id}#${++this.#lifeCount}`
    trace.note('start', id, name)
    const clock = new HostClock({
      time,
      rate: this.#rates.get(id)!,
      onRun: () => this.#touched.add(id),
    })
    clock.chance = () => random.number()
    clock.lateMs = plan.lateHosts.has(id) ? 20 : 0
    const transport = network.transport(id, 'peer', clock)
    let resolve = (): void => {}
    const killed = new Promise<void>((done) => {
      resolve = done
    })
    const kill = (): void => {
      clock.kill()
      transport.vanish()
      resolve()
    }
    return { name, clock, transport, killed, kill }
  }

  /** Ends a host at once. @returns whether a write was under way. */
  kill(id: string, ending: Ending): boolean {
    const life = this.#lives.get(id)
    if (life === undefined) return false
    const disk = this.disks.get(id)!
    const writing = disk.isWriting
    this.#o.trace.note('kill', id, `${ending}${writing ? ' with a write under way' : ''}`)
    if (ending === 'process') this.hit(writing ? 'kill in a write' : 'kill', id)
    else this.hit('power cut', id)
    life.kill()
    // What the disk loses counts for the part the host had until now.
    if (ending === 'process' && !this.#o.forgetfulDisks) disk.kill()
    else disk.cutPower(ending === 'power in a write')
    this.#lives.delete(id)
    this.#up.delete(id)
    this.#o.network.hint(id, 'lost')
    this.#o.network.gone(life.transport.address)
    return writing
  }

  /** A client in a process of its own. */
  async newProcess(name: string): Promise<ClientProcess & { kill(): void }> {
    const { time, random, network } = this.#o
    const clock = new HostClock({ time, rate: 1, onRun: () => {} })
    const transport = network.transport(name, 'client', clock)
    transport.isFar = (address) => this.#isFar(address)
    const itsRandom = random.fork()
    const link = await transportLink({ transport, cluster: CLUSTER, name, clock, random: itsRandom })
    const addresses = (group: string): readonly string[] => this.#addressesOf(group)
    const relay = this.#o.farHost !== null
    const client = createClient({ link, clock, random: itsRandom, addresses, relay })
    let resolve = (): void => {}
    const killed = new Promise<void>((done) => {
      resolve = done
    })
    return {
      client,
      killed,
      get lastTo() {
        return transport.lastTo
      },
      kill: () => {
        clock.kill()
        transport.vanish()
        resolve()
      },
    }
  }

  /** Whether clients can't dial it: as long as each group has another voter that can ask it for them. Learners alone may all be in trouble. */
  #isFar(address: string): boolean {
    const { farHost, addresses } = this.#o
    if (farHost === null || addresses.hostAt(address) !== farHost) return false
    return this.groups.every(({ hosts, learners }) => hosts.some((id) => id !== farHost && !learners.has(id)))
  }

  /** Checks what those have come to that have done something. */
  look(): void {
    if (this.#touched.size === 0) return
    for (const id of this.#touched) {
      const process = this.#up.get(id)
      if (process === undefined) continue
      for (const group of this.groups) {
        const member = process.host.inspect(group.name)
        const role = member === null ? null : roleIn(member)
        process.roles.set(group, role)
        if (member === null) continue
        group.promises.look(id, process.name, member)
        this.#roles.set(`${id} ${group.name}`, role!)
        const { configuration } = member.core.standing
        if (configuration !== null) this.#configurations.set(`${id} ${group.name}`, configuration)
      }
    }
    this.#touched.clear()
    if (this.#o.plan.settings.clockDriftMarginMs !== 0) this.#lookAtLeases()
  }

  #lookAtLeases(): void {
    for (const { name } of this.groups) {
      const broken = brokenLease(name, this.#membersOf(name))
      if (broken !== null) this.#o.violation(broken)
    }
  }

  #membersOf(group: string): Holder[] {
    const all: Holder[] = []
    for (const { name, clock, host } of this.#up.values()) {
      const member = host.inspect(group)
      if (member !== null) all.push({ name, member, clock })
    }
    return all
  }

  /** What the host's member of the group is, or null if there is none now. */
  roleOf(id: string, group: SimulatedGroup): HitRole | null {
    const process = this.#up.get(id)
    if (process === undefined) return null
    // Most are asked for far more often than they do anything.
    const known = this.#touched.has(id) ? undefined : process.roles.get(group)
    if (known !== undefined) return known
    const member = process.host.inspect(group.name)
    return member === null ? null : roleIn(member)
  }

  /** The configuration in effect for the host's member of the group, or, if it is down, for the last one it had. */
  configurationOf(id: string, { name }: SimulatedGroup): ConfigurationEntry | null {
    return this.#configurations.get(`${id} ${name}`) ?? null
  }

  /** Whether a member leads it and trusts a lease. */
  isLeased({ name }: SimulatedGroup): boolean {
    return this.#membersOf(name).some(({ member, clock }) => member.core.leaseUntil > clock.now())
  }

  /** What the group does. */
  phaseOf({ name, hosts }: SimulatedGroup): Phase {
    let newest = 0
    let leader: string | null = null
    for (const id of hosts) {
      const standing = this.#up.get(id)?.host.inspect(name)?.core.standing
      if (standing === undefined || standing.term < newest) continue
      if (standing.term > newest) leader = null
      newest = standing.term
      if (standing.role === 'leader') leader = id
    }
    if (hosts.some((id) => this.disks.get(id)!.snapshots.isWriting)) return 'snapshot'
    if (leader === null) return 'election'
    const { core } = this.#up.get(leader)!.host.inspect(name)!
    if (core.peers().some(({ state }) => state === 'snapshot')) return 'snapshot'
    const { configuration, committedConfigurationIndex } = core.standing
    const isChanging =
      configuration !== null &&
      (configuration.index > committedConfigurationIndex ||
        configuration.configuration.outgoing !== null ||
        configuration.configuration.learners.some(({ promote }) => promote))
    return isChanging ? 'change' : 'steady'
  }

  /** A fault has hit the host at this address: its members, or what they were if it is down. @param only of this group. */
  hit(kind: FaultKind, id: string, only?: SimulatedGroup): void {
    const { hit, count } = this.#o
    count(kind)
    for (const group of this.groups) {
      if (only !== undefined && group !== only) continue
      const role = this.roleOf(id, group) ?? this.#roles.get(`${id} ${group.name}`)
      if (role !== undefined) hit(kind, role, this.phaseOf(group))
    }
  }

  /** What keeps the group from being all well: each host that should has a member, which has all there is, and no change is under way; or null. */
  whyNotHealthy({ name, hosts, learners }: SimulatedGroup): string | null {
    const { addresses } = this.#o
    const members = hosts.map((id) => this.#up.get(id)?.host.inspect(name) ?? null)
    const missing = members.findIndex((member) => member === null || member.ended !== null)
    if (missing !== -1) return `host ${hosts[missing]} has no member`
    const leader = members.find((member) => member!.leads)
    if (leader === undefined || leader === null) return 'nobody leads'
    const { term, configuration } = leader.core.standing
    // Before that it doesn't know what has been committed, nor does anybody who has just been started.
    if (leader.core.termAt(leader.core.commitIndex) !== term) return 'the leader has committed nothing yet'
    const misplaced = whyNotInPlace(configuration, { hosts, learners }, addresses)
    if (misplaced !== null) return misplaced
    for (const [i, member] of members.entries())
      if (member!.core.standing.term !== term || member!.appliedIndex < leader.core.commitIndex)
        return `${hosts[i]} has applied ${member!.appliedIndex} in term ${member!.core.standing.term}; the leader committed ${leader.core.commitIndex} in ${term}`
      else if (memberOf(configuration!.configuration, member!.id) === undefined)
        return `${hosts[i]} is no member`
      else if (settingsOf(member!) !== settingsOf(leader))
        return `${hosts[i]} goes by the settings ${settingsOf(member!)}; the leader by ${settingsOf(leader)}`
    return null
  }

  #onEvent(id: string, name: string, event: RaftedEvent): void {
    const { trace, violation, onLeader, onRemoved, onStorageFailed, onOldCode, codes, time } = this.#o
    const { kind, level: _, ...rest } = event
    trace.note(kind, id, numberOf(event), () => readFields(rest))
    const group = 'group' in event ? this.groups.find((one) => one.name === event.group) : undefined
    if (kind === 'role') {
      if (event.role !== 'leader') return
      onLeader()
      time.soon(() => this.hit('leadership change', id, group))
    } else if (kind === 'snapshot' && event.what !== 'failed') this.hit('snapshot', id, group)
    else if (kind === 'log-damaged') {
      if (event.damaged.length > 0) this.hit('unreadable entries', id, group)
      if (event.lostTo !== null) this.hit('lost entries', id, group)
    } else if (kind === 'disk-full') {
      if (event.what === 'waiting' && !this.disks.get(id)!.saysItIsFull())
        violation(`${name} waits for room, and there is some`)
    } else if (kind === 'slow-disk') {
      if (event.state === 'slow' && !this.disks.get(id)!.saysItIsSlow())
        violation(`${name} says that its disk is slow, and it is not`)
    } else if (kind === 'command-failed') this.hit('failing command', id, group)
    else if (kind === 'member-stopped' && event.reason === 'member-removed') onRemoved(id)
    else if ((kind === 'member-stopped' || kind === 'join') && codes.isTooOld(id, event.error))
      time.soon(() => onOldCode(id))
    else if (kind === 'member-stopped' || kind === 'storage-failed') {
      const disk = this.disks.get(id)!
      if (disk.saysItFailed(!this.#up.has(id))) time.soon(() => onStorageFailed(id))
      else if (disk.namesRot(event.error)) time.soon(() => this.#o.onDamaged(id))
      else violation(`${name} stopped (${kind}): ${textOf(event.error)}`)
    }
  }
}
