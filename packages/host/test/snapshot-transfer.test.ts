/** A snapshot on its way from one member to another, over a link that loses, repeats and reorders (F65), to one that may have no room for it (F81c). */
import { crc32 } from 'node:zlib'
import type { Clock, RaftedEvent, SnapshotMeta, SnapshotStore } from '@rafted/contracts'
import { valueCodec } from '@rafted/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReplicatedState } from '../src/replicated-state.ts'
import { SnapshotReceiving } from '../src/snapshot-receiving.ts'
import { SnapshotSending } from '../src/snapshot-sending.ts'
import { configurationOf } from './log-entries.ts'

type Chunk = Parameters<SnapshotReceiving['onPart']>[1]

/** Timers that fire when they are told to. */
class Timers {
  now = 0
  #timers: { at: number; run: () => void }[] = []
  readonly clock: Clock = {
    now: () => this.now,
    wall: () => this.now,
    after: (ms, run) => {
      const timer = { at: this.now + ms, run }
      this.#timers.push(timer)
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      }
    },
    soon: (run) => run(),
  }

  /** Fires the next one. */
  next(): void {
    const [first] = this.#timers.sort((a, b) => a.at - b.at)
    if (first === undefined) return
    this.#timers = this.#timers.filter((other) => other !== first)
    this.now = first.at
    first.run()
  }
}

function contentOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31) & 0xff)
}

function metaOf(content: Uint8Array): SnapshotMeta {
  return {
    index: 9,
    term: 2,
    time: 0,
    configuration: { index: 1, configuration: configurationOf('a') },
    incarnation: 'i',
    format: 1,
    machineVersion: 1,
    size: content.length,
    checksum: crc32(content),
  }
}

/** A store that has one snapshot, or takes one. */
function storeOf(content: Uint8Array | null): SnapshotStore & { saved: Uint8Array | null } {
  let held = content === null ? null : { meta: metaOf(content), content }
  return {
    saved: null,
    list: async () => (held === null ? [] : [held.meta]),
    latest: async () =>
      held && {
        meta: held.meta,
        chunks: (async function* (bytes) {
          for (let at = 0; at < bytes.length; at += 37) yield bytes.subarray(at, at + 37)
        })(held.content),
      },
    async save(_group, chunks, meta) {
      const parts: Uint8Array[] = []
      for await (const chunk of chunks) parts.push(chunk.slice())
      held = { meta: meta(), content: new Uint8Array(Buffer.concat(parts)) }
      this.saved = held.content
      return held.meta
    },
    setAside: async () => {},
    remove: async () => {},
    close: async () => {},
  }
}

const machine = {
  version: 1,
  codec: null,
  oldestVersion: 1,
  failure: 'command' as const,
  create: () => ({ apply: () => null, query: () => null, snapshot: () => [] }),
  restore: async () => machine.create(),
}

interface Fates {
  /** For each thing sent: lost, arrives, arrives twice, or waits for the next. */
  readonly fates: readonly ('lost' | 'once' | 'twice' | 'later')[]
  readonly size: number
  /** The part that is garbled on its way, or −1. */
  readonly garbled: number
}

async function transfer({ fates, size, garbled }: Fates) {
  const content = contentOf(size)
  const target = storeOf(null)
  const timers = new Timers()
  const outcome = { ended: null as boolean | null, installed: false, mostUnderWay: 0 }
  let fate = 0
  const late: (() => void)[] = []
  const carry = (run: () => void): void => {
    const how = fates[fate++ % fates.length]
    if (how === 'lost') return
    if (how === 'later') {
      late.push(run)
      return
    }
    for (let times = how === 'twice' ? 2 : 1; times > 0; times--) run()
    for (const each of late.splice(0)) each()
  }
  const event = (_: RaftedEvent): void => {}
  const receiving = new SnapshotReceiving({
    group: 'g',
    snapshots: target,
    event,
    restore: async () => new ReplicatedState({ machine, codec: valueCodec }),
    received: () => {
      outcome.installed = true
    },
  })
  let parts = 0
  const sending: SnapshotSending = new SnapshotSending({
    group: 'g',
    snapshots: storeOf(content),
    clock: timers.clock,
    partBytes: 100,
    silenceMs: () => 1000,
    newTransfer: () => 7,
    event,
    ended: (_to, _index, ok) => {
      outcome.ended = ok
    },
    send: (_to, chunk) => {
      const bytes = parts++ === garbled ? chunk.bytes.map((byte) => byte ^ 1) : chunk.bytes
      carry(() => arrive({ ...chunk, bytes }))
    },
  })
  const arrive = (chunk: Chunk): void => {
    const received = outcome.installed ? chunk.meta.size : receiving.onPart('a', chunk)
    const head = { kind: 'snapshot-progress', incarnation: 'i', from: 'b', to: 'a' } as const
    const { installed } = outcome
    carry(() => sending.onProgress({ ...head, transfer: chunk.transfer, received, installed }))
  }
  sending.begin('b')
  for (let round = 0; round < 400 && outcome.ended === null; round++) {
    for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve))
    timers.next()
  }
  return { ...outcome, saved: target.saved, content }
}

