/** Somebody who adds groups, removes them and has them restored, on whichever host is up, and knows what there should be. */
import { isRaftedError } from '@rafted/contracts'
import type { Fleet, FleetGroup } from '@rafted/fleet'
import type { SeededRandom } from '../simulation/seeded-random.ts'
import type { Trace } from '../simulation/trace.ts'
import type { VirtualTime } from '../simulation/virtual-clock.ts'
import type { FleetPlaces } from './fleet-places.ts'
import { RoomHistory, room } from './rooms.ts'

/** A group as its admin knows it. `unknown`: its last change may have been made or not. */
interface Known {
  readonly name: string
  is: 'there' | 'removed' | 'unknown'
  replicas: number
  /** What was said in its present life, or its last one. */
  history: RoomHistory
  /** Of all its lives, by the names that hosts know them by. */
  readonly histories: Map<string, RoomHistory>
  isBusy: boolean
  /** A call that was not answered may still be carried out, whatever has been found since. */
  isDoubtful: boolean
  /** Things being said. */
  saying: number
}

/** Members of groups of the simulation say so twice a second, and wait so long: most of what they do is not the point here. */
const SETTINGS = { heartbeatMs: 500, electionMs: 2500, quietAfterMs: 1200 }

export interface FleetAdminOptions {
  readonly time: VirtualTime
  readonly places: FleetPlaces
  readonly trace: Trace
  readonly random: SeededRandom
  readonly count: number
}

/** So many groups have one person. */
const FEW = 20

export class FleetAdmin {
  readonly #o: FleetAdminOptions
  readonly groups: Known[] = []
  #isOver = false
  calls = 0
  #underWay = 0

  constructor(options: FleetAdminOptions) {
    this.#o = options
  }

  /** Nothing is being asked for any more. */
  get isDone(): boolean {
    return this.#isOver && this.#underWay === 0
  }

  start(): void {
    const { count, random } = this.#o
    for (let i = 0; i < count; i++) {
      const name = `g${i}`
      const replicas = random.pick([1, 3, 3, 3, 3, 5])
      const history = new RoomHistory(`${name}.0`)
      const group: Known = {
        name,
        is: 'removed',
        replicas,
        history,
        histories: new Map(),
        isBusy: false,
        isDoubtful: false,
        saying: 0,
      }
      this.groups.push(group)
    }
    this.#next()
    this.#talk()
  }

  /** Where there are many groups, as much happens to each. */
  get #pace(): number {
    return Math.max(1, this.#o.count / FEW)
  }

  stop(): void {
    this.#isOver = true
  }

