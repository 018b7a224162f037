/** A log as a plain array: what a store is compared with. */
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import {
  entryBytes,
  type GroupIdentity,
  isSpecial,
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
} from '@rafted/contracts'
import {
  type EntryKind,
  EntryKind as Kind,
  type Position,
  type Run,
  type SnapshotPosition,
} from '@rafted/core'

/** Bytes a run may have unless it is one entry. */
const RUN_BYTES = 64 * 1024

export interface EntryParts {
  readonly size?: number
  readonly kind?: EntryKind
  readonly time?: number
}

/** An entry whose payload follows from its head, so that a payload under a wrong head shows. */
export function entryAt(index: number, term: number, parts: EntryParts = {}): LogEntry {
  const { size = 8, kind = Kind.command, time = index * 10 } = parts
  const payload = new Uint8Array(size)
  for (let i = 0; i < size; i++) payload[i] = (index * 31 + term * 101 + i * 7) % 251
  return { index, term, kind, time, payload }
}

/** Entries `from … to` of one term. */
export function entriesFrom(from: number, to: number, term: number, parts: EntryParts = {}): LogEntry[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => entryAt(from + i, term, parts))
}

/** A snapshot's place, with a configuration of one voter. */
export function snapshotAt(index: number, term: number): SnapshotPosition {
  const voter = {
    id: 'member',
    host: 'host',
    address: 'host',
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  }
  const configuration = { voters: [voter], outgoing: null, learners: [] }
  return { index, term, time: index * 10, configuration: { index: Math.min(index, 1), configuration } }
}

/** What a log should be. */
export class LogModel {
  removedAt: number | null = null
  term = 0
  vote: string | null = null
  base: Position = { index: 0, term: 0 }
  lostTo: number | null = null
  entries: LogEntry[] = []
  readonly identity: GroupIdentity

  constructor(identity: GroupIdentity) {
    this.identity = identity
  }

  get last(): number {
    return this.base.index + this.entries.length
  }

  copy(): LogModel {
    const { removedAt, term, vote, base, lostTo, entries } = this
    const same = { removedAt, term, vote, base, lostTo, entries: [...entries] }
    return Object.assign(new LogModel(this.identity), same)
  }

  /** @returns the write that takes the store where this model now is. What isn't named stays, or isn't done. */
  write(change: Partial<LogWrite>): LogWrite {
    const { term = this.term, vote = this.vote, reset = null, truncateFrom = null, entries = [] } = change
    this.term = term
    this.vote = vote
    if (change.lostTo !== undefined) this.lostTo = change.lostTo
    if (reset !== null) {
      this.base = { index: reset.index, term: reset.term }
      this.entries = []
    }
    if (truncateFrom !== null) this.entries = this.entries.filter(({ index }) => index < truncateFrom)
    this.entries.push(...entries)
    const lost = change.lostTo === undefined ? {} : { lostTo: change.lostTo }
    return { term, vote, reset, truncateFrom, entries, ...lost }
  }

  /** @returns the place to compact to, so that `index` is the base. */
  compact(index: number): Position {
    const term = this.entries[index - this.base.index - 1]?.term
    assert.ok(term !== undefined, `the model has no entry ${index}`)
    this.entries = this.entries.slice(index - this.base.index)
    this.base = { index, term }
    return this.base
  }
}

/** What `read` gives from `from` on, and `open` besides, is what the model says. */
export async function checkLog(store: LogStore, group: string, model: LogModel): Promise<void> {
  checkOpened(await store.open(group), model)
  const { base, entries } = model
  const found = await store.read(group, base.index + 1, entries.length + 10, Number.MAX_SAFE_INTEGER)
  checkEntries(found, entries)
}

/** Heads, payloads and order are the same. */
export function checkEntries(found: readonly LogEntry[], expected: readonly LogEntry[]): void {
  assert.deepEqual(found.map(asText), expected.map(asText))
}

/** An entry in a line: its head, and its payload or the payload's checksum. */
export function asText({ index, term, kind, time, payload }: LogEntry): string {
  assert.ok(payload instanceof Uint8Array, `the payload of entry ${index} is no bytes`)
  const bytes =
    payload.byteLength <= 16
      ? Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('hex')
      : `${payload.byteLength} bytes ${crc32(payload).toString(16)}`
  return `${index}/${term} kind ${kind} at ${time}: ${bytes}`
}

export function checkOpened(opened: OpenedLog | null, model: LogModel): void {
  assert.ok(opened !== null, 'the group has no log')
  const { incarnation, member, removedAt, term, vote, base, runs, last, special, lastTime } = opened
  const { damaged, lostTo } = opened
  const heads = { incarnation, member, removedAt, term, vote, last, lastTime, damaged, lostTo }
  assert.deepEqual(heads, {
    ...model.identity,
    removedAt: model.removedAt,
    term: model.term,
    vote: model.vote,
    last: model.last,
    lastTime: model.entries.at(-1)?.time ?? 0,
    damaged: [],
    lostTo: model.lostTo,
  })
  assert.deepEqual({ ...base }, { ...model.base })
  checkEntries(
    special,
    model.entries.filter(({ kind }) => isSpecial(kind)),
  )
  checkRuns(runs, model.entries)
}

/** The runs cover the entries, each of one term, none too long, with the right bytes and times. */
function checkRuns(runs: readonly Run[], entries: readonly LogEntry[]): void {
  let at = 0
  for (const [i, run] of runs.entries()) {
    const next = runs[i + 1]
    const end = next === undefined ? entries.length : at + next.first - run.first
    const covered = entries.slice(at, end)
    assert.equal(run.first, covered[0]?.index, `run ${i} begins where the one before it ends`)
    assert.ok(
      covered.every(({ term }) => term === run.term),
      `all of run ${i} is of term ${run.term}`,
    )
    const bytes = covered.reduce((sum, { payload }) => sum + entryBytes(payload), 0)
    assert.equal(run.bytes, bytes, `bytes of run ${i}`)
    assert.equal(run.time, covered.at(-1)?.time, `time of run ${i}`)
    assert.ok(bytes <= RUN_BYTES || covered.length === 1, `run ${i} has ${bytes} bytes in ${covered.length}`)
    at = end
  }
  assert.equal(at, entries.length, 'the runs cover all entries')
}
