/** What is refused, and as what: versions that are not shared, other clusters, and what has no place in the layout. */
import type { LogEntry } from '@rafted/contracts'
import { type Configuration, EntryKind, type Message } from '@rafted/core'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { BadBytes } from '../src/bad-bytes.ts'
import { commonVersion, type DecodeLimits, decodeBatch, decodeHead, encodeBatch } from '../src/batch.ts'
import { decodeConfiguration, encodeConfiguration } from '../src/configuration-codec.ts'
import {
  decodeCommandPayload,
  decodeSessionPayload,
  encodeCommandPayload,
  encodeSessionPayload,
} from '../src/entry-payload.ts'
import { type FetchedPartItem, type Item, WIRE_VERSIONS } from '../src/envelope.ts'
import { MAX_ENTRIES, MAX_ITEMS } from '../src/limits.ts'
import type { ChangeMembersRequest, ChangeSettingsRequest, QueryRequest } from '../src/request.ts'
import { decodeSettingsPayload, encodeSettingsPayload } from '../src/settings-codec.ts'
import { decodeSnapshotMeta, encodeSnapshotMeta } from '../src/snapshot-meta-codec.ts'
import { appendOf, changes, configuration, head, items, member, messages, meta, requests } from './samples.ts'

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

function refusal(run: () => unknown): BadBytes {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(BadBytes)
    return error as BadBytes
  }
  return expect.fail('nothing was refused')
}

const some = [items['message-ack']!]

describe('versions', () => {
  const range = fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.nat(20))
    .map(([oldest, more]) => [oldest, oldest + more] as const)

  test('the newest that both sides read is common', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const inBoth: number[] = []
        for (let v = a[0]; v <= a[1]; v++) if (v >= b[0] && v <= b[1]) inBoth.push(v)
        expect(commonVersion(a, b)).toBe(inBoth.at(-1) ?? null)
        expect(commonVersion(b, a)).toBe(inBoth.at(-1) ?? null)
      }),
    )
  })

  test('a batch announces what its sender reads', () => {
    const batch = encodeBatch({ ...head, versions: [1, 7] }, some, { version: 1 })
    expect(decodeBatch(batch)).toMatchObject({ head: { versions: [1, 7] }, version: 1 })
  })

  test('so is an entry of a kind this build does not know: a newer one wrote it (F111c)', () => {
    const heads = { runs: [{ first: 1, term: 1, bytes: 32, time: 0 }], last: 1, configurations: [] }
    const place = { from: 'a', to: 'b', term: 1, prevIndex: 0, prevTerm: 0, commit: 0 }
    const entry = { index: 1, term: 1, kind: 7 as never, time: 0, payload: new Uint8Array(0) }
    const item = {
      kind: 'member',
      incarnation: 'i',
      message: { kind: 'append', ...place, heads },
      entries: [entry],
      chunk: null,
    } as const
    expect(refusal(() => decodeBatch(encodeBatch(head, [item])))).toMatchObject({
      code: 'version-mismatch',
      message: expect.stringContaining('unknown kind 7'),
    })
  })

  test('a batch of a version this build does not read is refused, and its head can be read', () => {
    const batch = encodeBatch({ ...head, versions: [1, 9] }, some).slice()
    batch[4] = 9
    const error = refusal(() => decodeBatch(batch))
    expect(error).toMatchObject({ code: 'version-mismatch', outcome: 'not-applied' })
    expect(error.details).toMatchObject({ sender: 'host-a', version: 9, theirs: [1, 9], own: WIRE_VERSIONS })
    expect(decodeHead(batch)).toEqual({ head: { ...head, versions: [1, 9] }, version: 9 })
    // Nothing behind the head is looked at.
    expect(decodeHead(batch.subarray(0, 22))).toEqual(decodeHead(batch))
    expect(refusal(() => decodeBatch(batch.subarray(0, 22))).code).toBe('version-mismatch')
  })

  test.each([
    ['of version 0', [0, 0, 0]],
    ['of a version its sender does not read', [3, 1, 2]],
    ['of a version too old for its sender', [1, 2, 3]],
    ['of a sender that reads from 3 to 2', [3, 3, 2]],
  ])('a batch %s is no batch', (_, [version, oldest, newest]) => {
    const batch = encodeBatch(head, some).slice()
    batch[4] = version!
    batch[6] = oldest!
    batch[8] = newest!
    expect(refusal(() => decodeBatch(batch)).code).toBe('bad-bytes')
    expect(refusal(() => decodeHead(batch)).code).toBe('bad-bytes')
  })

  test('no other version is written', () => {
    const code = { code: 'invalid-argument' }
    expect(() => encodeBatch({ ...head, versions: [1, 9] }, some, { version: 2 })).toThrow(
      expect.objectContaining(code),
    )
    expect(() => encodeBatch({ ...head, versions: [1, 9] }, some, { version: 0 })).toThrow(
      expect.objectContaining(code),
    )
    // Nor one the sender says it doesn't read.
    expect(() => encodeBatch({ ...head, versions: [2, 9] }, some)).toThrow(expect.objectContaining(code))
  })

  test('what stores keep says its format first, and another one is refused', () => {
    const kept: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
      [encodeConfiguration(configuration), decodeConfiguration],
      [encodeSnapshotMeta(meta), decodeSnapshotMeta],
      [
        encodeCommandPayload({
          session: 1,
          sequence: 1,
          acknowledged: 0,
          key: null,
          command: new Uint8Array(3),
        }),
        decodeCommandPayload,
      ],
      [encodeSessionPayload({ op: 'keep', session: 1, acknowledged: 0 }), decodeSessionPayload],
      [encodeSettingsPayload({ ifSettingsAt: null, changes }), decodeSettingsPayload],
    ]
    for (const [bytes, decode] of kept) {
      expect(bytes[0]).toBe(1)
      for (const format of [0, 9, 255]) {
        const other = bytes.slice()
        other[0] = format
        expect(refusal(() => decode(other))).toMatchObject({ code: 'version-mismatch', offset: 1 })
      }
    }
  })
})

