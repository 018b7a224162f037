/** The messages of members, with what their hosts attach. */
import type { LogEntry } from '@rafted/contracts'
import type { Ack, Append, Message, SnapshotPart } from '@rafted/core'
import { cannotEncode } from './bad-bytes.ts'
import { type EntriesMemo, isMemoOf, MIN_ENTRY_BYTES, readEntries, writeEntries } from './entry-codec.ts'
import type { MemberItem, SnapshotChunk, SnapshotProgressItem } from './envelope.ts'
import { MAX_ID_BYTES } from './limits.ts'
import type { Reader } from './reader.ts'
import { readSnapshotChunk, writeSnapshotChunk } from './snapshot-chunk-codec.ts'
import type { Writer } from './writer.ts'

/** Part of the format: added to, never renumbered. */
const KIND = {
  'pre-vote-request': 1,
  'pre-vote': 2,
  'vote-request': 3,
  vote: 4,
  append: 5,
  heartbeat: 6,
  ack: 7,
  conflict: 8,
  snapshot: 9,
  stale: 10,
  removed: 11,
  'timeout-now': 12,
  repair: 13,
  repairing: 14,
  'read-request': 15,
  'read-answer': 16,
  quiet: 17,
} as const satisfies Record<Message['kind'], number>

/** Their places are part of the format. */
const LEADERSHIPS: readonly Ack['leadership'][] = ['normal', 'preferred', 'excluded', 'damaged']

const NO_ENTRIES: readonly LogEntry[] = []

export function writeMemberItem(w: Writer, item: MemberItem, memo: EntriesMemo | null): void {
  const { message } = item
  w.id(item.incarnation, MAX_ID_BYTES)
  w.id(message.from, MAX_ID_BYTES)
  w.id(message.to, MAX_ID_BYTES)
  w.uint(message.term)
  w.u8(KIND[message.kind])
  if (message.kind !== 'append' && item.entries.length > 0)
    cannotEncode(`entries with a message "${message.kind}"`)
  if ((message.kind === 'snapshot') !== (item.chunk !== null))
    cannotEncode('a part of a snapshot goes with a message "snapshot", and with no other')
  writeBody(w, message, item, memo)
}

function writeBody(w: Writer, message: Message, item: MemberItem, memo: EntriesMemo | null): void {
  switch (message.kind) {
    case 'pre-vote-request':
      w.uint(message.campaign)
      w.uint(message.lastIndex)
      w.uint(message.lastTerm)
      break
    case 'pre-vote':
      w.uint(message.campaign)
      w.bool(message.granted)
      break
    case 'vote-request':
      w.uint(message.lastIndex)
      w.uint(message.lastTerm)
      w.bool(message.transfer)
      break
    case 'vote':
      w.bool(message.granted)
      break
    case 'append':
      writeAppend(w, message, item.entries, memo)
      break
    case 'heartbeat':
      w.uint(message.round)
      w.uint(message.commit)
      w.float(message.abstainMs)
      break
    case 'ack':
      w.uint(message.match)
      w.uint(message.round)
      writeLeadership(w, message.leadership)
      break
    case 'conflict':
      w.uint(message.prevIndex)
      w.uint(message.hintIndex)
      w.uint(message.hintTerm)
      break
    case 'snapshot':
      writeChunk(w, message, item.chunk!, item.incarnation)
      break
    case 'stale':
    case 'timeout-now':
      break
    case 'read-request':
      w.uint(message.attempt)
      break
    case 'read-answer':
      w.uint(message.attempt)
      w.uint(message.index)
      break
    case 'removed':
      w.uint(message.index)
      w.uint(message.commit)
      break
    case 'quiet':
      w.uint(message.index)
      break
    case 'repair':
      w.uint(message.number)
      w.uint(message.last)
      break
    case 'repairing':
      w.uint(message.number)
      w.uint(message.upTo)
      break
  }
}

function writeLeadership(w: Writer, leadership: Ack['leadership']): void {
  const place = LEADERSHIPS.indexOf(leadership)
  if (place < 0) cannotEncode(`"${leadership}" is none of ${LEADERSHIPS.join(', ')}`)
  w.u8(place)
}

function readLeadership(r: Reader): Ack['leadership'] {
  const place = r.u8()
  return LEADERSHIPS[place] ?? r.fail(`${place} does not say how much a member wants to lead`)
}

