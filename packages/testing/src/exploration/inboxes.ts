/**
 * What is under way to a member where messages arrive in the order they were sent: a queue for each sender. Each content of an
 * inbox is known by a number.
 */
import { stirFirst, stirSecond } from './hash-lanes.ts'
import type { Moves } from './moves.ts'

/** A message that may be the next to arrive. */
export interface Arrival {
  readonly message: number
  /** How many before it in its queue are lost then. */
  readonly losses: number
  /** The inbox afterwards. */
  readonly rest: number
}

/** Numbers of messages, in the order they were sent. */
type Queue = readonly number[]

interface Inbox {
  /** By the sender's place. */
  readonly queues: readonly Queue[]
  arrivals: readonly Arrival[] | null
  leftovers: readonly number[] | null
  /** By the number of the message that is added. */
  readonly with: Map<number, number>
}

export class Inboxes {
  readonly empty: number
  /** For inbox n, from n × 2 × renamings on: both lanes for each renaming. */
  hashes = new Int32Array(1024)
  readonly #moves: Moves
  readonly #lanes: number
  readonly #numbers = new Map<string, number>()
  readonly #inboxes: Inbox[] = []

  constructor(moves: Moves, renamings: number) {
    this.#moves = moves
    this.#lanes = renamings * 2
    this.empty = this.#numberOf(moves.ids.map(() => []))
  }

  /** The inbox once another message is under way. */
  with(inbox: number, message: number): number {
    const before = this.#inboxes[inbox]!
    const known = before.with.get(message)
    if (known !== undefined) return known
    const { from } = this.#moves.message(message)
    const number = this.#numberOf(
      before.queues.map((queue, sender) => (sender === from ? [...queue, message] : queue)),
    )
    before.with.set(message, number)
    return number
  }

  /** The inbox without the messages that match. */
  without(inbox: number, matches: (message: number) => boolean): number {
    return this.#numberOf(
      this.#inboxes[inbox]!.queues.map((queue) => queue.filter((message) => !matches(message))),
    )
  }

  /** What may arrive next: any message, if those that were sent before it are lost. */
  arrivals(inbox: number): readonly Arrival[] {
    const { arrivals, queues } = this.#inboxes[inbox]!
    if (arrivals !== null) return arrivals
    const found = queues.flatMap((queue, sender) =>
      queue.map((message, losses) => {
        const after = queue.slice(losses + 1)
        return { message, losses, rest: this.#numberOf(queues.map((q, at) => (at === sender ? after : q))) }
      }),
    )
    this.#inboxes[inbox]!.arrivals = found
    return found
  }

  /** What may be left when the member's connections break: of each queue any number of messages, from the first on, is lost. */
  leftovers(inbox: number): readonly number[] {
    const { leftovers, queues } = this.#inboxes[inbox]!
    if (leftovers !== null) return leftovers
    let found: (readonly Queue[])[] = [[]]
    for (const queue of queues)
      found = found.flatMap((before) =>
        Array.from({ length: queue.length + 1 }, (_, lost) => [...before, queue.slice(lost)]),
      )
    const numbers = found.map((left) => this.#numberOf(left))
    this.#inboxes[inbox]!.leftovers = numbers
    return numbers
  }

  #numberOf(queues: readonly Queue[]): number {
    const text = queues.join('|')
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#inboxes.length
    this.#numbers.set(text, number)
    this.#inboxes.push({ queues, arrivals: null, leftovers: null, with: new Map() })
    this.#hash(number, queues)
    return number
  }

  /** A message names its sender and its receiver, so its hash and its place in the queue are all there is to it. */
  #hash(number: number, queues: readonly Queue[]): void {
    const lanes = this.#lanes
    if ((number + 1) * lanes > this.hashes.length) {
      const more = new Int32Array(this.hashes.length * 2 + lanes)
      more.set(this.hashes)
      this.hashes = more
    }
    const { messageHashes } = this.#moves
    for (const queue of queues)
      queue.forEach((message, at) => {
        for (let lane = 0; lane < lanes; lane += 2) {
          const second = messageHashes[message * lanes + lane + 1]! + Math.imul(at + 1, 0x9e3779b1)
          const stirred = stirFirst(messageHashes[message * lanes + lane]!, second)
          this.hashes[number * lanes + lane]! += stirred
          this.hashes[number * lanes + lane + 1]! += stirSecond(stirred, second)
        }
      })
  }
}