describe('clusters (F94c)', () => {
  const batch = encodeBatch(head, some)

  test('a batch of another cluster is refused by name', () => {
    const error = refusal(() => decodeBatch(batch, { cluster: 'shop-2' }))
    expect(error).toMatchObject({ code: 'wrong-cluster', outcome: 'not-applied' })
    expect(error.details).toMatchObject({ cluster: 'shop', own: 'shop-2', sender: 'host-a' })
    expect(decodeBatch(batch, { cluster: 'shop' }).items).toHaveLength(1)
  })

  test('the cluster is looked at before the version', () => {
    const newer = encodeBatch({ ...head, versions: [1, 9] }, some).slice()
    newer[4] = 9
    expect(refusal(() => decodeBatch(newer, { cluster: 'other' })).code).toBe('wrong-cluster')
  })
})

describe('limits', () => {
  const take = (all: readonly Item[], limits: DecodeLimits) =>
    decodeBatch(encodeBatch(head, all), limits).items
  const entries = (count: number): LogEntry[] =>
    Array.from({ length: count }, (_, i) => ({
      index: i + 1,
      term: 1,
      kind: EntryKind.noop,
      time: 0,
      payload: new Uint8Array(0),
    }))

  test('more items than the reader takes', () => {
    const all = [...some, ...some, ...some]
    expect(take(all, { maxItems: 3 })).toHaveLength(3)
    expect(refusal(() => take(all, { maxItems: 2 })).code).toBe('bad-bytes')
  })

  test('more entries than the reader takes, of all items together', () => {
    const all = [appendOf(entries(3), 0, 0), ...some, appendOf(entries(2), 0, 0)]
    expect(take(all, { maxEntries: 5 })).toHaveLength(3)
    expect(refusal(() => take(all, { maxEntries: 4 })).code).toBe('bad-bytes')
  })

  test('more than any reader takes is not written', () => {
    const stale = messages.stale!
    const tooLarge = expect.objectContaining({ code: 'too-large', outcome: 'not-applied' })
    expect(() => encodeBatch(head, new Array(MAX_ITEMS + 1).fill(stale))).toThrow(tooLarge)
    expect(decodeBatch(encodeBatch(head, new Array(MAX_ITEMS).fill(stale))).items).toHaveLength(MAX_ITEMS)
    const half = appendOf(entries(MAX_ENTRIES / 2), 0, 0)
    expect(() => encodeBatch(head, [half, half, appendOf(entries(1), 0, 0)])).toThrow(tooLarge)
    expect(decodeBatch(encodeBatch(head, [half, half])).items).toHaveLength(2)
  })
})

