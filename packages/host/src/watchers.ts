/**
 * Whoever wants to be told what changes the value: asks for what lies behind an index, and is answered as soon as something does. Nothing is kept for
 * anybody between two questions, so one that is slow, or never asks again, costs nothing: what it has missed is read from the log, and where that
 * no longer goes back as far, the value takes its place.
 */
import type { Cancel, Clock, ErrorCode, LogEntry, LogStore, Random } from '@rafted/contracts'
import { type Core, EntryKind } from '@rafted/core'
import { type Change, decodeCommandPayload, type ValuePiece, type WatchRequest } from '@rafted/wire'
import { NO_QUERY, type Queries } from './queries.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { SeldomSet } from './seldom.ts'
import type { SkippedEntries } from './skipped-entries.ts'
import type { LogTail } from './tail.ts'
import { ValueTransfers } from './value-transfers.ts'
import type { Answers, Caller, ReplyTo } from './waiters.ts'

/** Questions that may wait at a time. */
const MAX_WAITING = 4096
/** However long somebody would wait. */
const MAX_WAIT_MS = 60_000
/** Of changes in one answer, however many bytes somebody would take. */
const MAX_BYTES = 1024 * 1024
/** Bytes a change counts for, beside its command. */
const CHANGE_BYTES = 24
/** Entries that are looked at for one answer. */
const MAX_ENTRIES = 4096
/** What one read of the log asks for at least: whoever wants to know only that something changed passes over many that changed nothing. */
const MIN_READ_BYTES = 64 * 1024

interface Question extends Caller {
  /** Grows where entries change nothing. */
  after: number
  readonly maxBytes: number
  readonly cancel: Cancel
}

export interface WatchersOptions {
  readonly group: string
  readonly core: Core
  readonly tail: LogTail
  readonly logs: LogStore
  readonly clock: Clock
  readonly random: Random
  readonly answers: Answers
  readonly queries: Queries
  /** Of this member's log. */
  readonly skipped: SkippedEntries
  /** There is something for the next turn. */
  wake(): void
}

export class Watchers {
  readonly #o: WatchersOptions
  readonly #values: ValueTransfers
  /** To be answered as soon as there is something. */
  readonly #waiting = new SeldomSet<Question>()
  /** What they want is being read from the store. */
  readonly #reading = new SeldomSet<Question>()

  constructor(options: WatchersOptions) {
    this.#o = options
    const { answers, clock, random } = options
    const answer = (caller: Caller, piece: ValuePiece): void =>
      this.#answer(caller, { upTo: piece.index, piece })
    this.#values = new ValueTransfers({ answers, clock, random, answer })
  }

  take(request: WatchRequest, replyTo: ReplyTo, state: ReplicatedState): void {
    const { id, after, piece } = request
    if (after === null) {
      const read = { payload: NO_QUERY, read: 'linearizable', maxStalenessMs: 0, here: true } as const
      this.#o.queries.add({ ...request, ...read, kind: 'query' }, replyTo, state, (caller, { index }) =>
        this.#answer(caller, { upTo: index }),
      )
    } else if (piece === null) this.#wait(request, after, replyTo)
    else if (!this.#values.next({ id, replyTo }, piece)) this.#values.begin({ id, replyTo }, state)
  }

