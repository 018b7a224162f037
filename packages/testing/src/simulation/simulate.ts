/**
 * One run of a simulated cluster: real hosts, clients, wire, storage and cores in one thread, on virtual time, network and disks. The
 * seed decides everything, so a run can be had again from its number.
 */
import { type AnyDefinition, RaftedError } from '@rafted/contracts'
import { promisesSettled, realClock } from '@rafted/contracts/node'
import { defaultSettings } from '@rafted/host'
import { MemberAgreement } from '../determinism/member-agreement.ts'
import { checkLinearizable } from '../linearizability/linearizability.ts'
import { counterExampleText } from '../linearizability/text-drawing.ts'
import { Addresses } from './addresses.ts'
import { Ambush } from './ambush.ts'
import { Cluster, type SimulatedGroup } from './cluster.ts'
import { CodeChanges } from './code-changes.ts'
import { Coverage, cannotHit } from './coverage.ts'
import { HostCodes } from './host-codes.ts'
import { LeftAlone } from './left-alone.ts'
import { Minority } from './minority.ts'
import { Nemesis } from './nemesis.ts'
import { type Plan, planOf, type Use } from './plan.ts'
import { type Profile, type ProfileName, profiles, usualProfile } from './profiles.ts'
import { GroupPromises } from './promises/group-promises.ts'
import { LogPromises } from './promises/log-promises.ts'
import { RegisterWorkload, ResolvingWorkload, register } from './register.ts'
import { SeededRandom } from './seeded-random.ts'
import { SettingsChanges } from './settings-changes.ts'
import { messagesIn, Sights, type SimulationSight } from './sights.ts'
import { Trace } from './trace.ts'
import { Users } from './users.ts'
import { VirtualTime } from './virtual-clock.ts'
import { VirtualNetwork } from './virtual-network.ts'
import type { Workload } from './workload.ts'

/** What is simulated. The same options give the same run. */
export interface SimulationOptions<D extends AnyDefinition = AnyDefinition> {
  /** Decides everything that is left to chance: sizes, troubles, times, what users do. */
  readonly seed: number
  /**
   * The value to be replicated, as `defineValue` returned it. Each of its commands is applied twice and compared, on each member, and the
   * members are compared with each other: the first command that differs is named. Default: a register with a list. Needs a `workload`.
   */
  readonly machine?: D
  /** What the users of one group do with it. Called once for each group. */
  readonly workload?: (group: string) => Workload<D>
  /** The mixture of troubles. Default `swarm`: some of everything. */
  readonly profile?: ProfileName
  /** How many hosts there are, 1 to 7. Default: by the seed. */
  readonly hosts?: number
  /** Virtual milliseconds with trouble. Default: 45,000, in some seeds more. What follows, without trouble, takes 15,000 at least. */
  readonly troubledMs?: number
  /** Disks that forget what they have acknowledged when their host is killed: to see that the simulator notices. Default false. */
  readonly forgetfulDisks?: boolean
  /** Is told what happens, line by line. */
  readonly print?: (line: string) => void
  /** Is told what there is to see: how members stand, and what they send each other. A `GroupRecorder` makes recordings of it. */
  readonly watch?: (sight: SimulationSight) => void
}

/** What a simulated cluster went through. */
export interface SimulationResult {
  readonly seed: number
  /** Of everything that happened: equal for equal seeds. */
  readonly hash: string
  readonly hosts: number
  readonly groups: number
  readonly virtualMs: number
  /** Events of the virtual clock. */
  readonly steps: number
  /** Calls of the users. */
  readonly operations: number
  /** Faults that hit something; a spell of lost batches, or a partition, is one. */
  readonly faults: number
  /** How often each kind of fault hit each role in each phase: for `new Coverage(hits)`. */
  readonly hits: readonly number[]
  readonly kills: number
  /** Kills that fell into a write. */
  readonly killsInWrite: number
  readonly elections: number
  readonly violations: readonly string[]
}

