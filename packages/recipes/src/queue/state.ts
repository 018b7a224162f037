/** The messages of all queues of a group, and where each is found. */
import { SortedCowMap } from '@rafted/contracts'
import { DUE_AT_ONCE, defaultLimits, type QueueLimits } from './limits.ts'
import type { KeptMessage, QueueCounts } from './message.ts'

/** What is kept of a queue beside its messages. */
interface QueueRecord {
  /** Null: those that every queue has. */
  readonly limits: QueueLimits | null
  /** Index at which a message last became ready. */
  readonly arrival: number
}

/** What follows from the messages of one queue. Ids stand in the order in which they were put in. */
class Shelf {
  readonly ready = new SortedCowMap<number, true>()
  readonly dead = new SortedCowMap<number, true>()
  /** Delayed, or with a worker. */
  readonly away = new SortedCowMap<number, true>()
  taken = 0
  bytes = 0

  get size(): number {
    return this.ready.size + this.dead.size + this.away.size
  }

  of({ standing }: KeptMessage): SortedCowMap<number, true> {
    return standing === 'ready' ? this.ready : standing === 'dead' ? this.dead : this.away
  }
}

type Due = readonly [until: number, id: number]

/** Items of a snapshot. */
export type QueueItem =
  | readonly [kind: 'last', id: number]
  | readonly [kind: 'queue', name: string, record: QueueRecord]
  | readonly [kind: 'message', message: KeptMessage]

const NEVER: QueueRecord = { limits: null, arrival: 0 }
const NO_IDS: SortedCowMap<number, true> = new SortedCowMap()

export class QueueState {
  readonly #records = new SortedCowMap<string, QueueRecord>()
  readonly #messages = new SortedCowMap<number, KeptMessage>()
  #lastId = 0
  // The rest follows from these.
  readonly #shelves = new Map<string, Shelf>()
  readonly #due = new SortedCowMap<Due, true>([], (a, b) => a[0] - b[0] || a[1] - b[1])

  get lastId(): number {
    return this.#lastId
  }

  /** Queues that hold something, or have limits of their own. */
  get queues(): number {
    return this.#records.size
  }

  isKnown(queue: string): boolean {
    return this.#records.has(queue)
  }

  names(after: string | null, limit: number): string[] {
    return first(this.#records.keys(after === null ? {} : { after }), limit)
  }

  message(id: number): KeptMessage | undefined {
    return this.#messages.get(id)
  }

  limits(queue: string): QueueLimits {
    return this.#records.get(queue)?.limits ?? defaultLimits
  }

  setLimits(queue: string, limits: QueueLimits): void {
    const isDefault = Object.entries(defaultLimits).every(
      ([name, limit]) => limits[name as keyof QueueLimits] === limit,
    )
    this.#records.set(queue, {
      ...(this.#records.get(queue) ?? NEVER),
      limits: isDefault ? null : limits,
    })
    this.#forgetIfUnused(queue)
  }

  /** Index at which something last became ready; 0 while nothing is. */
  arrival(queue: string): number {
    return this.ready(queue).size === 0 ? 0 : this.#records.get(queue)!.arrival
  }

  ready(queue: string): SortedCowMap<number, true> {
    return this.#shelves.get(queue)?.ready ?? NO_IDS
  }

  dead(queue: string): SortedCowMap<number, true> {
    return this.#shelves.get(queue)?.dead ?? NO_IDS
  }

  away(queue: string): SortedCowMap<number, true> {
    return this.#shelves.get(queue)?.away ?? NO_IDS
  }

  size(queue: string): number {
    return this.#shelves.get(queue)?.size ?? 0
  }

  counts(queue: string): QueueCounts {
    const shelf = this.#shelves.get(queue) ?? new Shelf()
    const { ready, dead, away, taken, bytes } = shelf
    return { ready: ready.size, delayed: away.size - taken, taken, dead: dead.size, bytes }
  }