  #next(): void {
    const { time, random } = this.#o
    time.after(random.between(50, 4000) / this.#pace, () => {
      if (this.#isOver) return
      this.#change(random.pick(this.groups))
      this.#next()
    })
  }

  #talk(): void {
    const { time, random } = this.#o
    time.after(random.between(20, 600) / this.#pace, () => {
      if (this.#isOver) return
      const group = random.pick(this.groups)
      if (group.is === 'there' && !group.isBusy) void this.#say(group)
      this.#talk()
    })
  }

  async #say(group: Known): Promise<void> {
    const { places, random, time } = this.#o
    const process = places.any(random)
    if (process === null) return
    const { fleet } = process
    // A host that was cut off may not have heard yet that the group was removed, and its members answer until they have.
    const raft = fleet.raftOf(group.name)
    if (raft === null || group.histories.get(raft) !== group.history) return
    this.#underWay++
    group.saying++
    const handle = fleet.value(group.name, room, { timeoutMs: 8000 })
    let isSaid = false
    const said = group.history
      .say(
        async (text) => {
          const position = await handle.say(text)
          if (fleet.raftOf(group.name) !== raft)
            throw new Error('another group of this name may have answered')
          return position
        },
        () => time.now,
      )
      .finally(() => {
        isSaid = true
      })
    // A process that ends answers nobody; one that stands still says it later, to whatever has that name then.
    while (!isSaid && places.process(process.id) === process) await within(time, 20_000, said)
    this.#underWay--
    group.saying--
    this.calls++
  }

  #change(group: Known): void {
    const { places, random } = this.#o
    const process = places.any(random)
    if (process === null || group.isBusy || group.saying > 0) return
    const { fleet } = process
    if (group.is === 'unknown') void this.#do(group, () => this.#find(group, fleet))
    else if (group.is === 'removed') {
      const mayRestore = group.histories.size > 0 && random.chance(0.5)
      void this.#do(group, () => (mayRestore ? this.#restore(group, fleet) : this.#add(group, fleet)))
    } else {
      const what = random.below(10)
      if (what === 0) void this.#do(group, () => this.#remove(group, fleet))
      else if (what === 1) void this.#do(group, () => this.#resize(group, fleet))
    }
  }

  async #do(group: Known, change: () => Promise<void>): Promise<void> {
    const { trace, time } = this.#o
    group.isBusy = true
    this.#underWay++
    const before = group.is
    try {
      await within(
        time,
        60_000,
        change().catch((error: unknown) => this.#failed(group, error)),
      )
    } finally {
      if (group.is === before && !this.#settled.has(group)) {
        group.is = 'unknown'
        group.isDoubtful = true
      }
      this.#settled.delete(group)
      trace.note('admin', group.name, group.is)
      group.isBusy = false
      this.#underWay--
    }
  }

  /** Groups of which the call under way has come to an end. */
  readonly #settled = new Set<Known>()

  #is(group: Known, is: Known['is']): void {
    group.is = is
    this.#settled.add(group)
  }

  #failed(group: Known, error: unknown): void {
    // It is otherwise than was thought: an earlier call, of which nothing was heard, was done after all.
    if (isRaftedError(error, 'already-exists') || isRaftedError(error, 'no-such-group'))
      this.#is(group, 'unknown')
    else if (isRaftedError(error) && error.outcome === 'not-applied') this.#settled.add(group)
    this.#o.trace.note('admin', group.name, error instanceof Error ? error.message : String(error))
  }

  async #add(group: Known, fleet: Fleet): Promise<void> {
    const { name, replicas } = group
    await fleet.addGroup(name, { machine: 'room', replicas, settings: SETTINGS, timeoutMs: 40_000 })
    // Until its name is known.
    this.#is(group, 'unknown')
    this.#is(group, await this.#recognise(group, fleet))
  }

  /** Which of its lives it is: the name by which hosts know it says so. What was said in another one is another group's. */
  async #recognise(group: Known, fleet: Fleet): Promise<Known['is']> {
    return this.#recognised(group, await fleet.groups({ timeoutMs: 20_000 }))
  }

  #recognised(group: Known, groups: readonly FleetGroup[]): Known['is'] {
    const found = groups.find(({ name }) => name === group.name)
    if (found === undefined) return 'removed'
    // It may yet be founded anew, under another of those names.
    if (!found.isServing) return 'unknown'
    const known = group.histories.get(found.raft)
    group.history = known ?? new RoomHistory(`${group.name}.${group.histories.size + 1}`)
    group.histories.set(found.raft, group.history)
    return 'there'
  }

  /** What has come of calls that were not answered, once none is on its way any more. */
  learn(groups: readonly FleetGroup[]): void {
    for (const group of this.groups) if (group.isDoubtful) group.is = this.#recognised(group, groups)
  }

  async #remove(group: Known, fleet: Fleet): Promise<void> {
    await fleet.removeGroup(group.name, { timeoutMs: 20_000 })
    this.#is(group, 'removed')
  }

  async #restore(group: Known, fleet: Fleet): Promise<void> {
    await fleet.restoreRemoved(group.name, { timeoutMs: 40_000 })
    // Until its name is known.
    this.#is(group, 'unknown')
    this.#is(group, await this.#recognise(group, fleet))
  }

  async #resize(group: Known, fleet: Fleet): Promise<void> {
    const replicas = this.#o.random.pick([1, 3, 3, 5])
    group.replicas = replicas
    await fleet.setReplicas(group.name, replicas, { timeoutMs: 20_000 })
    this.#is(group, 'there')
  }

  /** A call left it open what there is. Which life it is is told by what stands in it. */
  async #find(group: Known, fleet: Fleet): Promise<void> {
    this.#is(group, await this.#recognise(group, fleet))
  }
}

/** A process that is killed never answers: nobody waits for it for ever. */
export async function within(time: VirtualTime, ms: number, work: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = time.after(ms, resolve)
    const done = (): void => {
      cancel()
      resolve()
    }
    work.then(done, done)
  })
}
