/** What is encoded comes back as it was, and what is read encodes to the same bytes again: one form for each value. */
import { EntryKind } from '@rafted/core'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { decodeBatch, encodeBatch, itemBytes } from '../src/batch.ts'
import { decodeConfiguration, encodeConfiguration } from '../src/configuration-codec.ts'
import { newEntriesMemo } from '../src/entry-codec.ts'
import {
  decodeCommandPayload,
  decodeSessionPayload,
  encodeCommandPayload,
  encodeSessionPayload,
} from '../src/entry-payload.ts'
import type { Item } from '../src/envelope.ts'
import { errorResponse } from '../src/pending-calls.ts'
import { decodeSettingsPayload, encodeSettingsPayload } from '../src/settings-codec.ts'
import { decodeSnapshotMeta, encodeSnapshotMeta } from '../src/snapshot-meta-codec.ts'
import * as any from './arbitraries.ts'
import { record } from './arbitraries.ts'
import { expectSame } from './same.ts'
import { appendOf, messages, head as sampleHead } from './samples.ts'

// A loaded machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

function returns<T>(
  arbitrary: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
  examples: readonly T[] = [],
) {
  fc.assert(
    fc.property(arbitrary, (value) => {
      // The encoder's own memory is written over by what comes next: a copy shows whether anything still looks there.
      const bytes = encode(value).slice()
      encode(value)
      const back = decode(bytes)
      expectSame(back, value)
      expectSame(encode(back), bytes)
    }),
    { examples: examples.map((example): [T] => [example]) },
  )
}

/** Longer than it is guessed to get. */
const longAnswer: Item = {
  kind: 'response',
  response: errorResponse('overloaded', 'not-applied', '\u{1f512}'.repeat(100), { id: 7 }),
}

describe('batches', () => {
  const kinds: Record<string, fc.Arbitrary<Item>> = {
    'plain messages': any.plainItem,
    appends: any.appendItem,
    'parts of snapshots': any.snapshotItem,
    'progress of snapshots': any.progressItem,
    'entries asked for': any.fetchItem,
    'entries given': any.fetchedItem,
    'a snapshot asked for': any.fetchSnapshotItem,
    'a part of it': any.fetchedPartItem,
    requests: any.request.map((request) => ({ kind: 'request', request })),
    responses: any.response.map((response) => ({ kind: 'response', response })),
  }
  test.each(Object.entries(kinds))('%s', (_, arbitrary) => {
    returns(
      arbitrary,
      (item) => encodeBatch(sampleHead, [item]),
      (bytes) => decodeBatch(bytes).items[0]!,
    )
  })

  test('of any items, from any sender', () => {
    returns(
      record({ head: any.head, version: fc.constant(1), items: fc.array(any.item, { maxLength: 8 }) }),
      ({ head, items }) => encodeBatch(head, items, { version: 1 }),
      decodeBatch,
      // Chance may draw no vote that is refused.
      Object.values(messages).map((item) => ({ head: sampleHead, version: 1, items: [item] })),
    )
  })

  test('no item takes more bytes than itemBytes says', () => {
    const empty = encodeBatch(sampleHead, []).length
    fc.assert(
      fc.property(any.item, (item) => {
        expect(itemBytes(item)).toBeGreaterThanOrEqual(encodeBatch(sampleHead, [item]).length - empty)
      }),
    )
  })

  test('bytes before and behind a batch stay what they are', () => {
    fc.assert(
      fc.property(fc.array(fc.array(any.item, { maxLength: 3 }), { minLength: 2, maxLength: 6 }), (lists) => {
        const batches = lists.map((items) => encodeBatch(sampleHead, items))
        const copies = lists.map((items) => encodeBatch(sampleHead, items).slice())
        expectSame(batches, copies)
      }),
    )
  })
})

test('a run of heads has the time of its last entry, and ends before it holds more than 64 KiB, unless one entry does', () => {
  const sizes = [40_000, 25_000, 600, 100_000, 10, 10]
  const entries = sizes.map((size, i) => ({
    index: 8 + i,
    term: i < 5 ? 3 : 4,
    kind: EntryKind.command,
    time: 100 + i,
    payload: new Uint8Array(size).fill(i),
  }))
  const item = appendOf(entries, 7, 3)
  const [back] = decodeBatch(encodeBatch(sampleHead, [item])).items
  expectSame(back, {
    ...item,
    message: {
      ...item.message,
      heads: {
        last: 13,
        configurations: [],
        runs: [
          { first: 8, term: 3, bytes: 65_064, time: 101 },
          { first: 10, term: 3, bytes: 632, time: 102 },
          { first: 11, term: 3, bytes: 100_032, time: 103 },
          { first: 12, term: 3, bytes: 42, time: 104 },
          { first: 13, term: 4, bytes: 42, time: 105 },
        ],
      },
    },
  })
})

