/**
 * One run of a simulated cluster: real hosts, clients, wire and cores in one thread, on virtual time, network and disks. The seed
 * decides everything, so a run can be had again from its number.
 */
import type { Client } from '@rafted/client'
import { realClock } from '@rafted/contracts/node'
import { checkLinearizable } from '../linearizability/linearizability.ts'
import { counterExampleText } from '../linearizability/text-drawing.ts'
import { Cluster, GROUP } from './cluster.ts'
import { Nemesis } from './nemesis.ts'
import { register, registerModel } from './register.ts'
import { Safety } from './safety.ts'
import { SeededRandom } from './seeded-random.ts'
import { Trace } from './trace.ts'
import { VirtualTime } from './virtual-clock.ts'
import { VirtualNetwork } from './virtual-network.ts'
import { type Appended, Unique, Worker } from './workload.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Virtual milliseconds with trouble. Default 50,000; at least 15,000 without follow. */
  readonly troubledMs?: number
  /** Disks that forget what they have acknowledged when their host is killed: to see that the simulator notices. Default false. */
  readonly forgetfulDisks?: boolean
  /** Is told what happens, line by line. */
  readonly print?: (line: string) => void
}

export interface SimulationResult {
  readonly seed: number
  /** Of everything that happened: equal for equal seeds. */
  readonly hash: string
  readonly virtualMs: number
  /** Events of the virtual clock. */
  readonly steps: number
  readonly operations: number
  /** Faults that hit: messages lost or repeated, kills, writes interrupted, roles changed, members changed. */
  readonly faults: number
  readonly kills: number
  /** Kills that fell into a write. */
  readonly killsInWrite: number
  readonly elections: number
  readonly violations: readonly string[]
}

const HOSTS = ['a', 'b', 'c', 'd', 'e']
/** Time that a healthy cluster gets to put everything in order. */
const CALM_MS = 15_000
const LAST_MS = 40_000

