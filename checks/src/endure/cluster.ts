/** The processes of a run: hosts, the clients that keep them busy, and the guard that ends them if nobody else does. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildHost } from '@rafted/testing'
import { type Client, createClient } from 'rafted'
import type { GuardQuestion } from './guard-program.ts'
import { HostProcess } from './host-process.ts'
import type { LoadReport, Moment, Progress } from './load.ts'
import type { LoadQuestion } from './load-program.ts'
import { startProgram } from './programs.ts'
import { Standings } from './standings.ts'
import { loopback, type Wires } from './wires.ts'

export interface ClusterOptions {
  readonly hosts: number
  readonly seed: number
  readonly forgetful: boolean
  readonly staleReads: boolean
  /** Default: the loopback. */
  readonly wires?: Wires | undefined
  /** Told of what must not happen. `fatal`: a process is gone that should be there. */
  problem(what: string, fatal: boolean): void
  /** Receives a line for each process that begins. */
  say(line: string): void
}

const CLUSTER = 'endurance'
/** How often a host is asked how it stands. */
const LOOK_MS = 50

/** What a host has said last. */
interface Standing {
  readonly life: number
  readonly leads: boolean
  readonly term: number
  readonly voters: number
  readonly appliedIndex: number
  readonly lastIndex: number
}

export class Cluster {
  readonly hosts: readonly HostProcess[]
  /** Holds the directories of all hosts. */
  readonly directory: string
  readonly #options: ClusterOptions
  readonly #wires: Wires
  readonly #guard: ChildHost
  readonly #standings: Standings
  readonly #standing = new Map<HostProcess, Standing>()
  #load: ChildHost | null = null
  #connected = true
  #healthy = false
  #closed = false

  private constructor(options: ClusterOptions, directory: string, wires: Wires) {
    this.#options = options
    this.#wires = wires
    this.directory = directory
    const problem = (what: string): void => this.#problem(what, true)
    this.#standings = new Standings((what) => this.#problem(what, false))
    this.#guard = startProgram('guard-program', null)
    options.say(`directories in ${directory}`)
    options.say(`start the guard, process ${this.#guard.pid}`)
    const { addresses, secret } = wires
    this.hosts = addresses.map((listen, i) => {
      const id = String.fromCharCode('a'.charCodeAt(0) + i)
      const dir = join(directory, id)
      const { forgetful } = options
      const setup = { id, cluster: CLUSTER, listen, dir, join: addresses, secret, forgetful }
      const events = {
        began: (pid: number) => {
          options.say(`start ${id}, process ${pid}`)
          return this.#tellGuard({ kind: 'watch', pid })
        },
        ended: (pid: number) => void this.#tellGuard({ kind: 'ended', pid }),
        changed: () => this.#lookAtHealth(),
        problem,
      }
      return new HostProcess(setup, events, wires.place(i))
    })
  }

  /** Resolves with the cluster, of which nothing but the guard runs. */
  static async prepare(options: ClusterOptions): Promise<Cluster> {
    const wires = options.wires ?? (await loopback(options.hosts))
    return new Cluster(options, await mkdtemp(join(tmpdir(), 'rafted-endure-')), wires)
  }

