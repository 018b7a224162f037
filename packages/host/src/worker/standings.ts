/** What the worker has told of its groups, in the application's thread. */
import type { FencingToken, RaftedEvent } from '@rafted/contracts'
import type { EventHub } from '../event-hub.ts'
import { fromPlain } from './errors.ts'
import type { FromWorker, GroupStanding, PlainEvent, Standing } from './messages.ts'

export class Standings {
  readonly #hub: EventHub
  readonly #standings = new Map<string, Standing>()
  /** The leaderships that were told as gained and not yet as lost. */
  readonly #told = new Map<string, { readonly token: FencingToken; readonly member: string }>()

  constructor(hub: EventHub) {
    this.#hub = hub
  }

  has(group: string): boolean {
    return this.#standings.has(group)
  }

  get groups(): readonly string[] {
    return [...this.#standings.keys()]
  }

  token(group: string): FencingToken | null {
    return this.#standings.get(group)?.token ?? null
  }

  addresses(group: string): readonly string[] {
    return this.#standings.get(group)?.addresses ?? []
  }

  set([group, standing]: GroupStanding): void {
    if (standing === null) this.#standings.delete(group)
    else this.#standings.set(group, standing)
  }

  news({ events, counts, gauges, standings }: FromWorker & { readonly kind: 'news' }): void {
    for (const standing of standings) this.set(standing)
    for (const event of events) this.#tell(event)
    for (const [group, standing] of standings) this.#catchUp(group, standing)
    for (const { name, value, group } of counts) this.#hub.count(name, value, group)
    for (const { name, value, group } of gauges) this.#hub.gauge(name, value, group)
  }

  /** Nothing runs there any more. */
  end(): void {
    this.#standings.clear()
    for (const group of [...this.#told.keys()]) this.#lost(group)
  }

  #tell({ event, error }: PlainEvent): void {
    if (event.kind === 'leadership-gained')
      this.#told.set(event.group, { token: event.token, member: event.member })
    else if (event.kind === 'leadership-lost') this.#told.delete(event.group)
    this.#hub.event(error === null ? event : ({ ...event, error: fromPlain(error) } as RaftedEvent))
  }

  /** Where the events of it had no room, how it stands now is told all the same. */
  #catchUp(group: string, standing: Standing | null): void {
    const told = this.#told.get(group) ?? null
    const token = standing?.token ?? null
    if (told?.token.term === token?.term) return
    if (told !== null) this.#lost(group)
    const member = standing?.member ?? null
    if (token === null || member === null) return
    this.#tell({ event: { kind: 'leadership-gained', level: 'info', group, member, token }, error: null })
  }

  #lost(group: string): void {
    const told = this.#told.get(group)
    if (told === undefined) return
    const { token, member } = told
    this.#tell({ event: { kind: 'leadership-lost', level: 'info', group, member, token }, error: null })
  }
}
