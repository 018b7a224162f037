/** What arrives, read: from whom, in which of their lives, and whole. */
import type { Sender } from '@rafted/contracts'
import { addressOf } from './address.ts'
import { Assemblies, type AssemblyLimits } from './assemblies.ts'
import { ANY_INSTANCE, type Instance, type Message, readMessage } from './message.ts'
import type { NatsMessage } from './nats-connection.ts'
import type { Report } from './report.ts'
import { senderOf } from './subjects.ts'

/** A sender that is known by the subject of its messages. */
export interface Origin {
  readonly sender: Sender
  readonly instance: Instance
}

export interface Letter {
  readonly origin: Origin
  readonly message: Message
}

/** Subjects whose meaning is remembered. */
const MOST_ORIGINS = 4096

export class Inbox {
  readonly #report: Report
  readonly #maxBatchBytes: number
  readonly #assemblies: Readonly<Record<Sender['role'], Assemblies>>
  readonly #origins = new Map<string, Origin>()

  constructor(limits: AssemblyLimits, report: Report) {
    const onLost = (): void => report.count('nats_partial')
    this.#report = report
    this.#maxBatchBytes = limits.maxBatchBytes
    // Clients have memory of their own, so that none of them can take that of hosts.
    this.#assemblies = { peer: new Assemblies(limits, onLost), client: new Assemblies(limits, onLost) }
  }

  /** @returns null if it is nothing of ours, or meant for another life than `own`. */
  read({ subject, data }: NatsMessage, own: Instance): Letter | null {
    const message = readMessage(data)
    const origin = message === null ? null : this.#originOf(subject, message.sender)
    if (message === null || origin === null) {
      this.#report.count('nats_violations')
      return null
    }
    if (message.receiver !== ANY_INSTANCE && message.receiver !== own) return null
    return { origin, message }
  }

  /** @returns the batch that this message makes whole, an array of its own. */
  batchOf({ origin, message }: Letter, subject: string, now: number): Uint8Array | null {
    const { bytes, place, sender } = message
    if (place !== null) return this.#assemblies[origin.sender.role].take(subject, sender, place, bytes, now)
    if (bytes.byteLength <= this.#maxBatchBytes) return new Uint8Array(bytes)
    this.#report.count('nats_violations')
    return null
  }

  expire(now: number): void {
    this.#assemblies.peer.expire(now)
    this.#assemblies.client.expire(now)
  }

  clear(): void {
    this.#assemblies.peer.clear()
    this.#assemblies.client.clear()
  }

  #originOf(subject: string, instance: Instance): Origin | null {
    const known = this.#origins.get(subject)
    if (known?.instance === instance) return known
    const from = senderOf(subject)
    if (from === null) return null
    const { role, name } = from
    const sender = { role, name, reply: addressOf(role, name, instance) }
    if (this.#origins.size >= MOST_ORIGINS) this.#origins.clear()
    const origin = { sender, instance }
    this.#origins.set(subject, origin)
    return origin
  }
}