  /** Starts all hosts. Resolves when the group is there with all its members; nobody uses it yet. */
  async found(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.start()))
    for (const host of this.hosts) void this.#watch(host)
    await this.hosts[0]!.create()
    await until(
      'all hosts to be members',
      () => this.settled,
      () => this.#closed,
    )
  }

  /** Starts the clients. Resolves when they are at work. */
  async startLoad(): Promise<void> {
    const { addresses, secret } = this.#wires
    const { seed, staleReads } = this.#options
    const setup = { cluster: CLUSTER, addresses, secret, staleReads, seed }
    this.#load = startProgram('load-program', setup, this.#wires.place(this.hosts.length))
    this.#options.say(`start the clients, process ${this.#load.pid}`)
    void this.#load.exited.then((code) =>
      this.#problem(`the clients have ended by themselves, with ${code ?? 'a signal'}`, true),
    )
    await this.#ask({ kind: 'healthy', healthy: this.#healthy })
  }

  /** A client that has taken no part so far. */
  newClient(): Promise<Client> {
    const { addresses, secret } = this.#wires
    return createClient({ cluster: CLUSTER, addresses, secret })
  }

  progress(): Promise<Progress> {
    return this.#ask({ kind: 'progress' }) as Promise<Progress>
  }

  /** @returns the register that the clients used last. */
  windDown(): Promise<number> {
    return this.#ask({ kind: 'wind-down' }) as Promise<number>
  }

  report(last: number): Promise<LoadReport> {
    return this.#ask({ kind: 'report', last }) as Promise<LoadReport>
  }

  /** Sends a signal to all of them at once, from the clients' process, which knows what it meets. */
  strike(hosts: readonly HostProcess[], signal: 'SIGKILL' | 'SIGSTOP'): Promise<Moment> {
    return this.#ask({ kind: 'strike', pids: hosts.map(({ pid }) => pid), signal }) as Promise<Moment>
  }

  /** Whether the group has to be able to serve, as far as it is up to the network. */
  connected(connected: boolean): void {
    this.#connected = connected
    this.#lookAtHealth()
  }

  /** The host that leads, as far as those that answer know. */
  get leader(): HostProcess | null {
    let leader: HostProcess | null = null
    let highest = 0
    for (const [host, { leads, term, life }] of this.#standing) {
      if (host.state !== 'up' || host.dying || host.lives !== life) continue
      if (term < highest || (term === highest && !leads)) continue
      highest = term
      leader = leads ? host : null
    }
    return leader
  }

  get allUp(): boolean {
    return this.hosts.every((host) => host.state === 'up' && !host.dying)
  }

  /** Whether all hosts are up and voters, and have applied all there is. */
  get settled(): boolean {
    const standings = this.hosts.map((host) => this.#standing.get(host))
    const [first] = standings
    return (
      this.allUp &&
      this.leader !== null &&
      standings.every(
        (standing, i) =>
          standing?.life === this.hosts[i]!.lives &&
          standing.voters === this.hosts.length &&
          standing.appliedIndex === standing.lastIndex &&
          standing.lastIndex === first!.lastIndex,
      )
    )
  }

  /** What the members have applied, where it is all the same. */
  get appliedIndex(): number {
    return this.#standing.get(this.hosts[0]!)?.appliedIndex ?? 0
  }

  /** Ends every process. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.hosts.map((host) => host.kill()), this.#load?.kill()])
    await this.#guard.kill()
  }

  removeFiles(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true })
  }

  async #watch(host: HostProcess): Promise<void> {
    while (!this.#closed) {
      const heard = await host.status()
      if (heard !== null) {
        const { life, status } = heard
        this.#standings.heard(host.id, life, heard)
        if (status !== null) {
          const { role, term, configuration, appliedIndex, lastIndex } = status
          const voters =
            configuration?.configuration.outgoing === null ? configuration.configuration.voters.length : 0
          this.#standing.set(host, { life, leads: role === 'leader', term, voters, appliedIndex, lastIndex })
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  #lookAtHealth(): void {
    const up = this.hosts.filter(({ state }) => state === 'up').length
    const healthy = this.#connected && up > this.hosts.length / 2
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    if (this.#load !== null) this.#ask({ kind: 'healthy', healthy }).catch(() => {})
  }

  #ask(question: LoadQuestion): Promise<unknown> {
    return this.#load!.ask(question)
  }

  async #tellGuard(question: GuardQuestion): Promise<void> {
    try {
      await this.#guard.ask(question)
    } catch (error) {
      this.#problem(`the guard does not answer: ${String(error)}`, true)
    }
  }

  #problem(what: string, fatal: boolean): void {
    if (!this.#closed) this.#options.problem(what, fatal)
  }
}

/** Looks again and again, for at most a minute. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  over: () => boolean,
): Promise<void> {
  const end = performance.now() + 60_000
  while (!(await isSo())) {
    if (over()) throw new Error(`the run ended while it waited for ${what}`)
    if (performance.now() > end) throw new Error(`waited a minute for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