/** Time with trouble, unless the seed or the caller says otherwise. */
const TROUBLED_MS = 45_000
/** A run in so many is longer, so that pauses of minutes fit. */
const LONG_RUNS = 60
const LONG_MS = 300_000
/** What a healthy cluster may take to put everything in order. */
const ORDER_MS = 60_000
/** From one thing that is asked of a group to the next, while it commits nothing. */
const ASK_MS = 1000
/** What a majority may take to elect a leader and commit, in election timeouts. */
const PROGRESS_TIMEOUTS = 20
/** What is without trouble takes this long at least. */
const CALM_MS = 15_000
/** How long there is trouble still when nobody asks anything any more, and how long a group may take to be led again then. */
const STILL_TROUBLED_MS = 10_000
const FORGOTTEN_MS = 90_000
const QUIET_MS = 10_000
const ALONE_MS = 75_000
/** A run that was used, or troubled, less says little. */
const LEAST_OPERATIONS = 120
const LEAST_FAULTS = 12
const MORE_TROUBLE_MS = 120_000
/** After so many steps the process may see to what else it has. */
const STEPS_AT_A_TIME = 1024
/** Violations that are told: what follows from one is of no use to anybody. */
const MAX_VIOLATIONS = 20

/**
 * @returns what happened; a run without violations has an empty list of them.
 * @throws {RaftedError} `invalid-argument`. Else rejects only if the simulator itself fails.
 */
export async function simulate<D extends AnyDefinition = AnyDefinition>(
  options: SimulationOptions<D>,
): Promise<SimulationResult> {
  const { hosts, machine, workload } = options
  if (hosts !== undefined && !(Number.isSafeInteger(hosts) && hosts >= 1 && hosts <= 7))
    throw invalid(`A simulation has 1 to 7 hosts, not ${hosts}.`)
  if ((machine === undefined) !== (workload === undefined))
    throw invalid('A machine needs a workload that uses it, and a workload its machine. Give both.')
  return new Run(options as unknown as SimulationOptions).run()
}

/** In one run of so many clients can't dial one of the hosts. */
const SELDOM = 5

/** Drawn by itself: nothing else of the run depends on it. Not where a profile is asked for: those runs stay what they are. */
function farHostOf({ seed, profile }: SimulationOptions, hosts: readonly string[]): string | null {
  const random = new SeededRandom(seed ^ 0xfa2)
  if (profile !== undefined || hosts.length < 3 || random.below(SELDOM) > 0) return null
  return random.pick(hosts)
}

class Run {
  readonly #options: SimulationOptions
  readonly #time = new VirtualTime()
  readonly #random: SeededRandom
  readonly #trace: Trace
  readonly #coverage = new Coverage()
  readonly #network: VirtualNetwork
  readonly #cluster: Cluster
  readonly #nemesis: Nemesis
  readonly #alone: LeftAlone | null
  readonly #settingsChanges: SettingsChanges
  readonly #profile: ProfileName
  readonly #plan: Plan
  readonly #groups: readonly SimulatedGroup[]
  readonly #users: Users<AnyDefinition>[]
  readonly #violations: string[] = []
  readonly #troubledMs: number
  #steps = 0
  #sights: Sights | null = null
  #settledTimes = 0
  #elections = 0