  #wait({ id, waitMs, maxBytes }: WatchRequest, after: number, replyTo: ReplyTo): void {
    if (this.#waiting.size + this.#reading.size >= MAX_WAITING) {
      const message = 'Too many watchers wait here. Ask another member, or try again.'
      this.#o.answers.refuse({ id, replyTo }, 'overloaded', 'not-applied', message)
      return
    }
    const cancel = this.#o.clock.after(Math.min(waitMs, MAX_WAIT_MS), () => this.#waitedInVain(question))
    const question: Question = { id, replyTo, after, maxBytes: Math.min(maxBytes, MAX_BYTES), cancel }
    this.#waiting.add(question)
  }

  #waitedInVain(question: Question): void {
    if (this.#waiting.delete(question)) this.#answer(question, { upTo: question.after })
  }

  /** Nobody waits, and nobody is being given the value. */
  get isIdle(): boolean {
    return this.#waiting.size + this.#reading.size === 0 && this.#values.isIdle
  }

  /** Answers whom there is something for. One that hears of no leader learns of nothing any more: others may. */
  settle(state: ReplicatedState): void {
    if (this.#waiting.size === 0) return
    const isCutOff = this.#o.core.standing.leader === null
    for (const question of this.#waiting)
      if (question.after < state.applied.index) this.#serve(question, state)
      else if (isCutOff) this.#refuse(question, 'no-leader', 'The member that was asked hears no leader.')
  }

  #serve(question: Question, state: ReplicatedState): void {
    const { core, tail } = this.#o
    const from = question.after + 1
    if (from <= Math.max(this.#o.skipped.since, core.baseIndex)) this.#giveValue(question, state)
    else if (tail.get(from) === undefined) this.#read(question, state)
    else this.#tell(question, state.applied.index, (index) => tail.get(index))
  }

  #read(question: Question, state: ReplicatedState): void {
    const { group, logs } = this.#o
    const from = question.after + 1
    const upTo = state.applied.index
    this.#waiting.delete(question)
    this.#reading.add(question)
    logs
      .read(group, from, Math.min(MAX_ENTRIES, upTo - from + 1), Math.max(MIN_READ_BYTES, question.maxBytes))
      .then(
        (entries) => (entries[0]?.index === from ? entries : null),
        // Damaged there, and the value is not: it was applied before, or came in a snapshot.
        () => null,
      )
      .then((entries) => {
        if (!this.#reading.delete(question)) return
        this.#waiting.add(question)
        if (entries === null || from <= this.#o.skipped.since) this.#giveValue(question, state)
        else this.#tell(question, upTo, (index) => entries[index - from])
      })
  }

  /** The log doesn't tell what changed the value: the value does. */
  #giveValue(question: Question, state: ReplicatedState): void {
    this.#end(question)
    if (question.maxBytes === 0) this.#answer(question, { upTo: state.applied.index })
    else this.#values.begin(question, state)
  }

  /** Answers with what there is from its place on, or lets it wait behind what changed nothing. */
  #tell(question: Question, applied: number, entryAt: (index: number) => LogEntry | undefined): void {
    const changes: Change[] = []
    let upTo = question.after
    let bytes = 0
    const end = Math.min(applied, upTo + MAX_ENTRIES)
    for (let entry = entryAt(upTo + 1); entry !== undefined && upTo < end; entry = entryAt(upTo + 1)) {
      const command = this.#o.skipped.has(entry.index) ? null : commandOf(entry)
      if (command !== null) {
        bytes += command.byteLength + CHANGE_BYTES
        if (bytes > question.maxBytes && changes.length > 0) break
        changes.push({ index: entry.index, term: entry.term, time: entry.time, command })
      }
      upTo++
    }
    if (changes.length > 0) {
      this.#end(question)
      this.#answer(question, question.maxBytes === 0 ? { upTo } : { upTo, changes })
    } else {
      question.after = upTo
      this.#o.wake()
    }
  }

  #end(question: Question): void {
    question.cancel()
    this.#waiting.delete(question)
  }

  #answer(
    { id, replyTo }: Caller,
    what: { upTo: number; changes?: readonly Change[]; piece?: ValuePiece },
  ): void {
    const { upTo, changes = [], piece = null } = what
    this.#o.answers.answer(replyTo, { kind: 'changes', id, upTo, changes, piece })
  }

  #refuse(question: Question, code: ErrorCode, message: string): void {
    this.#end(question)
    this.#o.answers.refuse(question, code, 'not-applied', message)
  }

  /** The member takes part no more. */
  stop(code: ErrorCode, message: string): void {
    for (const question of [...this.#waiting, ...this.#reading]) this.#refuse(question, code, message)
    this.#reading.clear()
    this.#values.stop()
  }
}

/** What the machine was given, or null: most entries of other kinds are none of its business. */
function commandOf({ kind, payload }: LogEntry): Uint8Array | null {
  if (kind === EntryKind.command) return decodeCommandPayload(payload).command
  return kind === EntryKind.time ? payload : null
}