function writeAppend(
  w: Writer,
  message: Append,
  entries: readonly LogEntry[],
  memo: EntriesMemo | null,
): void {
  const { prevIndex, prevTerm, heads } = message
  checkAttached(message, entries)
  w.uint(prevIndex)
  w.uint(prevTerm)
  w.uint(message.commit)
  w.uint(entries.length)
  if (heads === null) return
  if (memo !== null && entries[0]!.index === prevIndex + 1 && isMemoOf(memo, prevTerm, entries)) {
    w.raw(memo.bytes)
    return
  }
  const before = w.length
  writeEntries(w, prevIndex, prevTerm, entries)
  if (memo === null) return
  memo.entries = entries
  memo.prevTerm = prevTerm
  // The bytes stand where they were written: whoever writes next in this slab does so behind them.
  memo.bytes = w.since(before)
}

/** The entries attached are those the core named: a slow read must not put other payloads under these heads. */
function checkAttached({ prevIndex, heads }: Append, entries: readonly LogEntry[]): void {
  const named = heads === null ? 0 : heads.last - prevIndex
  if (entries.length !== named || (heads !== null && named < 1))
    cannotEncode(`${entries.length} entries are attached where the message names ${named}`)
  if (heads === null) return
  for (const run of heads.runs)
    if (entries[run.first - prevIndex - 1]?.term !== run.term)
      cannotEncode(`the entry ${run.first} attached is not the one the message names`)
}

function writeChunk(w: Writer, message: SnapshotPart, chunk: SnapshotChunk, incarnation: string): void {
  const { meta } = chunk
  if (meta.index !== message.index || meta.term !== message.indexTerm)
    cannotEncode('the part attached is of another snapshot than the message names')
  w.uint(message.index)
  w.uint(message.indexTerm)
  writeSnapshotChunk(w, chunk, incarnation)
}

/** @param entriesLeft how many entries the batch may still bring. */
export function readMemberItem(r: Reader, entriesLeft: number): MemberItem {
  const incarnation = r.id(MAX_ID_BYTES)
  const from = r.id(MAX_ID_BYTES)
  const to = r.id(MAX_ID_BYTES)
  const term = r.uint()
  const kind = r.u8()
  if (kind === KIND.append) return readAppend(r, incarnation, from, to, term, entriesLeft)
  if (kind === KIND.snapshot) return readPart(r, incarnation, from, to, term)
  const message = readPlain(r, kind, from, to, term)
  return { kind: 'member', incarnation, message, entries: NO_ENTRIES, chunk: null }
}

function readPlain(r: Reader, kind: number, from: string, to: string, term: number): Message {
  switch (kind) {
    case KIND['pre-vote-request']: {
      const campaign = r.uintFrom(1, 'the term of a campaign')
      const lastIndex = r.uint()
      const lastTerm = readTermAt(r, lastIndex, term)
      return { kind: 'pre-vote-request', from, to, term, campaign, lastIndex, lastTerm }
    }
    case KIND['pre-vote']:
      return {
        kind: 'pre-vote',
        from,
        to,
        term,
        campaign: r.uintFrom(1, 'the term of a campaign'),
        granted: r.bool(),
      }
    case KIND['vote-request']: {
      leads(r, term)
      const lastIndex = r.uint()
      const lastTerm = readTermAt(r, lastIndex, term)
      return { kind: 'vote-request', from, to, term, lastIndex, lastTerm, transfer: r.bool() }
    }
    case KIND.vote:
      return { kind: 'vote', from, to, term, granted: r.bool() }
    case KIND.heartbeat:
      leads(r, term)
      return { kind: 'heartbeat', from, to, term, round: r.uint(), commit: r.uint(), abstainMs: r.float() }
    case KIND.ack:
      return readAck(r, from, to, term)
    case KIND.conflict:
      return readConflict(r, from, to, term)
    case KIND.repair:
      return readRepair(r, from, to, term)
    case KIND.repairing:
      return readRepairing(r, from, to, term)
    case KIND.stale:
      return { kind: 'stale', from, to, term }
    case KIND['timeout-now']:
      leads(r, term)
      return { kind: 'timeout-now', from, to, term }
    case KIND['read-request']:
      leads(r, term)
      return { kind: 'read-request', from, to, term, attempt: readAttempt(r) }
    case KIND['read-answer']:
      return readAnswer(r, from, to, term)
    case KIND.removed: {
      const index = r.uintFrom(1, 'the index of a removal')
      return {
        kind: 'removed',
        from,
        to,
        term,
        index,
        commit: r.uintFrom(index, 'the commit index of a removal'),
      }
    }
    case KIND.quiet:
      leads(r, term)
      return { kind: 'quiet', from, to, term, index: r.uintFrom(1, 'the last index of a quiet group') }
    default:
      return r.fail(`${kind} is no kind of message`)
  }
}

