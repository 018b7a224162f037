/** A run: rounds, each with hosts of its own, which are attacked by a process of its own while honest callers use them. */
import { keptBytes } from '../kept-bytes.ts'
import { NatsServer } from '../nats-server.ts'
import { until } from '../until.ts'
import { Assailants } from './assailants.ts'
import { Besieged, HONEST, type Speaking, WAITING } from './besieged.ts'
import { Callers, Latencies } from './callers.ts'
import type { Sort } from './frames.ts'
import type { Order, Sent, Way } from './knowledge.ts'
import { natsConfig } from './nats-rights.ts'
import { Reached } from './reached.ts'
import { type Pair, pairOf, waitedSeconds } from './slowness.ts'

export interface FuzzOptions {
  readonly frames: number
  readonly transport: 'tcp' | 'nats'
  readonly seed: number
  /** Frames a second that are aimed at. */
  readonly perSecond: number
  /** Is told now and then how far it is. */
  say?(line: string): void
}

export interface FuzzResult {
  readonly seed: number
  readonly transport: string
  frames: number
  /** Frames that were sent as fast as asked for, if not as fast as possible, and the time that took. */
  stormed: number
  seconds: number
  /** Processor time that the attacked process took meanwhile, its honest callers included. */
  cpuSeconds: number
  /** Frames by sort. */
  readonly sorts: Partial<Record<Sort, number>>
  readonly reached: Record<string, number>
  batches: number
  readable: number
  refusedBatches: number
  readonly told: Record<string, number>
  /** Groups that were given up to the attacker. */
  sacrifices: number
  /** Calls of honest callers. */
  answered: number
  readonly pairs: Pair[]
  /** The most that was kept at any look beyond what was kept before the first frame of the round, bytes. */
  growth: number
  readonly problems: string[]
}

/** Frames of a round: what hosts that are lost for good keep of them goes with the round. */
const ROUND = 50_000
/** Parts of a round. Each begins with hostile and with valid frames at a pace that the hosts can bear, between which honest calls are compared. The rest is a storm. */
const PARTS = 8
const COMPARED = 600
const COMPARED_PER_SECOND = 1500
const WARM_UP = 1500
/** How often the attacker learns where the groups stand, and a group that is over is followed by another. */
const LOOK_MS = 40
const MOST_GROWTH = 64 * 1024 * 1024

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, transport, frames } = options
  const result: FuzzResult = {
    ...{
      seed,
      transport,
      frames: 0,
      stormed: 0,
      seconds: 0,
      cpuSeconds: 0,
      sorts: {},
      reached: {},
      batches: 0,
      readable: 0,
      refusedBatches: 0,
    },
    ...{ told: {}, sacrifices: 0, answered: 0, pairs: [], growth: 0, problems: [] },
  }
  const server = transport === 'nats' ? await NatsServer.start(natsConfig()) : null
  try {
    const rounds = Math.ceil(frames / ROUND)
    for (let round = 0; round < rounds && result.problems.length === 0; round++) {
      const from = Math.floor((frames * round) / rounds)
      const to = Math.floor((frames * (round + 1)) / rounds)
      await new Round(options, result, server).run(from, to - from)
      options.say?.(`${result.frames} frames, ${result.problems.length} problems`)
    }
  } finally {
    await server?.remove()
  }
  return result
}

class Round {
  readonly #options: FuzzOptions
  readonly #result: FuzzResult
  readonly #server: NatsServer | null
  readonly #reached = new Reached()
  readonly #besieged: Besieged
  readonly #onError = (error: unknown): void => this.#crashed('an uncaught error', error)
  readonly #onRejection = (error: unknown): void => this.#crashed('an unhandled rejection', error)

  constructor(options: FuzzOptions, result: FuzzResult, server: NatsServer | null) {
    this.#options = options
    this.#result = result
    this.#server = server
    const speaking: Speaking =
      server === null
        ? { over: 'tcp' }
        : { over: 'nats', connect: (user) => server.connect({ user, pass: user }) }
    this.#besieged = new Besieged(speaking, options.seed, this.#reached)
  }