test('it arrives whole, or is given up; never anything else', async () => {
  let installed = 0
  const fates = fc.array(fc.constantFrom('lost', 'once', 'once', 'once', 'twice', 'later'), {
    minLength: 3,
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.record({ fates, size: fc.integer({ min: 1, max: 900 }), garbled: fc.constantFrom(-1, -1, 0, 2) }),
      async (run) => {
        const { ended, saved, content } = await transfer(run)
        expect(ended).not.toBeNull()
        if (ended) {
          installed++
          expect(saved).toEqual(content)
        }
      },
    ),
    { numRuns: 40 },
  )
  expect(installed).toBeGreaterThan(5)
})

test('over a good link it is installed; over none it is given up', async () => {
  const good = await transfer({ fates: ['once'], size: 2345, garbled: -1 })
  expect(good).toMatchObject({ ended: true, installed: true, saved: good.content })
  expect(await transfer({ fates: ['lost'], size: 2345, garbled: -1 })).toMatchObject({
    ended: false,
    saved: null,
  })
})

test('a part that was garbled never becomes a snapshot', async () => {
  const garbled = await transfer({ fates: ['once'], size: 2345, garbled: 3 })
  expect(garbled).toMatchObject({ ended: false, installed: false, saved: null })
})

// A restarted leader counts its transfers from one again. Its first part must not be taken for one of what it sent in its former life.
test('another snapshot under the number of one that was broken off takes its place', async () => {
  const [former, content] = [contentOf(1000), contentOf(300)]
  const target = storeOf(null)
  let installed: SnapshotMeta | null = null
  const receiving = new SnapshotReceiving({
    group: 'g',
    snapshots: target,
    event: () => {},
    restore: async () => new ReplicatedState({ machine, codec: valueCodec }),
    received: ({ meta }) => {
      installed = meta
    },
  })
  const part = (of: Uint8Array, offset: number): Chunk => ({
    meta: metaOf(of),
    transfer: 1,
    offset,
    bytes: of.subarray(offset, offset + 100),
  })
  for (const offset of [0, 100]) receiving.onPart('a', part(former, offset))
  expect([0, 100, 200].map((offset) => receiving.onPart('a', part(content, offset)))).toEqual([100, 200, 300])
  for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve))
  expect(installed).toMatchObject({ size: 300 })
  expect(target.saved).toEqual(content)
})

test('a part that comes before one that is missing, or comes again, is not taken, and does no harm', async () => {
  const content = contentOf(300)
  const target = storeOf(null)
  const receiving = new SnapshotReceiving({
    group: 'g',
    snapshots: target,
    event: () => {},
    restore: async () => new ReplicatedState({ machine, codec: valueCodec }),
    received: () => {},
  })
  const part = (offset: number): Chunk => ({
    meta: metaOf(content),
    transfer: 1,
    offset,
    bytes: content.subarray(offset, offset + 100),
  })
  const received = [0, 200, 0, 100, 100, 200].map((offset) => receiving.onPart('a', part(offset)))
  expect(received).toEqual([100, 100, 100, 200, 200, 300])
  for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve))
  expect(target.saved).toEqual(content)
})

test('who leads again sends again what was under way when it stopped leading', async () => {
  const sent: number[] = []
  let transfers = 0
  const sending = new SnapshotSending({
    group: 'g',
    snapshots: storeOf(contentOf(50)),
    clock: new Timers().clock,
    partBytes: 100,
    silenceMs: () => 1000,
    newTransfer: () => ++transfers,
    event: () => {},
    ended: () => {},
    send: (_to, chunk) => sent.push(chunk.transfer),
  })
  for (let term = 1; term <= 2; term++) {
    sending.begin('b')
    for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve))
    sending.stop()
  }
  expect(sent).toEqual([1, 2])
})

test('a receiver that can not take it is left alone for longer and longer, eight silences at most, and as short as before once it could', async () => {
  const timers = new Timers()
  let hasRoom = false
  let transfers = 0
  const begun: number[] = []
  const ended: boolean[] = []
  const told: string[] = []
  const sending: SnapshotSending = new SnapshotSending({
    group: 'g',
    snapshots: storeOf(contentOf(50)),
    clock: timers.clock,
    partBytes: 100,
    silenceMs: () => 1000,
    newTransfer: () => ++transfers,
    event: (event) => told.push((event as { what: string }).what),
    ended: (_to, _index, ok) => void ended.push(ok),
    send: (to, { transfer: id }) => {
      begun.push(timers.now)
      const received = hasRoom ? 50 : -1
      sending.onProgress({
        kind: 'progress',
        incarnation: 'i',
        from: to,
        to: 'a',
        transfer: id,
        received,
        installed: hasRoom,
      } as never)
    },
  })
  /** As the core does: as soon as one has ended, it asks for another. */
  const attempt = async (): Promise<void> => {
    sending.begin('b')
    for (let turns = 0; turns < 30; turns++) await new Promise((resolve) => setImmediate(resolve))
    // Asked again meanwhile, there is none but this one.
    sending.begin('b')
    timers.next()
  }
  for (let i = 0; i < 6; i++) await attempt()
  expect([begun, told.length, ended]).toEqual([
    [0, 1000, 3000, 7000, 15_000, 23_000],
    6,
    Array(6).fill(false),
  ])
  hasRoom = true
  await attempt()
  expect([ended.at(-1), told.at(-1), begun.at(-1)]).toEqual([true, 'sent', 31_000])
  hasRoom = false
  begun.length = 0
  for (let i = 0; i < 3; i++) await attempt()
  expect(begun.map((at) => at - begun[0]!)).toEqual([0, 1000, 3000])
})
