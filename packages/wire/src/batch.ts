/** A batch: what travels from one host or client to another, whole or not at all. */
import { type LogEntry, RaftedError } from '@rafted/contracts'
import { BadBytes, cannotEncode } from './bad-bytes.ts'
import { isVersionRange } from './configuration-codec.ts'
import { type EntriesMemo, MAX_ENTRY_HEAD_BYTES } from './entry-codec.ts'
import { type BatchHead, type Item, type SnapshotChunk, WIRE_VERSIONS } from './envelope.ts'
import { MAX_ENTRIES, MAX_ID_BYTES, MAX_ITEMS, MAX_NAME_BYTES } from './limits.ts'
import {
  readMemberItem,
  readSnapshotProgress,
  writeMemberItem,
  writeSnapshotProgress,
} from './member-message.ts'
import { readQuietGroups, writeQuietGroups } from './quiet-codec.ts'
import { Reader } from './reader.ts'
import {
  readFetch,
  readFetched,
  readFetchedPart,
  readFetchSnapshot,
  writeFetch,
  writeFetched,
  writeFetchedPart,
  writeFetchSnapshot,
} from './repair-codec.ts'
import type { Request, Response } from './request.ts'
import { readRequest, writeRequest } from './request-codec.ts'
import { readResponse, writeResponse } from './response-codec.ts'
import { Writer } from './writer.ts'

/** "RFTD", the lowest byte first. Every batch of every version begins with it. */
const MAGIC = 0x44544652
/** Its kind and its length. */
const ITEM_HEAD_BYTES = 5
/** What else a message of a member may need: three ids and a handful of numbers. */
const MEMBER_BYTES = 320
/** What an answer with a result takes at most beside it: heads, and four numbers. */
const RESULT_BYTES = 48

/** Part of the format: added to, never renumbered. */
const KIND = {
  member: 1,
  'snapshot-progress': 2,
  request: 3,
  response: 4,
  fetch: 5,
  fetched: 6,
  'fetch-snapshot': 7,
  'fetched-part': 8,
  pulse: 9,
  'roll-call': 10,
  missing: 11,
} as const satisfies Record<Item['kind'], number>

/** How a batch is written. */
export interface EncodeOptions {
  /** The version to write, one that both sides read (`commonVersion`). Default: the newest. */
  readonly version?: number
  /** One for all batches of a turn: entries that go to several peers are then encoded once. */
  readonly memo?: EntriesMemo
}

/** What a reader takes. Bytes that would have it make more are refused before anything is made. */
export interface DecodeLimits {
  /** The reader's own cluster: a batch of another is refused. Default: any is read. */
  readonly cluster?: string
  /** Default `MAX_ITEMS`. */
  readonly maxItems?: number
  /** Entries of all items together. Default `MAX_ENTRIES`. */
  readonly maxEntries?: number
}

/** A batch as it was read. */
export interface DecodedBatch {
  readonly head: BatchHead
  /** The version it was written in. */
  readonly version: number
  readonly items: Item[]
}

/** What stands before the items, and is the same in all versions. */
export interface DecodedHead {
  readonly head: BatchHead
  readonly version: number
}

const writer = new Writer()

/** @returns the newest version both ranges hold, or null. */
export function commonVersion(
  a: readonly [oldest: number, newest: number],
  b: readonly [oldest: number, newest: number],
): number | null {
  const newest = Math.min(a[1], b[1])
  return newest >= Math.max(a[0], b[0]) ? newest : null
}

/** @returns bytes this item takes in a batch, or somewhat more. */
export function itemBytes(item: Item): number {
  if (item.kind === 'member' || item.kind === 'fetched') {
    let bytes = MEMBER_BYTES
    for (const { payload } of item.entries) bytes += payload.length + MAX_ENTRY_HEAD_BYTES
    if (item.kind === 'fetched' || item.chunk === null) return bytes
    return partBytes(item, item.chunk)
  }
  if (item.kind === 'fetched-part') return partBytes(item, item.chunk)
  if (item.kind === 'snapshot-progress' || item.kind === 'fetch' || item.kind === 'fetch-snapshot')
    return MEMBER_BYTES
  // Of these a batch has thousands: to encode each once more would show.
  if (item.kind === 'response' && item.response.kind === 'result')
    return RESULT_BYTES + item.response.payload.length
  return encodedItemBytes(item)
}

const NO_BYTES = new Uint8Array(0)

const measure = new Writer()

/** A snapshot's meta names members, and has to be written to know how long it is; the content of a part, whose length takes up to four bytes more than that of none, has not. */
function partBytes(item: Extract<Item, { kind: 'member' | 'fetched-part' }>, chunk: SnapshotChunk): number {
  return encodedItemBytes({ ...item, chunk: { ...chunk, bytes: NO_BYTES } }) + chunk.bytes.length + 4
}