/** @returns what happened; a run without violations has an empty list of them. Rejects only if the simulator itself fails. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const run = new Run(options)
  return run.run()
}

class Run {
  readonly #options: SimulationOptions
  readonly #time = new VirtualTime()
  readonly #random: SeededRandom
  readonly #trace: Trace
  readonly #safety = new Safety()
  readonly #network: VirtualNetwork
  readonly #cluster: Cluster
  readonly #nemesis: Nemesis
  readonly #hosts: readonly string[]
  readonly #workers: Worker[] = []
  readonly #unique = new Unique()
  #steps = 0
  #elections = 0

  constructor(options: SimulationOptions) {
    this.#options = options
    const random = new SeededRandom(options.seed)
    this.#random = random
    this.#trace = new Trace(() => this.#time.now, options.print ?? null)
    this.#network = new VirtualNetwork(this.#time, random.fork(), this.#trace)
    this.#hosts = HOSTS.slice(0, random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5]))
    const shared = { time: this.#time, network: this.#network, trace: this.#trace, hosts: this.#hosts }
    this.#cluster = new Cluster({
      ...shared,
      random: random.fork(),
      safety: this.#safety,
      forgetfulDisks: options.forgetfulDisks ?? false,
      onRole: () => {
        this.#elections++
      },
      onRemoved: (id) => this.#nemesis.restart(id),
    })
    this.#nemesis = new Nemesis({ ...shared, random: random.fork(), cluster: this.#cluster })
  }

  async run(): Promise<SimulationResult> {
    const { troubledMs = 50_000, seed } = this.#options
    for (const id of this.#hosts) void this.#cluster.start(id)
    const working = Promise.all((await this.#makeWorkers()).map((worker) => worker.run()))
    this.#nemesis.start()
    await this.#passTime(troubledMs)
    this.#nemesis.stop()
    await this.#passTime(CALM_MS)
    for (const worker of this.#workers) worker.stop()
    await this.#until(working)
    await this.#lastLook()
    this.#checkHistories()
    for (const [host, { logs }] of this.#cluster.disks)
      this.#safety.violations.push(...logs.misread.map((what) => `${host}: ${what}`))
    return {
      seed,
      hash: this.#trace.hash,
      virtualMs: this.#time.now,
      steps: this.#steps,
      operations: this.#workers.reduce((sum, { operations }) => sum + operations, 0),
      faults: this.#network.hits + this.#nemesis.kills + this.#nemesis.changes + this.#elections,
      kills: this.#nemesis.kills,
      killsInWrite: this.#nemesis.killsInWrite,
      elections: this.#elections,
      violations: this.#safety.violations,
    }
  }

  /** Lets time pass, checking as it goes. */
  async #passTime(ms: number): Promise<void> {
    const end = this.#time.now + ms
    let checkAt = this.#time.now
    await settled()
    while (this.#time.step(end)) {
      this.#steps++
      await settled()
      if (this.#time.now < checkAt) continue
      checkAt = this.#time.now + 1000
      this.#safety.logsMatch(this.#cluster.disks, GROUP)
    }
  }

  /** Lets time pass until `done`, or for as long as a healthy cluster could need. */
  async #until(done: Promise<unknown>): Promise<void> {
    let isDone = false
    void done.then(() => {
      isDone = true
    })
    const end = this.#time.now + LAST_MS
    await settled()
    while (!isDone && this.#time.step(end)) {
      this.#steps++
      await settled()
    }
    if (!isDone) this.#safety.violations.push('an operation of a healthy cluster did not end')
  }

  async #makeWorkers(): Promise<readonly Worker[]> {
    for (let i = 0; i < 4; i++) {
      const random = this.#random.fork()
      const name = `user-${i}`
      const own = i < 2 ? await this.#cluster.client(name) : null
      const worker = new Worker(
        { time: this.#time, random, trace: this.#trace, name, client: () => this.#clientOf(own, random) },
        this.#unique,
      )
      this.#workers.push(worker)
    }
    return this.#workers
  }

  /** Some users live in processes of their own, some in one with a host, which may be killed under them. */
  #clientOf(
    own: Client | null,
    random: SeededRandom,
  ): { client: Client; killed: Promise<void> | null } | null {
    if (own !== null) return { client: own, killed: null }
    const { up } = this.#cluster
    if (up.length === 0) return null
    const process = this.#cluster.process(random.pick(up))!
    return { client: process.client, killed: process.killed }
  }

  /** A healthy cluster answers, and holds what it has promised. */
  async #lastLook(): Promise<void> {
    const client = await this.#cluster.client('last-look')
    const handle = client.value(GROUP, register).with({ timeoutMs: 30_000 })
    const looked = Promise.all([handle.read(), handle.list()]).then(
      ([value, list]) => {
        const at = this.#time.now
        this.#workers[0]!.history.push({
          input: { op: 'read' },
          calledAt: at,
          answer: { output: value, at },
          client: 'last-look',
        })
        this.#checkList(list)
      },
      (error: unknown) => {
        this.#safety.violations.push(`a healthy cluster did not answer: ${String(error)}`)
      },
    )
    await this.#until(looked)
    await this.#passTime(3000)
    this.#safety.logsMatch(this.#cluster.disks, GROUP)
    this.#checkConverged()
  }

  /** Exactly once: what was acknowledged stands there once, at the place that was told; what was refused doesn't; nothing twice. */
  #checkList(list: readonly number[]): void {
    const { violations } = this.#safety
    const places = new Map<number, number[]>()
    for (const [place, item] of list.entries()) places.set(item, [...(places.get(item) ?? []), place])
    const appended: Appended[] = this.#workers.flatMap((worker) => worker.appended)
    for (const result of appended) {
      const found = places.get(result.item) ?? []
      if (found.length > 1) violations.push(`item ${result.item} stands at ${found.join(' and ')}`)
      if (result.outcome === 'done' && found[0] !== result.position)
        violations.push(`item ${result.item} was put at ${result.position} and stands at ${found[0]}`)
      if (result.outcome === 'not-applied' && found.length > 0)
        violations.push(`item ${result.item} was not applied, and stands at ${found[0]}`)
    }
  }

  #checkConverged(): void {
    const { violations } = this.#safety
    const statuses = this.#hosts.map((id) => this.#cluster.process(id)?.host.status(GROUP) ?? null)
    const leader = statuses.find((status) => status?.role === 'leader')
    if (leader === undefined || leader === null) {
      violations.push('a healthy cluster has no leader')
      return
    }
    for (const [i, status] of statuses.entries())
      if (status === null) violations.push(`host ${this.#hosts[i]} has no member in a healthy cluster`)
      else if (status.appliedIndex < leader.commitIndex || status.term !== leader.term)
        violations.push(
          `${status.host} has applied ${status.appliedIndex} in term ${status.term}; the leader ${leader.commitIndex} in ${leader.term}`,
        )
    const { voters, outgoing } = leader.configuration!.configuration
    if (outgoing !== null || voters.length !== this.#hosts.length)
      violations.push(`the configuration of a healthy cluster is ${JSON.stringify(leader.configuration)}`)
  }

  #checkHistories(): void {
    const { violations } = this.#safety
    for (const worker of this.#workers) violations.push(...worker.problems)
    const history = this.#workers.flatMap((worker) => worker.history)
    const verdict = checkLinearizable(registerModel, history)
    if (verdict.linearizable === null)
      violations.push(
        `whether the register's history of ${history.length} operations is linearizable is not known`,
      )
    else if (!verdict.linearizable)
      violations.push(
        `the register's history is not linearizable:\n${counterExampleText(verdict.counterExample)}`,
      )
  }
}

/** Everything that follows from what has just run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => realClock.soon(resolve))
}