describe('what has no place in the layout', () => {
  const base = { from: 'a', to: 'b', term: 9 }
  const heads = { runs: [{ first: 5, term: 9, bytes: 1, time: 0 }], last: 6, configurations: [] }
  const entry = (index: number, term: number, time = 0): LogEntry => ({
    index,
    term,
    kind: EntryKind.command,
    time,
    payload: new Uint8Array(2),
  })
  const append: Message = { kind: 'append', ...base, prevIndex: 4, prevTerm: 8, heads, commit: 0 }
  const two = [entry(5, 9), entry(6, 9)]
  const item = (message: Message, entries: readonly LogEntry[] = []): Item => ({
    kind: 'member',
    incarnation: 'i',
    message,
    entries,
    chunk: null,
  })
  const member64 = 'x'.repeat(64)

  const link = { incarnation: 'i', from: 'a', to: 'b', number: 1 }
  const fetch: Item = { kind: 'fetch', ...link, index: 5, last: 6, entryTerm: 9, maxBytes: 100 }
  const fetched: Item = { kind: 'fetched', ...link, index: 5, entryTerm: 9, answer: 'given', entries: two }

  const part = items['fetched-part'] as FetchedPartItem
  const good: Record<string, Item> = {
    'entries asked for': fetch,
    'entries as asked for': fetched,
    'an append as named': item(append, two),
    'ids of 64 bytes': item({ kind: 'stale', from: member64, to: 'ä'.repeat(32), term: 0 }),
  }
  test.each(Object.entries(good))('(%s is encoded)', (_, one) => {
    expect(decodeBatch(encodeBatch(head, [one])).items).toHaveLength(1)
  })

  const query = (read: QueryRequest['read'], maxStalenessMs: number): Item => {
    const about = { id: 1, group: 'g', incarnation: null, payload: new Uint8Array(0) }
    return { kind: 'request', request: { kind: 'query', ...about, read, maxStalenessMs, here: false } }
  }
  const bad: Record<string, Item> = {
    'fewer entries than named': item(append, two.slice(1)),
    'an entry of another term than named': item(append, [entry(5, 8), entry(6, 9)]),
    'an entry of another index than named': item(append, [entry(5, 9), entry(7, 9)]),
    'entries in another order': item(append, [entry(6, 9), entry(5, 9)]),
    'an entry of an earlier time': item(append, [entry(5, 9, 10), entry(6, 9, 9)]),
    'an entry of an earlier term': item({ ...append, heads: { ...heads, runs: [] } }, [
      entry(5, 9),
      entry(6, 8),
    ]),
    'entries without heads': item({ ...append, heads: null }, two),
    'entries with another message': item({ kind: 'stale', ...base }, two),
    'a part of a snapshot with another message': {
      ...messages.snapshot!,
      message: { kind: 'stale', ...base },
    },
    'a snapshot without its part': item({ kind: 'snapshot', ...base, index: 1000, indexTerm: 7 }),
    'a part of another snapshot': {
      ...messages.snapshot!,
      message: { kind: 'snapshot', ...base, index: 999, indexTerm: 7 },
    },
    'a part of another group': { ...messages.snapshot!, incarnation: 'other' },
    'an id that is empty': item({ kind: 'stale', ...base, to: '' }),
    'an id of 65 bytes': item({ kind: 'stale', ...base, to: `${member64}x` }),
    'an id of 65 bytes, not ASCII': item({ kind: 'stale', ...base, to: `${'ä'.repeat(32)}x` }),
    'half a surrogate pair': item({ kind: 'stale', ...base, to: 'a\ud800' }),
    'a term that is negative': item({ kind: 'stale', ...base, term: -1 }),
    'a term with a fraction': item({ kind: 'stale', ...base, term: 1.5 }),
    'a term of 2^53': item({ kind: 'stale', ...base, term: 2 ** 53 }),
    'a bound of a read that has none': query('stale', 5),
    'a bounded read without its bound': query('bounded', 0),
    'a bound that is no duration': query('bounded', Number.NaN),
    'another way to read': query('dirty' as 'stale', 0),
    'a promise of less than nothing': item({
      kind: 'heartbeat',
      ...base,
      round: 1,
      commit: 1,
      abstainMs: -1,
    }),
    'a term that is NaN': item({ kind: 'stale', ...base, term: Number.NaN }),
    'entries asked for from 0': { ...fetch, index: 0 },
    'entries asked for backwards': { ...fetch, last: 4 },
    'entries asked for of term 0': { ...fetch, entryTerm: 0 },
    'given, and nothing attached': { ...fetched, entries: [] },
    'not given, and entries attached': { ...fetched, answer: 'lacks' },
    'a part asked for, of another group': { ...part, incarnation: 'other' },
    'a part with a checksum that is none': { ...part, chunk: { ...part.chunk, checksum: -1 } },
    'a part asked for that reaches beyond its snapshot': {
      ...part,
      chunk: { ...part.chunk, offset: part.chunk.meta.size },
    },
    'an entry of another term than asked for': { ...fetched, entries: [entry(5, 9), entry(6, 10)] },
    'an entry of another index than asked for': { ...fetched, entries: [entry(6, 9)] },
    'a duration that is endless': {
      kind: 'response',
      response: { kind: 'session', id: 1, incarnation: 'i', session: 1, timeoutMs: Infinity, window: 1 },
    },
  }
  test.each(Object.entries(bad))('%s', (_, one) => {
    const refused = expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' })
    expect(() => encodeBatch(head, [one])).toThrow(refused)
    // The next batch is as if nothing had been begun.
    expect(decodeBatch(encodeBatch(head, some)).items).toEqual(some)
  })

  const configurations: Record<string, Configuration> = {
    'no voters': { ...configuration, voters: [] },
    'an empty list of outgoing voters': { ...configuration, outgoing: [] },
    'a host twice': { voters: [member('a'), member('b', { host: 'host-a' })], outgoing: null, learners: [] },
    'a member twice': { voters: [member('a'), member('a', { host: 'h' })], outgoing: null, learners: [] },
    'a voter that is a learner too': {
      voters: [member('a')],
      outgoing: null,
      learners: [{ ...member('a', { host: 'h' }), promote: true }],
    },
    'an outgoing voter twice': {
      voters: [member('a')],
      outgoing: [member('b'), member('b', { host: 'h' })],
      learners: [],
    },
    '256 voters': {
      voters: Array.from({ length: 256 }, (_, i) => member(`m${i}`)),
      outgoing: null,
      learners: [],
    },
    'no range of versions': { voters: [member('a', { wire: [2, 1] })], outgoing: null, learners: [] },
    "no range of a machine's versions": {
      voters: [member('a', { machine: [2, 1] })],
      outgoing: null,
      learners: [],
    },
    "a machine's version of 0": { voters: [member('a', { machine: [0, 1] })], outgoing: null, learners: [] },
    "a machine's version beyond all": {
      voters: [member('a', { machine: [1, 2 ** 31] })],
      outgoing: null,
      learners: [],
    },
    'a version beyond 65535': { voters: [member('a', { wire: [1, 65_536] })], outgoing: null, learners: [] },
  }
  test.each(Object.entries(configurations))('a configuration with %s', (_, one) => {
    expect(() => encodeConfiguration(one)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  const placed = (count: number, of = count) =>
    Array.from({ length: count }, (_, i) => ({ member: `m${i % of}`, place: 'voter' }) as const)
  const wrong: Record<string, Partial<ChangeMembersRequest>> = {
    'that names a member twice': { places: placed(3, 2) },
    'that names more members than a configuration has': { places: placed(511) },
    'to a place there is not': { places: [{ member: 'a', place: 'elsewhere' as 'out' }] },
    'of a configuration at index 0': { ifConfigurationAt: 0 },
  }
  test.each(Object.entries(wrong))('a change of members %s', (_, part) => {
    const whole = { ...(requests['change-members'] as ChangeMembersRequest), ...part }
    expect(() => encodeBatch(head, [{ kind: 'request', request: whole }])).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })

  const one = [0, 0, 0, 0, 0, 0, 0, 0]
  const settings: Record<string, Partial<ChangeSettingsRequest>> = {
    'that names a setting twice': { changes: [changes[0]!, changes[0]!] },
    'of what is no setting': { changes: [{ setting: 'tailBytes' as 'electionMs', value: 1 }] },
    'to what is no number': { changes: [{ setting: 'electionMs', value: Number.NaN }] },
    'to less than nothing': { changes: [{ setting: 'electionMs', value: -1 }] },
  }
  test.each(Object.entries(settings))('a change of settings %s', (_, part) => {
    const whole = { ...(requests['change-settings'] as ChangeSettingsRequest), ...part }
    expect(() => encodeBatch(head, [{ kind: 'request', request: whole }])).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })

  test.each([
    ['one twice', [0, 2, 0, ...one, 0, ...one]],
    ['one there is not', [0, 1, 99, ...one]],
    ['more than there are', [0, 9]],
    ['more than there is', [0, 1, 0, ...one, 0]],
  ])('an entry that changes settings: %s', (_, bytes) => {
    expect(() => decodeSettingsPayload(Uint8Array.from([1, ...bytes]))).toThrow(BadBytes)
  })

  test('255 voters are not too many', () => {
    const voters = Array.from({ length: 255 }, (_, i) => member(`m${i}`))
    const large = { voters, outgoing: null, learners: [] }
    expect(decodeConfiguration(encodeConfiguration(large))).toEqual(large)
  })
})
