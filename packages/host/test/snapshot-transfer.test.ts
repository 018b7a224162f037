/** A snapshot on its way from one member to another, over a link that loses, repeats, reorders (F65) and garbles (F65c), to one that may have no room for it (F81c). */
import type { RaftedEvent } from '@rafted/contracts'
import type { SnapshotChunk } from '@rafted/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PartAnswer } from '../src/snapshot-incoming.ts'
import { SnapshotSending } from '../src/snapshot-sending.ts'
import { WINDOW_PARTS } from '../src/snapshot-transfer.ts'
import { contentOf, metaOf, partOf, receiverOf, settled, storeOf, Timers } from './snapshot-link.ts'

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
  const outcome = { ended: null as boolean | null, installed: false }
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
  const { receiving, seen } = receiverOf(target, ({ transfer, ...answer }) => answered(transfer, answer))
  let parts = 0
  const memory = new Set<ArrayBufferLike>()
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
      memory.add(chunk.bytes.buffer)
      // What travels is a copy.
      const bytes = chunk.bytes.map((byte) => (parts === garbled ? byte ^ 1 : byte))
      parts++
      carry(() => arrive({ ...chunk, bytes }))
    },
  })
  const answered = (id: number, answer: PartAnswer): void => {
    const head = { kind: 'snapshot-progress', incarnation: 'i', from: 'b', to: 'a' } as const
    const installed = seen.installed !== null
    carry(() => sending.onProgress({ ...head, ...answer, transfer: id, installed }))
  }
  const arrive = (chunk: SnapshotChunk): void => {
    const all = { received: chunk.meta.size, again: false }
    const answer = seen.installed === null ? receiving.onPart('a', chunk) : all
    if (answer !== null) answered(chunk.transfer, answer)
  }
  sending.begin('b')
  for (let round = 0; round < 400 && outcome.ended === null; round++) {
    await settled()
    timers.next()
  }
  return {
    ...outcome,
    installed: seen.installed !== null,
    saved: target.saved,
    content,
    ms: timers.now,
    parts,
    memory: memory.size,
  }
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

test('parts are made where others were that have arrived', async () => {
  for (const fates of [['once'], ['once', 'once', 'twice', 'once', 'lost']] as const) {
    const run = await transfer({ fates, size: 20_000, garbled: -1 })
    expect(run).toMatchObject({ ended: true, installed: true, saved: run.content })
    expect(run.parts).toBeGreaterThan(200)
    expect(run.memory).toBeLessThanOrEqual(2 * WINDOW_PARTS + 3)
  }
})

test('a part that was garbled never becomes a snapshot: it alone is asked for again, at once', async () => {
  for (const garbled of [1, 2, 3, 4, 20]) {
    const run = await transfer({ fates: ['once'], size: 2345, garbled })
    expect(run).toMatchObject({ ended: true, installed: true, saved: run.content })
    // Nobody had to wait for a silence, but to learn that it is installed.
    expect(run.ms).toBeLessThanOrEqual(2000)
  }
})

test('what is not what the meta says as a whole never becomes a snapshot', async () => {
  const content = contentOf(300)
  const target = storeOf(null)
  const { receiving, seen } = receiverOf(target)
  const meta = metaOf(content, { checksum: 1 })
  for (const offset of [0, 100, 200]) receiving.onPart('a', partOf(content, offset, { meta }))
  await settled()
  expect(seen.installed).toBeNull()
  expect(seen.events).toMatchObject([{ kind: 'snapshot', what: 'failed', error: { code: 'bad-bytes' } }])
  expect(receiving.onPart('a', partOf(content, 300, { meta }))).toEqual({ received: -1, again: false })
  // Another transfer of it begins anew.
  expect(receiving.onPart('a', partOf(content, 0, { meta, transfer: 2 }))).toBeNull()
})

// A restarted leader counts its transfers from one again. Its first part must not be taken for one of what it sent in its former life.
test('another snapshot under the number of one that was broken off takes its place', async () => {
  const [former, content] = [contentOf(1000), contentOf(300)]
  const target = storeOf(null)
  const { receiving, seen } = receiverOf(target)
  for (const offset of [0, 100]) receiving.onPart('a', partOf(former, offset))
  await settled()
  expect(seen.told.map(({ received }) => received)).toEqual([100, 200])
  expect(receiving.onPart('a', partOf(content, 200))).toEqual({ received: 0, again: true })
  for (const offset of [0, 100, 200]) expect(receiving.onPart('a', partOf(content, offset))).toBeNull()
  await settled()
  expect(seen.told.map(({ received }) => received)).toEqual([100, 200, 100, 200, 300])
  expect(seen.installed).toMatchObject({ size: 300 })
  expect(target.saved).toEqual(content)
})

test('a part that comes before one that is missing, or comes again, is not taken, and does no harm', async () => {
  const content = contentOf(300)
  const target = storeOf(null)
  const { receiving } = receiverOf(target)
  const said = [0, 200, 200, 0, 100, 100, 200].map((offset) => receiving.onPart('a', partOf(content, offset)))
  const has = (received: number, again = false) => ({ received, again })
  expect(said).toEqual([null, has(100, true), has(100), has(100), null, has(200), null])
  await settled()
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
    await settled()
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
        again: false,
      } as never)
    },
  })
  /** As the core does: as soon as one has ended, it asks for another. */
  const attempt = async (): Promise<void> => {
    sending.begin('b')
    await settled()
    // Asked again meanwhile, there is none but this one.
    if (!hasRoom) sending.begin('b')
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
