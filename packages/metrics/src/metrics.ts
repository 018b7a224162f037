/// <reference lib="esnext.disposable" preserve="true" />
/** Counts what a host tells, and reads how its members stand whenever somebody collects. */
import type { Cancel, Clock, Observer, RaftedEvent, Subscription } from '@rafted/contracts'
import { RaftedError } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'
import { CountedStatus } from './counted-status.ts'
import { Counters } from './counters.ts'
import { type Add, countCounted, countEvent } from './event-counts.ts'
import { GroupLabels } from './group-labels.ts'
import { type Put, putHost, putMember } from './member-gauges.ts'
import type { MeteredHost, MeteredStatus } from './metered-host.ts'
import { type Sample, Sheet } from './samples.ts'
import { ToldStates } from './told-states.ts'

/** How metrics are made. */
export interface MetricsOptions {
  /** So many groups have a label of their own; the others are told of together, as `other`. Default 100; 10,000 at most. */
  readonly maxGroups?: number | undefined
  /** Members whose status hasn't come by then are left out of a collection, milliseconds. It only takes time where the host is in another thread. Default 2000. */
  readonly timeoutMs?: number | undefined
  /** Default: that of Node.js. */
  readonly clock?: Pick<Clock, 'after' | 'soon'> | undefined
}

/** So many members are looked at without letting the process do anything else. */
const AT_ONCE = 32
const MOST_GROUPS = 10_000

/** The metrics of one host, or of the clients of a process without one. @throws {RaftedError} `invalid-argument`. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  return new Metrics(options)
}

/** The metrics of one host. `createMetrics` makes them. Given as the `observer` of a host or client, and collected by what they are registered with. */
export class Metrics implements Observer {
  readonly #clock: Pick<Clock, 'after' | 'soon'>
  readonly #timeoutMs: number
  readonly #labels: GroupLabels
  readonly #counters = new Counters()
  #told = new ToldStates()
  #counted = new CountedStatus()
  #host: MeteredHost | null = null
  /** Whoever collects meanwhile gets the same. */
  #collecting: Promise<readonly Sample[]> | null = null

  /** Use `createMetrics`. */
  constructor({ maxGroups = 100, timeoutMs = 2000, clock = realClock }: MetricsOptions) {
    if (!Number.isInteger(maxGroups) || maxGroups < 0 || maxGroups > MOST_GROUPS)
      throw invalid(`maxGroups must be a whole number from 0 to ${MOST_GROUPS}, not ${maxGroups}`)
    if (!(timeoutMs > 0)) throw invalid(`timeoutMs must be a number above 0, not ${timeoutMs}`)
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#labels = new GroupLabels(maxGroups)
  }

  /** Counts an event: of `Observer`. */
  event(event: RaftedEvent): void {
    countEvent(event, this.#add)
    this.#told.note(event)
  }

  /** Counts what is counted: of `Observer`. */
  count(name: string, by: number, group: string | null): void {
    countCounted(name, by, group, this.#add)
  }

  /**
   * Reads from now on how the members of the host stand, with each collection.
   * @returns ends that. What was counted stays.
   * @throws {RaftedError} `invalid-argument` while another host is watched: each has metrics of its own.
   */
  watch(host: MeteredHost): Subscription {
    if (typeof host?.groups !== 'function' || typeof host.status !== 'function')
      throw invalid('what is watched must be a host: it has neither groups nor a status')
    if (this.#host !== null)
      throw invalid(`host "${this.#host.id}" is watched already: make metrics for "${host.id}" of its own`)
    this.#host = host
    const end = (): void => {
      if (this.#host !== host) return
      this.#host = null
      this.#told = new ToldStates()
      this.#counted = new CountedStatus()
    }
    return Object.assign(end, { [Symbol.dispose]: end })
  }

  /** All there is now. What is collected while another collection is under way is that one. */
  collect(): Promise<readonly Sample[]> {
    this.#collecting ??= this.#collect().finally(() => {
      this.#collecting = null
    })
    return this.#collecting
  }

  readonly #add: Add = (name, group, own, by) =>
    this.#counters.add(name, group === null ? null : this.#labels.of(group), own, by)

  async #collect(): Promise<readonly Sample[]> {
    const host = this.#host
    const sheet = new Sheet(host === null ? {} : { host: host.id })
    if (host !== null) {
      this.#told.putInto((name, value) => sheet.put(name, {}, value))
      await this.#look(host, sheet)
    }
    this.#counters.begin('host', null)
    this.#counters.putInto(sheet)
    return sheet.samples
  }

  async #look(host: MeteredHost, sheet: Sheet): Promise<void> {
    const groups = host.groups()
    for (const group of this.#labels.makeRoom(groups)) this.#counters.drop(group)
    this.#told.keep(groups)
    this.#counted.keep(groups)
    const { late, cancel } = this.#deadline()
    for (let at = 0; at < groups.length; at += AT_ONCE) {
      if (at > 0) await new Promise<void>((resolve) => this.#clock.soon(resolve))
      const some = groups.slice(at, at + AT_ONCE)
      const statuses = await Promise.all(some.map((group) => statusOf(host, group, late)))
      for (const [which, group] of some.entries()) this.#put(group, statuses[which], sheet)
    }
    cancel()
  }

  #put(group: string, status: MeteredStatus | null | undefined, sheet: Sheet): void {
    const label = this.#labels.of(group)
    this.#counters.begin('group', label)
    if (status === undefined) {
      this.#add('rafted.status.unanswered', null)
      return
    }
    const put: Put = (name, value, labels) => sheet.put(name, { group: label, ...labels }, value)
    putMember(status, this.#told.slowPeers(group), put)
    if (status === null) return
    putHost(status, (name, value, labels = {}) => sheet.put(name, labels, value))
    this.#counted.count(group, status, this.#add)
  }

  #deadline(): { readonly late: Promise<undefined>; readonly cancel: Cancel } {
    let cancel: Cancel = () => {}
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#clock.after(this.#timeoutMs, () => resolve(undefined))
    })
    return { late, cancel }
  }
}

/** @returns undefined if it could not be had. */
async function statusOf(
  host: MeteredHost,
  group: string,
  late: Promise<undefined>,
): Promise<MeteredStatus | null | undefined> {
  try {
    return await Promise.race([host.status(group), late])
  } catch {
    // A thread that has ended answers nothing.
    return undefined
  }
}

function invalid(problem: string): RaftedError {
  return new RaftedError('invalid-argument', `Metrics can't be made that way: ${problem}.`, {
    outcome: 'not-applied',
  })
}