  #crashed(what: string, error: unknown): void {
    const { newest } = this.#reached
    const batch =
      newest === null
        ? 'none'
        : `from ${newest.from.name}, ${Buffer.from(newest.batch).toString('hex').slice(0, 4000)}`
    const stack = error instanceof Error ? error.stack : String(error)
    this.#problem(`${what}: ${stack}; the newest batch of the attacker: ${batch}`)
  }

  #problem(problem: string): void {
    if (this.#result.problems.length < 50) this.#result.problems.push(problem)
  }

  async run(from: number, count: number): Promise<void> {
    process.on('uncaughtException', this.#onError).on('unhandledRejection', this.#onRejection)
    const besieged = this.#besieged
    let attacker: Assailants | null = null
    try {
      await besieged.open()
      const callers = new Callers(await besieged.clients())
      callers.begin()
      const way: Way = this.#server === null ? { over: 'tcp' } : { over: 'nats', url: this.#server.url }
      attacker = await Assailants.begin({
        kind: 'begin',
        way,
        seed: this.#options.seed,
        knowledge: besieged.knowledge(),
      })
      await this.#storm(attacker, callers, from, count)
      await attacker.end()
      attacker = null
      if (this.#result.problems.length === 0) await this.#afterwards(callers)
    } catch (error) {
      this.#crashed('the run has failed', error)
    } finally {
      attacker?.kill()
      await besieged.close()
      process.off('uncaughtException', this.#onError).off('unhandledRejection', this.#onRejection)
      this.#sum()
    }
  }

  async #storm(attacker: Assailants, callers: Callers, from: number, count: number): Promise<void> {
    const result = this.#result
    const { perSecond } = this.#options
    // The engine has to have seen all of it once before anything is compared.
    await this.#block(attacker, { kind: 'send', from, count: WARM_UP, perSecond, valid: true })
    const before = await keptBytes()
    for (let part = 0; part < PARTS && result.problems.length === 0; part++) {
      const begin = from + Math.floor((count * part) / PARTS)
      const frames = from + Math.floor((count * (part + 1)) / PARTS) - begin
      const compared = Math.min(frames, COMPARED)
      if (frames === 0) continue
      await this.#compare(attacker, callers, begin, compared)
      if (frames > compared) {
        const cpu = process.cpuUsage()
        const rest = { from: begin + compared, count: frames - compared }
        const { seconds } = await this.#hostile(attacker, { kind: 'send', ...rest, perSecond, valid: false })
        const { user, system } = process.cpuUsage(cpu)
        result.cpuSeconds += (user + system) / 1e6
        result.seconds += seconds
        result.stormed += rest.count
      }
      result.growth = Math.max(result.growth, (await keptBytes()) - before)
      for (const problem of callers.problems.splice(0)) this.#problem(problem)
      if (this.#hasHonestStopped()) return
    }
    if (result.growth > MOST_GROWTH)
      this.#problem(`${result.growth} bytes more are kept than before the first frame`)
  }

  /** How long honest calls take while hostile frames come, and while as many valid ones do. */
  async #compare(attacker: Assailants, callers: Callers, from: number, count: number): Promise<void> {
    const order = { kind: 'send', from, count, perSecond: COMPARED_PER_SECOND } as const
    const [hostile, valid] = [new Latencies(), new Latencies()]
    const [begun, waited] = [performance.now(), waitedSeconds()]
    callers.latencies = valid
    await this.#block(attacker, { ...order, valid: true })
    callers.latencies = hostile
    await this.#hostile(attacker, { ...order, valid: false })
    callers.latencies = null
    const starved = ((waitedSeconds() - waited) * 1000) / (performance.now() - begun)
    this.#result.pairs.push(pairOf(hostile.take(), valid.take(), starved))
  }

  async #hostile(attacker: Assailants, order: Extract<Order, { kind: 'send' }>): Promise<Sent> {
    const { sorts } = this.#result
    const sent = await this.#block(attacker, order)
    this.#result.frames += order.count
    for (const [sort, times] of Object.entries(sent.sorts))
      sorts[sort as Sort] = (sorts[sort as Sort] ?? 0) + times
    return sent
  }

  /** One block of frames. Meanwhile groups that are over make room for others. */
  async #block(attacker: Assailants, order: Order): Promise<Sent> {
    const besieged = this.#besieged
    let isOver = false
    const look = async (): Promise<void> => {
      while (!isOver) {
        if (besieged.isSacrificeOver) await besieged.sacrifice()
        attacker.tell({ kind: 'knowledge', knowledge: besieged.knowledge() })
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    }
    const looking = look()
    try {
      return await attacker.send(order)
    } finally {
      isOver = true
      await looking
    }
  }

  /** Whether a member of the honest group takes part no more, which is a problem. */
  #hasHonestStopped(): boolean {
    for (const host of this.#besieged.hosts) {
      const status = host.status(HONEST)
      if (status !== null && status.stopped === null) continue
      this.#problem(`the honest member of host ${host.id} has stopped: ${status?.stopped}`)
      return true
    }
    return false
  }

  /** The storm is over: all is as it was, but for what was given up. */
  async #afterwards(callers: Callers): Promise<void> {
    const besieged = this.#besieged
    // Where it is over nobody waits for answers that will not come.
    if (this.#hasHonestStopped()) return
    await callers.end()
    for (const problem of callers.problems.splice(0)) this.#problem(problem)
    this.#result.answered += callers.answered
    if (callers.answered === 0) this.#problem('no honest call was answered')
    const statuses = besieged.hosts.map((host) => host.status(HONEST))
    const members = statuses.map((status) => status!.member).sort()
    const last = Math.max(...statuses.map((status) => status!.lastIndex))
    await until(() => besieged.hosts.every((host) => host.status(HONEST)!.appliedIndex >= last))
    const expected = JSON.stringify(Object.entries(callers.sums).sort())
    for (const host of besieged.hosts) {
      const value = host.inspect(HONEST)!.state.instance.value as Record<string, number>
      const found = JSON.stringify(Object.entries(value).sort())
      if (found !== expected)
        this.#problem(`host ${host.id} holds ${found}, its callers were told ${expected}`)
      const { voters, outgoing, learners } = host.status(HONEST)!.configuration!.configuration
      const ids = voters.map(({ id }) => id).sort()
      if (outgoing !== null || learners.length > 0 || String(ids) !== String(members))
        this.#problem(`on host ${host.id} the honest group has other members: ${ids}`)
      if (host.status(WAITING) !== null)
        this.#problem(`host ${host.id} has a member of a group that nobody has created`)
      for (const group of host.groups())
        if (!besieged.isExpected(group))
          this.#problem(`host ${host.id} runs a group ${JSON.stringify(group)}`)
    }
    for (const group of (await besieged.storedGroups()).flat())
      if (!besieged.isExpected(group) || group === WAITING)
        this.#problem(`a group ${JSON.stringify(group)} is stored`)
  }

  #sum(): void {
    const { batches, readable, refused, told, kinds } = this.#reached
    const result = this.#result
    result.batches += batches
    result.readable += readable
    result.refusedBatches += refused
    result.sacrifices += this.#besieged.sacrifices
    for (const [kind, times] of kinds) result.reached[kind] = (result.reached[kind] ?? 0) + times
    for (const [what, times] of Object.entries(told)) result.told[what] = (result.told[what] ?? 0) + times
  }
}