/** Items that are rare or small: measured by encoding them. */
function encodedItemBytes(item: Item): number {
  measure.begin(512)
  writeItem(measure, item, null)
  return measure.length
}

/**
 * The batch's bytes. They share memory with other batches, before and behind them: to be read and sent, not transferred.
 * @throws {RaftedError} `invalid-argument` for what the layout has no place for, `too-large` for more than a reader takes.
 */
export function encodeBatch(head: BatchHead, items: readonly Item[], options?: EncodeOptions): Uint8Array {
  const version = options?.version ?? WIRE_VERSIONS[1]
  if (version < WIRE_VERSIONS[0] || version > WIRE_VERSIONS[1])
    cannotEncode(`this build doesn't write version ${version}`)
  if (items.length > MAX_ITEMS) tooLarge('items', MAX_ITEMS)
  if (countEntries(items) > MAX_ENTRIES) tooLarge('entries', MAX_ENTRIES)
  const memo = options?.memo ?? null
  try {
    writer.begin(hintOf(items))
    writeHead(writer, head, version)
    writer.uint(items.length)
    for (let i = 0; i < items.length; i++) writeItem(writer, items[i]!, memo)
    return writer.finish()
  } catch (error) {
    // What was written is written over by the next batch: nobody may copy from it.
    if (memo !== null) memo.entries = []
    throw error
  }
}

function countEntries(items: readonly Item[]): number {
  let count = 0
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    count += entriesIn(item)
  }
  return count
}

function entriesIn(item: Item): number {
  return item.kind === 'member' || item.kind === 'fetched' ? item.entries.length : 0
}

/** About how long it will get; the writer grows where this is too little, which copies what there is. */
function hintOf(items: readonly Item[]): number {
  let hint = 512
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    if (item.kind === 'request') hint += requestHint(item.request)
    else if (item.kind === 'response') hint += responseHint(item.response)
    else hint += 160 + contentHint(item)
  }
  return hint
}

function contentHint(item: Exclude<Item, { kind: 'request' | 'response' }>): number {
  switch (item.kind) {
    case 'member':
      return entriesHint(item.entries) + (item.chunk?.bytes.length ?? 0)
    case 'fetched':
      return entriesHint(item.entries)
    case 'fetched-part':
      return item.chunk.bytes.length
    case 'roll-call':
    case 'missing':
      return item.groups.length * 40
    default:
      return 0
  }
}

function entriesHint(entries: readonly LogEntry[]): number {
  let hint = 0
  for (let i = 0; i < entries.length; i++) hint += entries[i]!.payload.length + 8
  return hint
}

// Of these a batch has thousands: what is too much for one is too much for all.
function requestHint(asked: Request): number {
  const request = asked.kind === 'relay' ? asked.request : asked
  const hint = (asked.kind === 'relay' ? 160 : 80) + request.group.length
  return request.kind === 'command' || request.kind === 'query' ? hint + request.payload.length : hint
}

function responseHint(response: Response): number {
  if (response.kind === 'result') return 24 + response.payload.length
  if (response.kind === 'error') return 80 + response.message.length + response.details.length
  return response.kind === 'backup' ? 80 + response.bytes.length : 160
}

function writeHead(w: Writer, head: BatchHead, version: number): void {
  const [oldest, newest] = head.versions
  if (!isVersionRange(oldest, newest) || version < oldest || version > newest)
    cannotEncode(`version ${version} in a batch of a sender that reads ${oldest} to ${newest}`)
  w.room(4)
  w.patchU32(w.at, MAGIC)
  w.at += 4
  w.u16(version)
  w.u16(oldest)
  w.u16(newest)
  w.name(head.cluster, MAX_NAME_BYTES)
  w.name(head.sender, MAX_NAME_BYTES)
}

function writeItem(w: Writer, item: Item, memo: EntriesMemo | null): void {
  w.room(ITEM_HEAD_BYTES)
  w.u8(KIND[item.kind])
  w.at += 4
  const before = w.length
  switch (item.kind) {
    case 'member':
      writeMemberItem(w, item, memo)
      break
    case 'snapshot-progress':
      writeSnapshotProgress(w, item)
      break
    case 'fetch':
      writeFetch(w, item)
      break
    case 'fetched':
      writeFetched(w, item)
      break
    case 'fetch-snapshot':
      writeFetchSnapshot(w, item)
      break
    case 'fetched-part':
      writeFetchedPart(w, item)
      break
    case 'request':
      writeRequest(w, item.request)
      break
    case 'response':
      writeResponse(w, item.response)
      break
    case 'pulse':
      w.id(item.time, MAX_ID_BYTES)
      w.uint(item.digest)
      break
    case 'roll-call':
    case 'missing':
      writeQuietGroups(w, item.groups)
      break
  }
  const length = w.length - before
  w.patchU32(w.at - length - 4, length)
}

