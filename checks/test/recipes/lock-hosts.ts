/** A group of claims on real hosts and virtual time, and processes without a member that use it. */
import { type Client, createClient, transportLink } from '@rafted/client'
import { type Clock, isRaftedError, type Machine } from '@rafted/contracts'
import { type ClaimsHandle, claims } from '@rafted/recipes'
import { type DrillHosts, group } from '../recovery/drill-hosts.ts'
import { leaderOf, startedHosts as started } from './started-hosts.ts'

export { leaderOf as leader }

export const startedHosts = (machine: Machine = claims): Promise<DrillHosts> => started(machine)

/** The clock of a process: fast or slow, standing still while its computer sleeps, and of no more use once it is killed. */
class ProcessClock implements Clock {
  readonly #clock: Clock
  readonly #rate: number
  #slept = 0
  /** What became due while nothing ran. */
  #held: (() => void)[] | null = null
  isKilled = false

  constructor(clock: Clock, rate: number) {
    this.#clock = clock
    this.#rate = rate
  }

  now(): number {
    return this.#clock.now() * this.#rate - this.#slept
  }

  wall(): number {
    return this.#clock.now() * this.#rate
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms / this.#rate, () => this.#run(run))
  }

  soon(run: () => void): void {
    this.#clock.soon(() => this.#run(run))
  }

  /** None of its code runs until it is told to go on. */
  stop(): void {
    this.#held = []
  }

  /** Its code sees the time; nothing that was due has run. @param slept whether the clock that counts milliseconds stood still since. */
  wake(slept: number): void {
    this.#slept += slept
  }

  goOn(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const run of held) this.soon(run)
  }

  #run(run: () => void): void {
    if (this.isKilled) return
    if (this.#held === null) run()
    else this.#held.push(run)
  }
}

/** A process with a client. */
export class UserProcess {
  readonly name: string
  readonly hosts: DrillHosts
  readonly clock: ProcessClock
  readonly client: Client

  static async start(hosts: DrillHosts, name: string, rate = 1): Promise<UserProcess> {
    const clock = new ProcessClock(hosts.clock, rate)
    const random = hosts.random.fork()
    const transport = hosts.network.transport({ name, role: 'client' })
    const link = await transportLink({ transport, cluster: 'drill', name, clock, random })
    return new UserProcess(hosts, name, clock, createClient({ link, addresses: hosts.ids, clock, random }))
  }

  private constructor(hosts: DrillHosts, name: string, clock: ProcessClock, client: Client) {
    this.hosts = hosts
    this.name = name
    this.clock = clock
    this.client = client
  }

  get handle(): ClaimsHandle {
    return this.client.value(group, claims)
  }

  /** For the options of a recipe. */
  get seams() {
    return { clock: this.clock, random: this.hosts.random.fork() }
  }

  cut(): void {
    this.hosts.network.isolate(this.name)
  }

  heal(): void {
    this.hosts.network.rejoin(this.name)
  }

  /** Nothing of it runs any more, and it takes leave of nobody. */
  kill(): void {
    this.clock.isKilled = true
    this.cut()
  }
}

export async function users(hosts: DrillHosts, ...names: string[]): Promise<UserProcess[]> {
  return Promise.all(names.map((name) => UserProcess.start(hosts, name)))
}

export const codeOf = (error: unknown): unknown => (isRaftedError(error) ? error.code : error)

/** How a promise has ended, to be looked at. */
export function watched<T>(promise: Promise<T>) {
  const state = { value: null as T | null, code: null as unknown }
  promise.then(
    (value) => {
      state.value = value
    },
    (error) => {
      state.code = codeOf(error)
    },
  )
  return state
}
