/** What a member sends to others: each message to where its receiver lives, appends with the entries the core named. */
import type { Lane, LogEntry } from '@rafted/contracts'
import type { Heads, MemberId, Message } from '@rafted/core'
import type { Item, SnapshotChunk } from '@rafted/wire'
import type { HostContext } from './context.ts'
import type { JoinAddresses } from './join-addresses.ts'
import type { Routes } from './routes.ts'
import type { PartAnswer } from './snapshot-incoming.ts'
import { areThose, type LogTail } from './tail.ts'

export interface MailOptions {
  readonly host: HostContext
  readonly group: string
  readonly incarnation: string
  readonly id: MemberId
  readonly tail: LogTail
  readonly routes: Routes
  /** Addresses at which the host was told to look for the group. */
  readonly join: Pick<JoinAddresses, 'now'>
  halt(error: unknown): void
}

const NO_ENTRIES: readonly LogEntry[] = []

export class Mail {
  readonly #o: MailOptions
  #closed = false

  constructor(options: MailOptions) {
    this.#o = options
  }

  send(message: Message): void {
    if (message.kind === 'pre-vote-request') this.#askElsewhere(message)
    if (message.to === this.#o.id) return
    if (message.kind !== 'append' || message.heads === null) {
      this.#post(message, NO_ENTRIES, null)
      return
    }
    const entries = this.#o.tail.entriesOf(message.heads)
    if (entries !== null) this.#post(message, entries, null)
    else this.#sendFromStore(message, message.heads)
  }

  /** A part of a snapshot, under the term in which its sender leads. */
  sendPart(to: MemberId, term: number, chunk: SnapshotChunk): void {
    const { index, term: indexTerm } = chunk.meta
    const message = { kind: 'snapshot', from: this.#o.id, to, term, index, indexTerm } as const
    this.#post(message, NO_ENTRIES, chunk)
    this.#o.host.wake()
  }

  /** A part of a snapshot that `to` asked for, whoever leads. */
  givePart(to: MemberId, chunk: SnapshotChunk): void {
    const { incarnation, id: from } = this.#o
    this.#push(to, { kind: 'fetched-part', incarnation, from, to, chunk }, 'bulk')
    this.#o.host.wake()
  }

  askForSnapshot(to: MemberId): void {
    const { incarnation, id: from } = this.#o
    this.#push(to, { kind: 'fetch-snapshot', incarnation, from, to }, 'bulk')
    this.#o.host.wake()
  }

  /** How far a snapshot from `to` has come. */
  sendProgress(to: MemberId, transfer: number, { received, again }: PartAnswer, installed: boolean): void {
    const { incarnation, id: from } = this.#o
    this.#push(to, { kind: 'snapshot-progress', incarnation, from, to, transfer, received, installed, again })
  }

  /** The member has ended. */
  close(): void {
    this.#closed = true
  }

  /** What the tail no longer holds is read back, and sent only if it is what the core named: a slow read must not marry new payloads to old heads. */
  #sendFromStore(message: Message, heads: Heads): void {
    const { host, group } = this.#o
    const from = heads.runs[0]!.first
    host.logs
      .read(group, from, heads.last - from + 1, Number.MAX_SAFE_INTEGER)
      .then((entries) => {
        if (this.#closed || !areThose(heads, entries)) return
        this.#post(message, entries, null)
        host.wake()
      })
      .catch((error: unknown) => this.#o.halt(error))
  }

  /**
   * Whoever hears no leader asks also where the host was told to look: all others may have moved, each to where another one was, or may have left, and
   * whoever is there knows whether this member has been removed. Messages name their receiver: others take nothing of them but where they come from.
   * One that knows nobody else names itself, and asks only there.
   */
  #askElsewhere(message: Message): void {
    const { routes, incarnation, host, join, id } = this.#o
    const asked = message.to === id ? null : routes.addressOf(message.to)
    for (const address of join.now())
      if (address !== host.address && address !== asked)
        host.outbox.push(address, { kind: 'member', incarnation, message, entries: NO_ENTRIES, chunk: null })
  }

  #post(message: Message, entries: readonly LogEntry[], chunk: SnapshotChunk | null): void {
    const { incarnation } = this.#o
    const lane = chunk === null ? 'urgent' : 'bulk'
    this.#push(message.to, { kind: 'member', incarnation, message, entries, chunk }, lane)
  }

  #push(to: MemberId, item: Item, lane?: Lane): void {
    const address = this.#o.routes.addressOf(to)
    if (address !== null) this.#o.host.outbox.push(address, item, lane)
  }
}
