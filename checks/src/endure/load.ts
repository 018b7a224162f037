/**
 * Clients that keep a group busy, note what they are told, and audit it as they go. All calls of a run are made in one process, so
 * that one clock orders them.
 */
import { isRaftedError } from '@rafted/contracts'
import { SeededRandom } from '@rafted/testing'
import type { ValueHandle } from 'rafted'
import { AppendAudit, type AppendAuditState } from './append-audit.ts'
import { Gaps } from './gaps.ts'
import { Lane, type LaneSetup } from './lane.ts'
import { GROUP, type ledger } from './ledger.ts'
import { type Outcome, RegisterAudit, type RegisterInput } from './register-audit.ts'

export interface LoadSetup extends LaneSetup {
  readonly seed: number
}

export interface Progress {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicated: number
  readonly longestGapMs: number
  readonly longestHealthyGapMs: number
  readonly problems: readonly string[]
}

/** What a signal met. */
export interface Moment {
  /** Commands that were called and not answered. */
  readonly inFlight: number
  readonly acknowledged: number
  /** Milliseconds since the last one was. */
  readonly sinceMs: number
}

export interface LoadReport extends Progress {
  readonly audits: readonly AppendAuditState[]
  readonly histories: number
  readonly operations: number
  readonly reads: number
  readonly clients: number
}

/** Clients at a time. Each has its own connections and sessions. */
const LANES = 4
const WRITERS_PER_LANE = 2
/** Appends of a writer in flight. */
const APPENDS = 5
const REGISTER_USERS = 6
/** Items of a writer that may be acknowledged and not audited. */
const MAX_UNREAD = 4096
const PAGE = 1024
const AUDIT_PAUSE_MS = 100
/** After a failure that came at once. */
const FAILURE_PAUSE_MS = 20
const MAX_PROBLEMS = 50

type Handle = ValueHandle<typeof ledger>
type Answered<T> = { readonly value: T } | { readonly outcome: 'unknown' | 'not-applied' }

export class Load {
  readonly #setup: LoadSetup
  readonly #random: SeededRandom
  readonly #gaps = new Gaps(() => performance.now())
  readonly #registers = new RegisterAudit(() => performance.now())
  readonly #audits: AppendAudit[] = []
  readonly #lanes: Lane[] = []
  readonly #problems: string[] = []
  #working: Promise<unknown> = Promise.resolve()
  #active = true
  #acknowledged = 0
  #values = 0
  #reads = 0
  #inFlight = 0

  constructor(setup: LoadSetup) {
    this.#setup = setup
    this.#random = new SeededRandom(setup.seed)
  }