  constructor(options: SimulationOptions) {
    this.#options = options
    const random = new SeededRandom(options.seed)
    this.#random = random
    this.#trace = new Trace(() => this.#time.now, options.print ?? null)
    this.#profile = options.profile ?? usualProfile(options.seed)
    const use = useOf(options, this.#profile)
    this.#plan = planOf(random, profiles[this.#profile], use, options.hosts ?? null)
    const isLong = random.below(LONG_RUNS) === 0
    this.#troubledMs = options.troubledMs ?? (isLong ? LONG_MS : TROUBLED_MS)
    const coverage = this.#coverage
    const addresses = new Addresses(this.#plan.hosts)
    const shared = { time: this.#time, trace: this.#trace, plan: this.#plan, addresses }
    const codes = new HostCodes()
    const violation = (what: string): void => this.#violation(what)
    this.#network = new VirtualNetwork({
      ...shared,
      random: random.fork(),
      hit: (kind, address) => this.#cluster.hit(kind, address),
    })
    this.#groups = this.#plan.groups.map((group) => ({
      ...group,
      isFounded: false,
      agreement: new MemberAgreement(),
      promises: new GroupPromises({
        group: group.name,
        tailBytes: this.#plan.settings.tailBytes!,
        maxUncommittedBytes: defaultSettings.maxUncommittedBytes,
        violation,
        logsOf: (host) => this.#cluster.disks.get(host)?.logs,
        copiesOf: (host) => this.#cluster.disks.get(host)?.copies,
      }),
    }))
    this.#cluster = new Cluster({
      ...shared,
      network: this.#network,
      groups: this.#groups,
      promises: new LogPromises(violation),
      codes,
      random: random.fork(),
      forgetfulDisks: options.forgetfulDisks ?? false,
      farHost: farHostOf(options, this.#plan.hosts),
      violation,
      hit: (kind, role, phase) => {
        if (cannotHit(kind, role, phase) === null) coverage.hit(kind, role, phase)
      },
      count: (kind) => coverage.count(kind),
      onLeader: () => void this.#elections++,
      onRemoved: (id) => this.#nemesis.restart(id),
      onStorageFailed: (id) => this.#nemesis.revive(id),
      onDamaged: (id) => this.#nemesis.replace(id),
      onOldCode: (id) => codeChanges.refused(id),
    })
    const all = { ...shared, seed: options.seed, cluster: this.#cluster, network: this.#network }
    const codeChanges = new CodeChanges({ ...all, codes })
    this.#users = this.#groups.map((group) => this.#usersOf(group))
    this.#settingsChanges = new SettingsChanges(all)
    this.#alone = this.#plan.idleMs > 0 ? new LeftAlone(all) : null
    this.#nemesis = new Nemesis({
      ...all,
      coverage,
      random: random.fork(),
      ambush: new Ambush(options.seed, this.#profile),
      settingsChanges: this.#settingsChanges,
      codeChanges,
      killClient: (chance, at) => chance.pick(this.#users).kill(chance, at),
    })
  }

  /** Somebody is told what there is to see: each member, and each message of a batch for itself. */
  #show(watch: (sight: SimulationSight) => void): void {
    this.#sights = new Sights(this.#cluster, this.#time, watch)
    this.#network.onSent = (from, to, batch, arrives) => {
      for (const said of messagesIn(batch))
        watch({ kind: 'message', at: this.#time.now, from, to, arrives, ...said })
    }
  }

  #usersOf(group: SimulatedGroup): Users<AnyDefinition> {
    return new Users({
      time: this.#time,
      random: this.#random.fork(),
      trace: this.#trace,
      group: group.name,
      definition: group.definition,
      workload: group.workload,
      count: group.users,
      idleMs: this.#plan.idleMs,
      newProcess: (name) => this.#cluster.newProcess(name),
      hostProcess: (chance) => {
        const up = this.#cluster.up.filter((id) => group.hosts.includes(id))
        return up.length === 0 ? null : this.#cluster.process(chance.pick(up))!
      },
      hit: (kind, host) => {
        if (host === null) this.#coverage.count(kind)
        else this.#cluster.hit(kind, host, group)
      },
    })
  }

  async run(): Promise<SimulationResult> {
    if (this.#options.watch !== undefined) this.#show(this.#options.watch)
    for (const id of this.#plan.hosts) void this.#cluster.start(id)
    const working = Promise.all(this.#users.map((users) => users.run()))
    this.#nemesis.start()
    this.#alone?.start()
    await this.#passTime(this.#troubledMs)
    // Where little can be hit, as on one host, it takes longer.
    const end = this.#time.now + (this.#options.troubledMs === undefined ? MORE_TROUBLE_MS : 0)
    while (this.#coverage.faults < LEAST_FAULTS && this.#time.now < end) await this.#passTime(1000)
    const isLeftAlone = this.#alone?.atTheEnd === true && this.operations >= LEAST_OPERATIONS / 2
    if (isLeftAlone) await this.#leaveAlone(this.#alone!)
    this.#alone?.stop()
    await this.#recover(working, isLeftAlone)
    this.#checkHistories()
    for (const [host, { logs }] of this.#cluster.disks)
      for (const what of logs.misread) this.#violation(`${host}: ${what}`)
    return this.#result()
  }

  /** Nobody asks anything any more. Then the faults end: each group whose majority is there has a leader again by itself, whatever was said and lost before. */
  async #leaveAlone(alone: LeftAlone): Promise<void> {
    for (const users of this.#users) users.stop()
    await this.#passTime(STILL_TROUBLED_MS)
    this.#nemesis.stop()
    // Clients have let go of their sessions by then.
    await this.#passTime(FORGOTTEN_MS)
    alone.stop()
    // Those that were stopped are level again, and quiet.
    await this.#passTime(QUIET_MS)
    alone.stopLeader()
    await this.#passTime(ALONE_MS)
    const name = alone.withoutLeader()
    if (name !== null)
      this.#violation(
        `nobody has led ${name} again within ${ALONE_MS} ms, in which nobody asked anything of it`,
      )
  }

  /** The faults end. What is there has to come back by itself: first all of it, then a majority while the others are in trouble, then all again. */
  async #recover(working: Promise<unknown>, isLeftAlone: boolean): Promise<void> {
    const calmAt = this.#time.now
    this.#nemesis.stop()
    this.#alone?.startAll()
    await this.#inOrder('once all faults had ended')
    if (!isLeftAlone) await this.#majority()
    // How often users of another workload call is their own affair.
    if (this.#options.workload === undefined && !isLeftAlone)
      await this.#passTimeUntil(
        () => this.operations >= LEAST_OPERATIONS,
        ORDER_MS,
        () => `users made ${this.operations} calls, and no more in ${ORDER_MS} ms of a healthy cluster`,
      )
    for (const users of this.#users) users.stop()
    await this.#until(working, 'a call of a user')
    await this.#passTime(Math.max(0, calmAt + CALM_MS - this.#time.now))
    await this.#until(Promise.all(this.#users.map((users) => users.audit())), 'the audit')
    await this.#inOrder('at the end')
  }

  /** A majority of each group makes progress, whatever the others do. */
  async #majority(): Promise<void> {
    const { hosts, settings } = this.#plan
    const minority = new Minority({
      hosts,
      groups: this.#groups,
      cluster: this.#cluster,
      network: this.#network,
      random: this.#random,
    })
    const broken = minority.hosts
    if (broken.length === 0) return
    this.#trace.note('minority', '', broken.join(' '))
    minority.break()
    const before = this.#groups.map(({ promises }) => promises.commit)
    const ms = settings.electionMs! * PROGRESS_TIMEOUTS
    const { operations } = this
    const isStill = (at: number): boolean => this.#groups[at]!.promises.commit <= before[at]!
    const stalled = (): string | null => {
      const i = this.#groups.findIndex((_, at) => isStill(at))
      if (i !== -1) return `${this.#groups[i]!.name} commits nothing`
      return this.operations > operations ? null : 'no user is answered'
    }
    let askAt = this.#time.now + ms / 2
    await this.#passTimeUntil(
      () => {
        if (this.#time.now >= askAt) {
          askAt += ASK_MS
          this.#ask(isStill, broken)
        }
        return stalled() === null
      },
      ms,
      () => `${stalled()} for ${ms} ms with ${broken.join(', ')} of ${hosts.length} hosts in trouble`,
    )
    minority.mend()
    await this.#inOrder('once the minority had come back')
  }

  /** Users may ask nothing of a group that is to be committed, or only hosts in trouble: then it is asked of the others. */
  #ask(isStill: (at: number) => boolean, broken: readonly string[]): void {
    const others = this.#cluster.up.filter((id) => !broken.includes(id))
    for (const [at, group] of this.#groups.entries())
      if (isStill(at)) this.#settingsChanges.askAmong(others, group)
  }

  get operations(): number {
    return this.#users.reduce((sum, users) => sum + users.operations, 0)
  }

  /** Waits until every member of every group is there and has all there is. */
  async #inOrder(when: string): Promise<void> {
    const wrong = (): string | null => {
      if (this.#nemesis.changesMembers) return 'a change of members has not been answered yet'
      for (const group of this.#groups) {
        const why = this.#cluster.whyNotHealthy(group)
        if (why !== null) return `${group.name}: ${why}`
      }
      return null
    }
    await this.#passTimeUntil(
      () => wrong() === null,
      ORDER_MS,
      () => `the cluster is not in order ${ORDER_MS} ms later, ${when}: ${wrong()}`,
    )
  }

  /** Lets time pass, checking after each step. */
  async #passTime(ms: number): Promise<void> {
    const end = this.#time.now + ms
    await this.#settled()
    while (this.#time.step(end)) await this.#stepped()
  }

  /** Lets time pass until `done`, or for `ms` at most: then that is a violation. */
  async #passTimeUntil(done: () => boolean, ms: number, problem: () => string): Promise<void> {
    const end = this.#time.now + ms
    let lookAt = 0
    await this.#settled()
    for (;;) {
      if (this.#time.now >= lookAt) {
        if (done()) return
        lookAt = this.#time.now + 20
      }
      if (!this.#time.step(end)) {
        if (!done()) this.#violation(problem())
        return
      }
      await this.#stepped()
    }
  }

  async #until(promise: Promise<unknown>, what: string): Promise<void> {
    let isDone = false
    void promise.then(() => {
      isDone = true
    })
    await this.#passTimeUntil(
      () => isDone,
      ORDER_MS,
      () => `${what} did not end in a healthy cluster`,
    )
  }

  async #stepped(): Promise<void> {
    this.#steps++
    await this.#settled()
    this.#cluster.look()
    this.#sights?.look()
    this.#nemesis.look()
  }

  /** Everything that follows from what has just run has run. The first time somebody else may have called, so that a whole turn is due. */
  #settled(): Promise<void> {
    if (this.#settledTimes++ % STEPS_AT_A_TIME !== 0) return promisesSettled()
    return new Promise((resolve) => realClock.soon(resolve))
  }

  #violation(what: string): void {
    if (this.#violations.length >= MAX_VIOLATIONS || this.#violations.includes(what)) return
    this.#trace.note('violation', '', what)
    this.#violations.push(what)
  }

  #checkHistories(): void {
    for (const [i, users] of this.#users.entries()) {
      const { name, workload } = this.#groups[i]!
      for (const problem of users.problems) this.#violation(`${name}: ${problem}`)
      const { model } = workload
      if (model === undefined) continue
      const verdict = checkLinearizable(model, users.history)
      if (verdict.linearizable === null)
        this.#violation(
          `${name}: whether the history of ${users.history.length} operations is linearizable is not known`,
        )
      else if (!verdict.linearizable)
        this.#violation(
          `${name}: the history is not linearizable:\n${counterExampleText(verdict.counterExample)}`,
        )
    }
  }

  #result(): SimulationResult {
    return {
      seed: this.#options.seed,
      hash: this.#trace.hash,
      hosts: this.#plan.hosts.length,
      groups: this.#groups.length,
      virtualMs: this.#time.now,
      steps: this.#steps,
      operations: this.operations,
      faults: this.#coverage.faults,
      hits: this.#coverage.hits,
      kills: this.#nemesis.kills,
      killsInWrite: this.#nemesis.killsInWrite,
      elections: this.#elections,
      violations: this.#violations,
    }
  }
}

function useOf({ machine, workload }: SimulationOptions, name: ProfileName): Use {
  const { resolves = false }: Profile = profiles[name]
  if (machine === undefined || workload === undefined)
    return {
      definition: register,
      isWatched: false,
      workload: (_group, random) =>
        new (resolves ? ResolvingWorkload : RegisterWorkload)(
          random.pick([500, 900, 1300]),
          random.pick([0, 0, 3000]),
        ) as unknown as Workload<AnyDefinition>,
    }
  return { definition: machine, isWatched: true, workload }
}

function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
