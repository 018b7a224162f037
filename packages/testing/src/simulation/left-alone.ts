/**
 * What happens where groups fall quiet: members stop while their hosts, which others rely on, go on; and, in half of the runs, nobody asks anything of any group at the end, so that whoever waits for
 * somebody who is no longer there is not woken by that.
 */
import type { Cluster, Process, SimulatedGroup } from './cluster.ts'
import { Occasions } from './occasions.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'
import type { VirtualNetwork } from './virtual-network.ts'

export interface LeftAloneOptions {
  /** Of the run: what is drawn here changes nothing else of it. */
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly cluster: Cluster
  readonly network: VirtualNetwork
}

/** From one that stops to the next, at most, milliseconds. */
const PAUSE_MS = 4000

export class LeftAlone {
  readonly #o: LeftAloneOptions
  readonly #random: SeededRandom
  readonly #occasions: Occasions
  /** Members that are stopped, and by which process. */
  readonly #stopped = new Map<SimulatedGroup, { readonly id: string; readonly process: Process }>()
  /** Whether nobody asks anything at the end. */
  readonly atTheEnd: boolean

  constructor(options: LeftAloneOptions) {
    this.#o = options
    const random = new SeededRandom(options.seed ^ 0xa10e)
    this.#random = random
    this.atTheEnd = random.chance(0.5)
    const happen = (): void => this.#stopOne()
    this.#occasions = new Occasions({ time: options.time, random, share: 1, pauseMs: PAUSE_MS, happen })
  }

  start(): void {
    this.#occasions.start()
  }

  /** No member stops from now on. */
  stop(): void {
    this.#occasions.stop()
  }

  /** The last one stops, the leader of a group: maybe right after it was woken, when nobody has heard of that, nor hears of its end. What else its host does goes on. */
  stopLeader(): void {
    const { cluster, time, network } = this.#o
    const group = this.#random.pick(cluster.groups)
    const id = group.hosts.find((host) => cluster.process(host)?.host.inspect(group.name)?.leads)
    if (id === undefined || this.#stopped.has(group)) return
    const process = cluster.process(id)!
    if (this.#random.chance(0.5)) {
      this.#stopIn(group, id, process)
      return
    }
    for (const other of cluster.hosts) if (other !== id) network.cut(id, other, 'partial partition')
    process.host.stir(group.name)
    time.after(this.#random.between(5, 60), () => {
      this.#stopIn(group, id, process)
      time.after(this.#random.between(5, 60), () => network.heal('partial partition'))
    })
  }

  /** At most one of a group at a time. */
  #stopOne(): void {
    const { cluster, time } = this.#o
    const group = this.#random.pick(cluster.groups)
    const id = this.#random.pick(group.hosts)
    const process = cluster.process(id)
    if (this.#stopped.has(group) || process?.host.inspect(group.name)?.ended !== null) return
    this.#stopIn(group, id, process)
    time.after(this.#random.between(20, 8000), () => this.#startAgain(group))
  }

  #stopIn(group: SimulatedGroup, id: string, process: Process): void {
    this.#o.trace.note('stop', id, group.name)
    process.host.stop(group.name)
    this.#stopped.set(group, { id, process })
  }

  #startAgain(group: SimulatedGroup): void {
    const { cluster, trace } = this.#o
    const stopped = this.#stopped.get(group)
    if (stopped === undefined) return
    const { id, process } = stopped
    this.#stopped.delete(group)
    // The host was started again meanwhile, with all its groups.
    if (cluster.process(id) !== process || process.host.groups().includes(group.name)) return
    trace.note('start', id, group.name)
    cluster.startGroup(id, process, group).catch((error: unknown) => cluster.refusedStart(id, process, error))
  }

  /** Starts all that are stopped. */
  startAll(): void {
    for (const group of [...this.#stopped.keys()]) this.#startAgain(group)
  }

  /** A group that nobody leads, though a majority of those that vote in it is there; or null. */
  withoutLeader(): string | null {
    const { cluster } = this.#o
    for (const { name, hosts, learners } of cluster.groups) {
      const voters = hosts.filter((id) => !learners.has(id))
      const members = voters.map((id) => cluster.process(id)?.host.inspect(name) ?? null)
      const there = members.filter((member) => member !== null && member.ended === null)
      if (2 * there.length > voters.length && !there.some((member) => member!.leads)) return name
    }
    return null
  }
}