function tooLarge(what: string, max: number): never {
  throw new RaftedError('too-large', `A batch holds ${max} ${what} at most. Send several.`, {
    outcome: 'not-applied',
  })
}

/**
 * What stands before the items. Can be read whatever the version, so that a reader can learn which versions it shares
 * with a sender it can't understand.
 * @throws {BadBytes} `bad-bytes`.
 */
export function decodeHead(bytes: Uint8Array): DecodedHead {
  return readHead(new Reader(bytes))
}

/**
 * Reads a batch whole or not at all. Payloads are views of `bytes`: who keeps one keeps the batch.
 * @throws {BadBytes} `bad-bytes`, `wrong-cluster` or `version-mismatch`; nothing else, whatever the bytes.
 */
export function decodeBatch(bytes: Uint8Array, limits?: DecodeLimits): DecodedBatch {
  const r = new Reader(bytes)
  const { head, version } = readHead(r)
  if (limits?.cluster !== undefined && head.cluster !== limits.cluster) wrongCluster(r, head, limits.cluster)
  if (version < WIRE_VERSIONS[0] || version > WIRE_VERSIONS[1]) wrongVersion(r, head, version)
  const count = r.count(limits?.maxItems ?? MAX_ITEMS, ITEM_HEAD_BYTES, 'items')
  const end = r.end
  let entriesLeft = limits?.maxEntries ?? MAX_ENTRIES
  const items: Item[] = []
  for (let i = 0; i < count; i++) {
    const kind = r.u8()
    const length = r.u32()
    if (length > end - r.at) r.fail(`an item of ${length} bytes doesn't fit in those left`)
    r.end = r.at + length
    const item = readItem(r, kind, entriesLeft)
    r.done()
    r.end = end
    entriesLeft -= entriesIn(item)
    items.push(item)
  }
  r.done()
  return { head, version, items }
}

function readHead(r: Reader): DecodedHead {
  if (r.u32() !== MAGIC) {
    r.at = 0
    r.fail('no batch of Rafted begins like this')
  }
  const version = r.u16()
  const oldest = r.u16()
  const newest = r.u16()
  if (!isVersionRange(oldest, newest) || version < oldest || version > newest)
    r.fail(`a batch of version ${version} from a sender that reads ${oldest} to ${newest}`)
  const cluster = r.name()
  const sender = r.name()
  return { head: { cluster, versions: [oldest, newest], sender }, version }
}

function readItem(r: Reader, kind: number, entriesLeft: number): Item {
  switch (kind) {
    case KIND.member:
      return readMemberItem(r, entriesLeft)
    case KIND['snapshot-progress']:
      return readSnapshotProgress(r)
    case KIND.fetch:
      return readFetch(r)
    case KIND.fetched:
      return readFetched(r, entriesLeft)
    case KIND['fetch-snapshot']:
      return readFetchSnapshot(r)
    case KIND['fetched-part']:
      return readFetchedPart(r)
    case KIND.request:
      return { kind: 'request', request: readRequest(r) }
    case KIND.response:
      return { kind: 'response', response: readResponse(r) }
    case KIND.pulse:
      return { kind: 'pulse', time: r.id(MAX_ID_BYTES), digest: r.uint() }
    case KIND['roll-call']:
      return { kind: 'roll-call', groups: readQuietGroups(r) }
    case KIND.missing:
      return { kind: 'missing', groups: readQuietGroups(r) }
    default:
      return r.fail(`${kind} is no kind of item`)
  }
}

function wrongCluster(r: Reader, head: BatchHead, own: string): never {
  throw new BadBytes(
    'wrong-cluster',
    `A batch of cluster "${head.cluster}" reached a host of cluster "${own}". Check the addresses: one of them leads elsewhere.`,
    r.at,
    { sender: head.sender, cluster: head.cluster, own },
  )
}

function wrongVersion(r: Reader, head: BatchHead, version: number): never {
  const [oldest, newest] = WIRE_VERSIONS
  throw new BadBytes(
    'version-mismatch',
    `A batch from "${head.sender}" is of wire version ${version}; this build reads ${oldest} to ${newest}. Upgrade the older side.`,
    r.at,
    { sender: head.sender, version, theirs: head.versions, own: WIRE_VERSIONS },
  )
}