  /** @param index of the command. @returns its id. */
  add(message: Omit<KeptMessage, 'id'>, index: number): number {
    this.#lastId += 1
    this.put({ ...message, id: this.#lastId }, index)
    return this.#lastId
  }

  /** Puts a message where it stands from now on. @param index of the command. */
  put(message: KeptMessage, index: number): void {
    const { id, queue, standing } = message
    const before = this.#messages.get(id)
    if (before !== undefined) this.#takeOff(before)
    this.#messages.set(id, message)
    this.#shelve(message)
    const record = this.#records.get(queue) ?? NEVER
    if (standing === 'ready') this.#records.set(queue, { ...record, arrival: index })
    else if (before === undefined) this.#records.set(queue, record)
  }

  remove(message: KeptMessage): void {
    this.#takeOff(message)
    this.#messages.delete(message.id)
    this.#forgetIfUnused(message.queue)
  }

  /** When a message is to be seen to next, or null. */
  get deadline(): number | null {
    const { value } = this.#due.keys().next()
    return value === undefined ? null : value[0]
  }

  /** Sees to messages whose time has come, the earliest first. @returns how many. */
  settle(time: number, index: number): number {
    let settled = 0
    for (const [until, id] of this.#due.keys()) {
      if (until > time || settled === DUE_AT_ONCE) break
      const message = this.#messages.get(id)!
      this.giveBack(message, message.standing === 'taken' ? 'timeout' : message.reason, 0, index)
      settled += 1
    }
    return settled
  }

  /** It is nobody's any more: ready, at its place or after a delay, or dead. @param until replicated time at which it is ready; 0 for now. */
  giveBack(message: KeptMessage, reason: string, until: number, index: number): void {
    const { queue, standing, attempts } = message
    const isDead = standing === 'taken' && attempts >= this.limits(queue).maxAttempts
    const next = isDead ? 'dead' : until > 0 ? 'delayed' : 'ready'
    this.put({ ...message, standing: next, until: next === 'delayed' ? until : 0, reason }, index)
  }

  /** All of it as it is now, whatever is changed while it is read. */
  *items(): Generator<QueueItem> {
    const [records, messages, lastId] = [this.#records.freeze(), this.#messages.freeze(), this.#lastId]
    yield ['last', lastId]
    for (const [name, record] of records) yield ['queue', name, record]
    for (const message of messages.values()) yield ['message', message]
  }

  restore(item: QueueItem): void {
    if (item[0] === 'last') this.#lastId = item[1]
    else if (item[0] === 'queue') this.#records.set(item[1], item[2])
    else {
      this.#messages.set(item[1].id, item[1])
      this.#shelve(item[1])
    }
  }

  #shelve(message: KeptMessage): void {
    const { id, queue, bytes, until, standing } = message
    let shelf = this.#shelves.get(queue)
    if (shelf === undefined) {
      shelf = new Shelf()
      this.#shelves.set(queue, shelf)
    }
    shelf.of(message).set(id, true)
    shelf.bytes += bytes
    if (standing === 'taken') shelf.taken += 1
    if (until > 0) this.#due.set([until, id], true)
  }

  #takeOff(message: KeptMessage): void {
    const { id, queue, bytes, until, standing } = message
    const shelf = this.#shelves.get(queue)!
    shelf.of(message).delete(id)
    shelf.bytes -= bytes
    if (standing === 'taken') shelf.taken -= 1
    if (until > 0) this.#due.delete([until, id])
  }

  #forgetIfUnused(queue: string): void {
    if (this.size(queue) > 0) return
    this.#shelves.delete(queue)
    if (this.#records.get(queue)?.limits === null) this.#records.delete(queue)
  }
}

/** The first so many. */
export function first<T>(all: Iterable<T>, limit: number): T[] {
  const found: T[] = []
  for (const one of all) {
    if (found.length === limit) break
    found.push(one)
  }
  return found
}