function readAck(r: Reader, from: string, to: string, term: number): Message {
  return { kind: 'ack', from, to, term, match: r.uint(), round: r.uint(), leadership: readLeadership(r) }
}

function readAnswer(r: Reader, from: string, to: string, term: number): Message {
  leads(r, term)
  const attempt = readAttempt(r)
  return { kind: 'read-answer', from, to, term, attempt, index: r.uintFrom(1, 'the index of a read') }
}

function readRepair(r: Reader, from: string, to: string, term: number): Message {
  return { kind: 'repair', from, to, term, number: r.uintFrom(1, 'the number of a repair'), last: r.uint() }
}

function readRepairing(r: Reader, from: string, to: string, term: number): Message {
  leads(r, term)
  return {
    kind: 'repairing',
    from,
    to,
    term,
    number: r.uintFrom(1, 'the number of a repair'),
    upTo: r.uint(),
  }
}

function readConflict(r: Reader, from: string, to: string, term: number): Message {
  const prevIndex = r.uintFrom(1, 'the place an append stood on')
  const hintIndex = r.uint()
  if (hintIndex > prevIndex) r.fail('a hint lies behind the place that is refused')
  return { kind: 'conflict', from, to, term, prevIndex, hintIndex, hintTerm: readTermAt(r, hintIndex, term) }
}

function readAppend(
  r: Reader,
  incarnation: string,
  from: string,
  to: string,
  term: number,
  entriesLeft: number,
): MemberItem {
  leads(r, term)
  const prevIndex = r.uint()
  const prevTerm = readTermAt(r, prevIndex, term)
  const commit = r.uint()
  const count = r.count(entriesLeft, MIN_ENTRY_BYTES, 'entries')
  if (prevIndex + count > Number.MAX_SAFE_INTEGER) r.fail('an index exceeds 2^53 - 1')
  const entries: LogEntry[] = []
  const heads = count === 0 ? null : readEntries(r, prevIndex, prevTerm, term, count, entries)
  const message: Append = { kind: 'append', from, to, term, prevIndex, prevTerm, heads, commit }
  return { kind: 'member', incarnation, message, entries, chunk: null }
}

function readPart(r: Reader, incarnation: string, from: string, to: string, term: number): MemberItem {
  leads(r, term)
  const index = r.uintFrom(1, "a snapshot's index")
  const indexTerm = readTermAt(r, index, term)
  const chunk = readSnapshotChunk(r, incarnation)
  if (chunk.meta.index !== index || chunk.meta.term !== indexTerm)
    r.fail('a part is of another snapshot than its message names')
  const message: SnapshotPart = { kind: 'snapshot', from, to, term, index, indexTerm }
  return { kind: 'member', incarnation, message, entries: NO_ENTRIES, chunk }
}

function readAttempt(r: Reader): number {
  return r.uintFrom(1, 'the number of a question')
}

/** What only a leader or a candidate says, or is asked of a leader, is of a term that somebody could win. */
function leads(r: Reader, term: number): void {
  if (term < 1) r.fail('a message of or to a leader or a candidate is of term 0')
}

/** The term of the entry at `index`: none is newer than the sender's own, and only the place before the first has 0. */
function readTermAt(r: Reader, index: number, senderTerm: number): number {
  const term = r.uint()
  if (term > senderTerm) r.fail(`entry ${index} is of term ${term}, its sender of term ${senderTerm}`)
  if ((index === 0) !== (term === 0)) r.fail(`no entry ${index} is of term ${term}`)
  return term
}

export function writeSnapshotProgress(w: Writer, item: SnapshotProgressItem): void {
  w.id(item.incarnation, MAX_ID_BYTES)
  w.id(item.from, MAX_ID_BYTES)
  w.id(item.to, MAX_ID_BYTES)
  w.uint(item.transfer)
  // −1 becomes 0, and everything else one more than it is.
  w.uint(item.received + 1)
  w.bool(item.installed)
  w.bool(item.again)
}

export function readSnapshotProgress(r: Reader): SnapshotProgressItem {
  return {
    kind: 'snapshot-progress',
    incarnation: r.id(MAX_ID_BYTES),
    from: r.id(MAX_ID_BYTES),
    to: r.id(MAX_ID_BYTES),
    transfer: r.uint(),
    received: r.uint() - 1,
    installed: r.bool(),
    again: r.bool(),
  }
}
