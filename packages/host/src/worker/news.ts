/**
 * What happens in the worker, on its way to the application: bounded, since an application that is blocked reads nothing. One message is under way at a
 * time. What has no room meanwhile is counted, and how the groups stand is told as it is by then.
 */
import type { Cancel, Clock, Observer, RaftedEvent } from '@rafted/contracts'
import { toPlain } from './errors.ts'
import type { FromWorker, GroupStanding, Measured, PlainEvent } from './messages.ts'
import type { Port } from './port.ts'

/** Events that wait to be told. */
export const MAX_EVENTS = 1024
/** Counters and gauges that wait to be told: names times groups. */
const MAX_MEASURED = 4096
/** Counters alone are told no more often, milliseconds. */
const COUNTS_MS = 1000

export class News implements Observer {
  readonly #port: Pick<Port<FromWorker, never>, 'post'>
  readonly #clock: Clock
  /** How a group stands; nothing stands before the host is open. */
  standingOf: ((group: string) => GroupStanding) | null = null
  #events: PlainEvent[] = []
  #dropped = 0
  #counts = new Map<string, Measured>()
  #gauges = new Map<string, Measured>()
  /** Groups of which something was told, or would have been. */
  #touched = new Set<string>()
  #underWay = false
  #scheduled = false
  #cancel: Cancel | null = null

  constructor(port: Pick<Port<FromWorker, never>, 'post'>, clock: Clock) {
    this.#port = port
    this.#clock = clock
  }

  event(event: RaftedEvent): void {
    if ('group' in event) this.#touched.add(event.group)
    if (this.#events.length >= MAX_EVENTS) this.#dropped++
    else {
      const { error, ...rest } = event as RaftedEvent & { error?: unknown }
      this.#events.push({ event: rest as RaftedEvent, error: 'error' in event ? toPlain(error) : null })
    }
    this.#soon()
  }

  count(name: string, by: number, group: string | null): void {
    const before = this.#counts.get(keyOf(name, group))?.value ?? 0
    this.#measured(this.#counts, { name, group, value: before + by })
  }

  gauge(name: string, value: number, group: string | null): void {
    this.#measured(this.#gauges, { name, group, value })
  }

  /** The last message has been read. */
  read(): void {
    this.#underWay = false
    if (this.#events.length > 0 || this.#touched.size > 0) this.#send()
    else if (this.#counts.size > 0 || this.#gauges.size > 0) this.#later()
  }

  /** Tells what there is, whether or not it is waited for: nothing comes after it. */
  end(): void {
    this.#underWay = false
    this.#send()
    this.#underWay = true
    this.#cancel?.()
  }

  #measured(all: Map<string, Measured>, one: Measured): void {
    const key = keyOf(one.name, one.group)
    if (all.size >= MAX_MEASURED && !all.has(key)) return
    all.set(key, one)
    this.#later()
  }

  #later(): void {
    if (this.#cancel !== null || this.#underWay) return
    this.#cancel = this.#clock.after(COUNTS_MS, () => {
      this.#cancel = null
      this.#send()
    })
  }

  #soon(): void {
    if (this.#scheduled || this.#underWay) return
    this.#scheduled = true
    this.#clock.soon(() => {
      this.#scheduled = false
      this.#send()
    })
  }

  #send(): void {
    if (this.#underWay) return
    this.#underWay = true
    this.#cancel?.()
    this.#cancel = null
    const events = this.#events
    if (this.#dropped > 0) events.push(gap(this.#dropped))
    const { standingOf } = this
    const standings = standingOf === null ? [] : [...this.#touched].map(standingOf)
    const [counts, gauges] = [[...this.#counts.values()], [...this.#gauges.values()]]
    this.#events = []
    this.#dropped = 0
    this.#counts.clear()
    this.#gauges.clear()
    this.#touched.clear()
    this.#port.post({ kind: 'news', events, counts, gauges, standings })
  }
}

function keyOf(name: string, group: string | null): string {
  return `${name}\0${group ?? ''}`
}

function gap(count: number): PlainEvent {
  return { event: { kind: 'events-dropped', level: 'warn', count }, error: null }
}