describe('a memo of entries', () => {
  const sameTurn = record({
    append: any.appendItem,
    others: fc.array(any.appendItem, { maxLength: 3 }),
    names: fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 2, maxLength: 4 }),
  })

  test('gives the bytes there would be without it', () => {
    fc.assert(
      fc.property(sameTurn, ({ append, others, names }) => {
        const memo = newEntriesMemo()
        const peers = names.map((to): Item => ({ ...append, message: { ...append.message, to } }))
        for (const item of [...peers, ...others, ...peers])
          expectSame(encodeBatch(sampleHead, [item], { memo }), encodeBatch(sampleHead, [item]))
        expectSame(encodeBatch(sampleHead, peers, { memo }), encodeBatch(sampleHead, peers))
      }),
    )
  })

  test('gives them whatever stands before and behind, however long that is', () => {
    // So many that they take more than was guessed, wherever in the memory of small batches that is.
    const behind = Array.from({ length: 25 }, () => longAnswer)
    const others = Object.values(messages).slice(0, 3)
    const entries = [5, 6].map((index) => ({
      index,
      term: 9,
      kind: EntryKind.command,
      time: index,
      payload: new Uint8Array(20).fill(index),
    }))
    const append = appendOf(entries, 4, 9)
    for (let round = 0; round < 120; round++) {
      for (let i = 0; i < round; i++) encodeBatch(sampleHead, [append])
      const memo = newEntriesMemo()
      const items = [[append, ...behind], [...others, append], [append]]
      const batches = items.map((some) => encodeBatch(sampleHead, some, { memo }).slice())
      expectSame(
        batches,
        items.map((some) => encodeBatch(sampleHead, some).slice()),
      )
    }
  })

  test('holds only what follows the same term', () => {
    const entry = { index: 5, term: 9, kind: EntryKind.noop, time: 1, payload: new Uint8Array(0) }
    const memo = newEntriesMemo()
    for (const prevTerm of [8, 9, 7]) {
      const item = appendOf([entry], 4, prevTerm)
      expectSame(encodeBatch(sampleHead, [item], { memo }), encodeBatch(sampleHead, [item]))
    }
  })

  test('holds only the very same entries', () => {
    const entry = { index: 5, term: 9, kind: EntryKind.noop, time: 1, payload: new Uint8Array(0) }
    const others = [{ ...entry, time: 2 }, { ...entry }, { ...entry, term: 8, payload: new Uint8Array(3) }]
    const memo = newEntriesMemo()
    for (const one of [entry, ...others]) {
      const item = appendOf([one], 4, 8)
      expectSame(encodeBatch(sampleHead, [item], { memo }), encodeBatch(sampleHead, [item]))
    }
  })

  test('is forgotten where a batch could not be finished', () => {
    fc.assert(
      fc.property(any.appendItem, ({ message, ...rest }) => {
        const memo = newEntriesMemo()
        const good: Item = { ...rest, message }
        const bad: Item = { ...rest, message: { ...message, to: '' } }
        expect(() => encodeBatch(sampleHead, [good, bad], { memo })).toThrow(/empty/)
        encodeBatch({ ...sampleHead, sender: 'x'.repeat(200) }, [])
        expectSame(encodeBatch(sampleHead, [good], { memo }), encodeBatch(sampleHead, [good]))
      }),
    )
  })
})

describe('what stores keep', () => {
  test('configurations', () => returns(any.configuration, encodeConfiguration, decodeConfiguration))
  test('metas of snapshots', () => returns(any.meta, encodeSnapshotMeta, decodeSnapshotMeta))
  test('payloads of commands that were skipped', () =>
    returns(
      any.commandPayload.map((payload) => ({
        ...payload,
        command: new Uint8Array(0),
        skipped: true as const,
      })),
      encodeCommandPayload,
      decodeCommandPayload,
    ))
  test('payloads of commands', () => returns(any.commandPayload, encodeCommandPayload, decodeCommandPayload))
  test('payloads of changes of settings', () =>
    returns(any.settingsPayload, encodeSettingsPayload, decodeSettingsPayload))
  test('payloads of sessions', () => returns(any.sessionPayload, encodeSessionPayload, decodeSessionPayload))
})
