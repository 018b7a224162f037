/** The directory of a host, the same whenever it is made: two groups, one of which has a snapshot. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { LogEntry, LogWrite, Random, SnapshotMeta } from '@rafted/contracts'
import { type Configuration, EntryKind, type Member } from '@rafted/core'
import { openFileStorage } from '@rafted/storage'
import { encodeCommandPayload, encodeConfiguration, encodeSessionPayload, valueCodec } from '@rafted/wire'
import { stillClock } from './typed.ts'

/** Draws the same, always. */
export function sameRandom(): Random {
  let draws = 0
  return {
    number: () => 0.5,
    bytes: (count) => {
      const digest = createHash('sha512').update(String(++draws)).digest()
      return new Uint8Array(digest.subarray(0, count))
    },
  }
}

type OpenStorage = Awaited<ReturnType<typeof openFileStorage>>

export function openStorage(path: string, segmentBytes?: number): Promise<OpenStorage> {
  const options = { path, cluster: 'shop', host: 'a', clock: stillClock, random: sameRandom() }
  return openFileStorage(segmentBytes === undefined ? options : { ...options, segmentBytes })
}

export const orders = { incarnation: '39b8'.padEnd(32, '0'), member: 'a1'.padEnd(32, '0') }
const audit = { incarnation: '57c2'.padEnd(32, '0'), member: 'a2'.padEnd(32, '0') }

function member(host: string, digit: string): Member {
  return {
    id: `${host}${digit}`.padEnd(32, '0'),
    host,
    address: `${host}:7000`,
    durable: true,
    wire: [1, 1],
    machine: [1, 1],
  }
}

const voters = ['a', 'b', 'c'].map((host) => member(host, '1'))
export const configuration: Configuration = { voters, outgoing: null, learners: [] }

/** Entries of term 1 from `from` on, a tenth of a second apart. */
export function entriesOf(
  from: number,
  contents: readonly (readonly [keyof typeof EntryKind, Uint8Array])[],
  term = 1,
): LogEntry[] {
  return contents.map(([kind, payload], i) => {
    const index = from + i
    return { index, term, kind: EntryKind[kind], time: index * 100, payload }
  })
}

export function command(
  sequence: number,
  value: unknown,
  key: string | null = null,
): readonly ['command', Uint8Array] {
  const payload = { session: 3, sequence, acknowledged: sequence, key, command: valueCodec.encode(value) }
  return ['command', encodeCommandPayload(payload)]
}

export function write(change: Partial<LogWrite>): LogWrite {
  return { term: 1, vote: null, reset: null, truncateFrom: null, entries: [], ...change }
}

export function metaOf(index: number, term: number, content: Uint8Array): SnapshotMeta {
  return {
    index,
    term,
    time: index * 100,
    configuration: { index: 2, configuration },
    incarnation: orders.incarnation,
    format: 1,
    machineVersion: 1,
    size: content.length,
    checksum: crc32(content),
  }
}

export async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content
}

/** What the leader of a new group writes first, and a client's session. */
export const beginning = entriesOf(1, [
  ['noop', new Uint8Array(0)],
  ['configuration', encodeConfiguration(configuration)],
  ['session', encodeSessionPayload({ op: 'open', session: 0, acknowledged: 0 })],
  command(1, ['order', { item: 'lamp', count: 2 }]),
  command(2, ['order', { item: 'chair', count: 1 }], 'chair-17'),
])

/** Makes it at `path`, which is not there yet. */
export async function makeSample(path: string): Promise<void> {
  const { logs, snapshots } = await openStorage(path)
  await logs.create('orders', orders)
  await logs.create('audit', audit)
  await logs.write([
    { group: 'orders', write: write({ entries: beginning }) },
    { group: 'audit', write: write({ entries: beginning.slice(0, 1) }) },
  ])
  const content = valueCodec.encode([{ item: 'lamp', count: 2 }])
  await snapshots.save('orders', chunksOf(content), () => metaOf(4, 1, content))
  await logs.compact('orders', { index: 4, term: 1 })
  const later = entriesOf(6, [['noop', new Uint8Array(0)], command(3, ['cancel', new Set(['lamp'])])], 2)
  await logs.write([
    { group: 'orders', write: write({ term: 2, vote: 'b1'.padEnd(32, '0'), entries: later }) },
  ])
  await logs.close()
  await snapshots.close()
}