  async start(): Promise<void> {
    for (let i = 0; i < LANES; i++) this.#lanes.push(await Lane.open(this.#setup, this.#random.fork()))
    const all: Promise<void>[] = this.#lanes.map((lane) => lane.renewing(() => this.#active))
    for (const [i, lane] of this.#lanes.entries())
      for (let j = 0; j < WRITERS_PER_LANE; j++) {
        const audit = new AppendAudit(`writer-${i}-${j}`)
        this.#audits.push(audit)
        all.push(this.#auditing(audit, lane))
        for (let n = 0; n < APPENDS; n++) all.push(this.#appending(audit, lane))
      }
    for (let i = 0; i < REGISTER_USERS; i++) all.push(this.#using(this.#lanes[i % LANES]!))
    this.#working = Promise.all(all)
  }

  setHealthy(healthy: boolean): void {
    this.#gaps.setHealthy(healthy)
  }

  moment(): Moment {
    return { inFlight: this.#inFlight, acknowledged: this.#acknowledged, sinceMs: this.#gaps.current }
  }

  progress(): Progress {
    const found = [
      ...this.#problems,
      ...this.#registers.problems,
      ...this.#audits.flatMap(({ problems }) => problems),
    ]
    return {
      acknowledged: this.#acknowledged,
      lost: this.#audits.reduce((sum, { sums }) => sum + sums.lost, 0),
      duplicated: this.#audits.reduce((sum, { sums }) => sum + sums.duplicated, 0),
      longestGapMs: this.#gaps.longest,
      longestHealthyGapMs: this.#gaps.longestHealthy,
      problems: found.slice(0, MAX_PROBLEMS),
    }
  }

  /** Resolves when nothing is called any more, and the sessions are closed. @returns the register in use. */
  async windDown(): Promise<number> {
    this.#gaps.setHealthy(false)
    this.#active = false
    await this.#working
    await Promise.all(this.#lanes.map((lane) => lane.close()))
    return this.#registers.register
  }

  report(last: number): LoadReport {
    this.#registers.finish(last)
    const { histories, operations } = this.#registers
    const clients = this.#lanes.reduce((sum, { opened }) => sum + opened, 0)
    const audits = this.#audits.map(({ state }) => state)
    return { ...this.progress(), audits, histories, operations, reads: this.#reads, clients }
  }

  async #appending(audit: AppendAudit, lane: Lane): Promise<void> {
    while (this.#active) {
      if (audit.unread > MAX_UNREAD) {
        await pause(AUDIT_PAUSE_MS)
        continue
      }
      const item = audit.called(lane.era)
      const weight = new Uint8Array(this.#weight())
      const answered = await this.#command(lane, (handle) => handle.append(audit.writer, item, weight))
      if ('value' in answered) audit.acknowledged(item, answered.value)
      else if (answered.outcome === 'unknown') audit.leftOpen(item)
      else audit.refused(item)
      if (!('value' in answered)) await pause(FAILURE_PAUSE_MS)
    }
  }

  /** Mostly small, now and then larger than what fits in one read of the disk. */
  #weight(): number {
    const chance = this.#random.number()
    if (chance < 0.9) return this.#random.below(64)
    return this.#random.below(chance < 0.995 ? 2048 : 65_536)
  }

  async #auditing(audit: AppendAudit, lane: Lane): Promise<void> {
    while (this.#active) {
      const { least, next } = audit
      const answered = await this.#answer(lane, (handle) => handle.page(audit.writer, next, PAGE))
      if (!('value' in answered)) {
        await pause(FAILURE_PAUSE_MS)
        continue
      }
      this.#reads++
      audit.read(answered.value, least)
      if (audit.next > next) {
        const upTo = audit.next
        await this.#command(lane, (handle) => handle.cut(audit.writer, upTo))
      }
      if (answered.value.items.length < PAGE) await pause(AUDIT_PAUSE_MS)
    }
  }

  /** One user of the register in use, one operation after the other. */
  async #using(lane: Lane): Promise<void> {
    let seen = 0
    while (this.#active) {
      const input = this.#chosen(seen)
      const { register, ended } = this.#registers.begin(input)
      const answered =
        input.op === 'read'
          ? await this.#answer(lane, (handle) => handle.read(register))
          : await this.#command(lane, (handle) =>
              input.op === 'write'
                ? handle.write(register, input.to)
                : handle.swap(register, input.from, input.to),
            )
      ended(outcomeOf(answered))
      if ('value' in answered) seen = input.op === 'write' ? input.to : answered.value
      else await pause(FAILURE_PAUSE_MS)
      if (input.op === 'read' && 'value' in answered) this.#reads++
    }
  }

  #chosen(seen: number): RegisterInput {
    const chance = this.#random.number()
    if (chance < 0.3) return { op: 'read' }
    const to = ++this.#values
    return chance < 0.65 ? { op: 'write', to } : { op: 'swap', from: seen, to }
  }

  async #command<T>(lane: Lane, call: (handle: Handle) => Promise<T>): Promise<Answered<T>> {
    this.#inFlight++
    const answered = await this.#answer(lane, call)
    this.#inFlight--
    if ('value' in answered) {
      this.#acknowledged++
      this.#gaps.acknowledged()
    } else {
      // What was called before and after a command that was given up may take effect in another order.
      lane.era++
    }
    return answered
  }

  async #answer<T>(lane: Lane, call: (handle: Handle) => Promise<T>): Promise<Answered<T>> {
    try {
      return { value: await call(lane.handle()) }
    } catch (error) {
      if (isRaftedError(error)) return { outcome: error.outcome }
      if (this.#problems.length < MAX_PROBLEMS)
        this.#problems.push(`a call to "${GROUP}" failed with what is no error of Rafted: ${String(error)}`)
      return { outcome: 'unknown' }
    }
  }
}

function outcomeOf(answered: Answered<number>): Outcome {
  if ('value' in answered) return { output: answered.value }
  return answered.outcome === 'unknown' ? 'unknown' : 'refused'
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
