/** Schedules by name: what was granted, what runs, what has become of the rest. */
import { SortedCowMap } from '@rafted/contracts'
import { type Clocks, NO_CLOCKS } from './clocks.ts'
import type { LapsedRun, RunOutcome, ScheduleRun, ScheduleStatus } from './run.ts'

/** A run that has not ended. Never changed, only replaced. */
export interface OpenRun {
  readonly occurrence: number
  readonly attempt: number
  /** How often it may be claimed. */
  readonly attempts: number
  readonly process: string
  readonly by: string
  /** Index at which it was claimed. */
  readonly fence: number
  readonly leaseMs: number
  /** Whether its claimant was not heard of in time: then it waits for another. */
  readonly isLapsed: boolean
  /** Replicated time at which it lapses, or is missed. */
  readonly until: number
}

interface ScheduleRecord {
  /** The latest occurrence that was granted, or passed over. */
  readonly granted: number
  /** In the order of their occurrences. */
  readonly open: readonly OpenRun[]
  /** Those that ended last, the latest at the end. */
  readonly ended: readonly ScheduleRun[]
}

type DueKey = readonly [until: number, name: string, occurrence: number]
type LapsedKey = readonly [name: string, occurrence: number]

/** Items of a snapshot. */
export type ScheduleItem =
  | readonly [kind: 'clocks', clocks: Clocks]
  | readonly [kind: 'schedule', name: string, record: ScheduleRecord]

export const MAX_SCHEDULES = 10_000
export const MAX_OPEN = 50
export const MAX_ENDED = 100
/** Runs that may be claimed again, of those that are told. */
export const MAX_TOLD = 100
/** Runs whose time has come that one command sees to: the next one sees to more. */
const DUE_AT_ONCE = 1000
/** A run that may be claimed again waits for that as long as its lease was, or so long. */
const LEAST_WAIT_MS = 60_000

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export class ScheduleState {
  clocks: Clocks = NO_CLOCKS
  readonly #records = new SortedCowMap<string, ScheduleRecord>()
  // The rest follows from these.
  readonly #due = new SortedCowMap<DueKey, true>([], (a, b) => a[0] - b[0] || text(a[1], b[1]) || a[2] - b[2])
  readonly #lapsed = new SortedCowMap<LapsedKey, number>([], (a, b) => text(a[0], b[0]) || a[1] - b[1])

  get schedules(): number {
    return this.#records.size
  }

  isKnown(name: string): boolean {
    return this.#records.has(name)
  }

  granted(name: string): number | null {
    return this.#records.get(name)?.granted ?? null
  }

  open(name: string): readonly OpenRun[] {
    return this.#records.get(name)?.open ?? []
  }

  run(name: string, occurrence: number): OpenRun | undefined {
    return this.open(name).find((run) => run.occurrence === occurrence)
  }

  /** The latest first. */
  history(name: string, limit: number): readonly ScheduleRun[] {
    const record = this.#records.get(name)
    if (record === undefined) return []
    const running = record.open.filter(({ isLapsed }) => !isLapsed).map((run) => shown(run, 'running', ''))
    // The sort keeps those of one occurrence in their order.
    return [...record.ended, ...running]
      .reverse()
      .sort((a, b) => b.occurrence - a.occurrence)
      .slice(0, limit)
  }

  statuses(limit: number, after: string | null): readonly ScheduleStatus[] {
    const statuses: ScheduleStatus[] = []
    for (const [name, { open }] of this.#records.entries(after === null ? {} : { after })) {
      if (statuses.length === limit) break
      const running = open.filter(({ isLapsed }) => !isLapsed).length
      statuses.push({ name, latest: this.history(name, 1)[0] ?? null, running })
    }
    return statuses
  }

  /** Those that may be claimed again. */
  lapsed(): readonly LapsedRun[] {
    const runs: LapsedRun[] = []
    for (const [[name, occurrence], attempt] of this.#lapsed) {
      if (runs.length === MAX_TOLD) break
      runs.push({ name, occurrence, attempt })
    }
    return runs
  }

  /** From now on no older occurrence is granted. */
  grant(name: string, occurrence: number): void {
    const record = this.#records.get(name) ?? { granted: occurrence, open: [], ended: [] }
    this.#records.set(name, { ...record, granted: occurrence })
  }

  /** It runs, or runs on. */
  put(name: string, run: OpenRun): void {
    this.#takeOff(name, run.occurrence)
    const record = this.#records.get(name)!
    const open = [...record.open, run].sort((a, b) => a.occurrence - b.occurrence)
    this.#records.set(name, { ...record, open })
    this.#index(name, run)
  }

  /** An attempt has ended. */
  end(name: string, run: OpenRun, outcome: RunOutcome, reason: string): void {
    this.#takeOff(name, run.occurrence)
    this.note(name, shown(run, outcome, reason))
  }

  /** To be found in the history. */
  note(name: string, run: ScheduleRun): void {
    const record = this.#records.get(name)!
    this.#records.set(name, { ...record, ended: [...record.ended, run].slice(-MAX_ENDED) })
  }

  /** @returns whether it was known. */
  forget(name: string): boolean {
    for (const { occurrence } of this.open(name)) this.#takeOff(name, occurrence)
    return this.#records.delete(name)
  }

  /** When a run is to be seen to next, or null. */
  get deadline(): number | null {
    const { value } = this.#due.keys().next()
    return value === undefined ? null : value[0]
  }

  /** Sees to runs whose time has come, the earliest first. @returns how many. */
  settle(time: number): number {
    let settled = 0
    for (const [until, name, occurrence] of this.#due.keys()) {
      if (until > time || settled === DUE_AT_ONCE) break
      const run = this.run(name, occurrence)!
      const mayGoOn = !run.isLapsed && run.attempt < run.attempts
      this.end(name, run, mayGoOn ? 'lapsed' : 'missed', mayGoOn ? '' : 'lapsed')
      if (mayGoOn)
        this.put(name, { ...run, isLapsed: true, until: time + Math.max(run.leaseMs, LEAST_WAIT_MS) })
      settled += 1
    }
    return settled
  }

  /** All of it as it is now, whatever is changed while it is read. */
  *items(): Generator<ScheduleItem> {
    const { clocks } = this
    const records = this.#records.freeze()
    yield ['clocks', clocks]
    for (const [name, record] of records) yield ['schedule', name, record]
  }

  restore(item: ScheduleItem): void {
    if (item[0] === 'clocks') this.clocks = item[1]
    else {
      this.#records.set(item[1], item[2])
      for (const run of item[2].open) this.#index(item[1], run)
    }
  }

  #index(name: string, { until, occurrence, attempt, isLapsed }: OpenRun): void {
    this.#due.set([until, name, occurrence], true)
    if (isLapsed) this.#lapsed.set([name, occurrence], attempt)
  }

  #takeOff(name: string, occurrence: number): void {
    const run = this.run(name, occurrence)
    if (run === undefined) return
    const record = this.#records.get(name)!
    this.#records.set(name, { ...record, open: record.open.filter((other) => other !== run) })
    this.#due.delete([run.until, name, occurrence])
    this.#lapsed.delete([name, occurrence])
  }
}

function shown({ occurrence, attempt, by }: OpenRun, outcome: RunOutcome, reason: string): ScheduleRun {
  return { occurrence, attempt, by, outcome, reason }
}
