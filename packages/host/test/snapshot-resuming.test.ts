/** A snapshot whose transfer is broken off goes on where the receiver is; a receiver that is slow holds up its sender (F65, F65b, F65d, F66b, F66c). */
import type { SnapshotChunk } from '@rafted/wire'
import { expect, test } from 'vitest'
import { MAX_WAITING_BYTES } from '../src/snapshot-incoming.ts'
import type { SnapshotReceiving } from '../src/snapshot-receiving.ts'
import { SnapshotSending } from '../src/snapshot-sending.ts'
import { WINDOW_BYTES, WINDOW_PARTS } from '../src/snapshot-transfer.ts'
import {
  contentOf,
  metaOf,
  type OneSnapshot,
  partOf,
  receiverOf,
  settled,
  storeOf,
  Timers,
} from './snapshot-link.ts'

const PART = 100

/** A member that receives, and others that send to it. */
class Setting {
  readonly timers = new Timers()
  readonly store: OneSnapshot
  receiving: SnapshotReceiving
  seen: ReturnType<typeof receiverOf>['seen']
  /** Offsets and sizes of what was sent, questions left out. */
  readonly sent: [from: string, offset: number, size: number][] = []
  readonly ended: boolean[] = []
  /** Whether what is sent arrives. */
  arrives: (from: string, chunk: SnapshotChunk) => boolean = () => true
  readonly #senders = new Map<string, SnapshotSending>()
  #transfers = 0

  constructor(store = storeOf(null)) {
    this.store = store
    const { receiving, seen } = this.#receiver()
    this.receiving = receiving
    this.seen = seen
  }

  #receiver() {
    return receiverOf(this.store, ({ to, transfer, ...answer }) => this.#answer(to, transfer, answer))
  }

  /** The receiver is another process: what was not saved is gone. */
  restart(): void {
    this.receiving.stop()
    const { receiving, seen } = this.#receiver()
    this.receiving = receiving
    this.seen = seen
  }

  sender(name: string, content: Uint8Array, partBytes = PART, more = {}): SnapshotSending {
    const sending = new SnapshotSending({
      group: 'g',
      snapshots: storeOf(content, more),
      clock: this.timers.clock,
      partBytes,
      silenceMs: () => 1000,
      newTransfer: () => ++this.#transfers,
      event: () => {},
      ended: (_to, _index, ok) => void this.ended.push(ok),
      send: (_to, chunk) => {
        if (chunk.bytes.length > 0) this.sent.push([name, chunk.offset, chunk.bytes.length])
        if (this.arrives(name, chunk)) this.#arrive(name, chunk)
      },
    })
    this.#senders.set(name, sending)
    return sending
  }

  #arrive(from: string, chunk: SnapshotChunk): void {
    const answer = this.receiving.onPart(from, chunk)
    if (answer !== null) this.#answer(from, chunk.transfer, answer)
  }

  #answer(to: string, transfer: number, answer: { received: number; again: boolean }): void {
    const head = { kind: 'snapshot-progress', incarnation: 'i', from: 'b', to } as const
    const installed = this.seen.installed !== null
    this.#senders.get(to)?.onProgress({ ...head, ...answer, transfer, installed })
  }

  /** Lets silences pass until so many transfers have ended. */
  async untilEnded(count: number): Promise<void> {
    for (let i = 0; i < 50 && this.ended.length < count; i++) {
      await settled()
      if (this.ended.length < count) this.timers.next()
    }
    expect(this.ended).toHaveLength(count)
  }
}

const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0)

test('a transfer that breaks off at any part goes on where the receiver is: nothing is sent twice but what was on its way', async () => {
  const content = contentOf(1950)
  for (let at = 0; at <= 20; at++) {
    const setting = new Setting()
    const sending = setting.sender('a', content)
    let parts = 0
    setting.arrives = (_, { bytes }) => (bytes.length === 0 ? parts <= at : parts++ < at)
    sending.begin('b')
    await setting.untilEnded(1)
    // At the end of it, or in its midst.
    if (setting.ended[0]) {
      expect(at).toBe(20)
      continue
    }
    setting.arrives = () => true
    const before = setting.sent.length
    sending.begin('b')
    await setting.untilEnded(2)
    expect(setting.ended).toEqual([false, true])
    expect(setting.store).toMatchObject({ saved: content, saves: 1 })
    const again = setting.sent.slice(before)
    expect(again[0]?.[1]).toBe(at * PART < 1950 ? at * PART : undefined)
    expect(sum(again.map(([, , size]) => size))).toBe(Math.max(0, 1950 - at * PART))
  }
})

test('another leader that has the same snapshot goes on with it, in parts of its own', async () => {
  const content = contentOf(1000)
  const setting = new Setting()
  const former = setting.sender('a', content)
  setting.arrives = (_, { offset }) => offset < 300
  former.begin('b')
  await settled()
  former.stop()
  setting.arrives = () => true
  const next = setting.sender('c', content, 70)
  next.begin('b')
  await setting.untilEnded(1)
  const parts = setting.sent.filter(([from]) => from === 'c')
  expect(parts[0]).toEqual(['c', 300, 70])
  expect(sum(parts.map(([, , size]) => size))).toBe(700)
  expect(setting.store).toMatchObject({ saved: content, saves: 1 })
})

test('one that differs in anything is another one, and begins anew', async () => {
  const content = contentOf(1000)
  const others = [{ index: 10 }, { term: 3 }, { format: 2 }, { machineVersion: 2 }, { incarnation: 'other' }]
  for (const more of [...others, { checksum: 1 }]) {
    const store = storeOf(null)
    const { receiving } = receiverOf(store)
    receiving.onPart('a', partOf(content, 0))
    const meta = metaOf(content, more)
    expect(receiving.onPart('c', partOf(content, 100, { meta, transfer: 2 }))).toEqual({
      received: 0,
      again: true,
    })
    expect(receiving.onPart('c', partOf(content, 0, { meta, transfer: 2, length: 0 }))).toEqual({
      received: 0,
      again: false,
    })
  }
})

test('a receiver that was started again says so at once, and is sent all of it', async () => {
  const content = contentOf(1000)
  const setting = new Setting()
  const sending = setting.sender('a', content)
  setting.arrives = (_, { offset }) => offset < 500
  sending.begin('b')
  await settled()
  setting.restart()
  setting.arrives = () => true
  // The next silence shows it.
  setting.timers.next()
  setting.timers.next()
  await settled()
  expect(setting.ended).toEqual([false])
  sending.begin('b')
  await setting.untilEnded(2)
  expect(setting.ended).toEqual([false, true])
  expect(setting.store.saved).toEqual(content)
})

test('parts that begin before what is missing bring what is missing', async () => {
  const content = contentOf(300)
  const store = storeOf(null)
  const { receiving, seen } = receiverOf(store)
  receiving.onPart('a', partOf(content, 0, { length: 130 }))
  receiving.onPart('c', partOf(content, 100, { transfer: 2 }))
  receiving.onPart('c', partOf(content, 200, { transfer: 2 }))
  await settled()
  expect(seen.told).toEqual([
    { to: 'a', transfer: 1, received: 130, again: false },
    { to: 'c', transfer: 2, received: 200, again: false },
    { to: 'c', transfer: 2, received: 300, again: false },
  ])
  expect(store.saved).toEqual(content)
})

test('a lost part is asked for again once, and so are those behind it', async () => {
  const content = contentOf(1000)
  const setting = new Setting()
  const sending = setting.sender('a', content)
  let lost = 0
  setting.arrives = (_, { offset }) => offset !== 200 || lost++ > 0
  sending.begin('b')
  await settled()
  expect(setting.seen.installed).not.toBeNull()
  expect(setting.timers.now).toBe(0)
  const offsets = setting.sent.map(([, offset]) => offset)
  expect(offsets.filter((offset) => offset === 200)).toHaveLength(2)
  expect(Math.max(...offsets.map((offset) => offsets.filter((other) => other === offset).length))).toBe(2)
})

test('a slow disk holds up the sender: no more than the window waits here, and it goes on as the disk does', async () => {
  const partBytes = WINDOW_BYTES / WINDOW_PARTS
  const content = contentOf(4 * WINDOW_BYTES)
  const setting = new Setting()
  const written: (() => void)[] = []
  setting.store.writing = () => new Promise((resolve) => written.push(resolve))
  const sending = setting.sender('a', content, partBytes)
  sending.begin('b')
  await settled()
  const sentBytes = (): number => Math.max(...setting.sent.map(([, offset, size]) => offset + size))
  expect(sentBytes()).toBe(WINDOW_BYTES)
  let writes = 0
  while (setting.seen.installed === null) {
    written.shift()?.()
    writes++
    await settled()
    expect(sentBytes()).toBe(Math.min(content.length, WINDOW_BYTES + writes * partBytes))
  }
  expect(setting.seen.events).toEqual([])
})

test('a sender that keeps to no window is turned away beyond a bound, and asked again when there is room', async () => {
  const length = MAX_WAITING_BYTES / 8
  const content = contentOf(16 * length)
  const store = storeOf(null)
  const written: (() => void)[] = []
  store.writing = () => new Promise((resolve) => written.push(resolve))
  const { receiving, seen } = receiverOf(store)
  const send = (i: number) => receiving.onPart('a', partOf(content, i * length, { length }))
  for (let i = 0; i < 9; i++) expect(send(i)).toBeNull()
  // The ninth was not taken: the tenth shows it.
  expect(send(9)).toEqual({ received: 8 * length, again: true })
  for (let writes = 0; writes < 8; writes++) {
    await settled()
    written.shift()!()
  }
  await settled()
  const said = seen.told.map(({ received, again }) => [received / length, again])
  expect(said).toEqual([1, 2, 3, 4, 8, 6, 7, 8].map((parts, i) => [parts, i === 4]))
  expect(send(8)).toBeNull()
})

test('an answer that names more than there is, or comes from an earlier transfer, changes nothing', async () => {
  const content = contentOf(300)
  const setting = new Setting()
  const sending = setting.sender('a', content)
  setting.arrives = () => false
  sending.begin('b')
  await settled()
  const head = { kind: 'snapshot-progress', incarnation: 'i', from: 'b', to: 'a' } as const
  sending.onProgress({ ...head, transfer: 1, received: 301, installed: false, again: false })
  sending.onProgress({ ...head, transfer: 0, received: 300, installed: true, again: false })
  await settled()
  expect(setting.sent).toEqual([])
  expect(setting.ended).toEqual([])
  sending.onProgress({ ...head, transfer: 1, received: 0, installed: false, again: false })
  await settled()
  expect(setting.sent.map(([, offset]) => offset)).toEqual([0, 100, 200])
})

test('over a slow link the silence grows with what an answer takes, and little is sent twice', async () => {
  const content = contentOf(30 * PART)
  const timers = new Timers()
  const store = storeOf(null)
  let sent = 0
  // A part takes two and a half silences, and they queue.
  const PART_MS = 2500
  let freeAt = 0
  let ok: boolean | null = null
  const answer = (transfer: number, received: number, again: boolean, installed: boolean): void =>
    sending.onProgress({
      kind: 'snapshot-progress',
      incarnation: 'i',
      from: 'b',
      to: 'a',
      transfer,
      received,
      again,
      installed,
    })
  const { receiving, seen } = receiverOf(store, ({ transfer, received, again }) =>
    answer(transfer, received, again, seen.installed !== null),
  )
  const sending: SnapshotSending = new SnapshotSending({
    group: 'g',
    snapshots: storeOf(content),
    clock: timers.clock,
    partBytes: PART,
    silenceMs: () => 1000,
    newTransfer: () => 1,
    event: () => {},
    ended: (_to, _index, how) => {
      ok = how
    },
    send: (_to, chunk) => {
      sent += chunk.bytes.length
      freeAt = Math.max(freeAt, timers.now) + (chunk.bytes.length > 0 ? PART_MS : 1)
      timers.clock.after(freeAt - timers.now, () => {
        const all = { received: content.length, again: false }
        const said = seen.installed === null ? receiving.onPart('a', chunk) : all
        if (said !== null) answer(chunk.transfer, said.received, said.again, seen.installed !== null)
      })
    },
  })
  sending.begin('b')
  for (let i = 0; i < 2000 && ok === null; i++) {
    await settled()
    timers.next()
  }
  expect(ok).toBe(true)
  expect(store.saved).toEqual(content)
  expect(sent).toBeLessThan(1.6 * content.length)
})

test('where all that was under way is lost, one silence shows it, and each part is sent again as the one before it arrives (F65e)', async () => {
  const content = contentOf(20 * PART)
  const setting = new Setting()
  const lost = new Set<number>()
  setting.arrives = (_, { offset, bytes }) => {
    if (bytes.length === 0 || offset >= 8 * PART || lost.has(offset)) return true
    lost.add(offset)
    return false
  }
  setting.sender('a', content).begin('b')
  await settled()
  expect(lost.size).toBe(8)
  setting.timers.next()
  await settled()
  await settled()
  expect(setting.ended).toEqual([])
  await setting.untilEnded(1)
  expect(setting.ended).toEqual([true])
  expect(setting.timers.now).toBeLessThan(4000)
  expect(setting.store.saved).toEqual(content)
})

test('a question that comes late, when all is restored, begins nothing', async () => {
  const content = contentOf(300)
  const store = storeOf(null)
  const { receiving, seen } = receiverOf(store)
  for (const offset of [0, 100, 200]) receiving.onPart('a', partOf(content, offset))
  await settled()
  expect(seen.installed).not.toBeNull()
  const question = partOf(content, 0, { length: 0 })
  expect(receiving.onPart('a', question)).toEqual({ received: 300, again: false })
  expect(store.saves).toBe(1)
  // Once it is in its place, the core wants it no more; a member whose log is damaged later may need it again.
  receiving.handedOver()
  expect(receiving.onPart('a', question)).toEqual({ received: 0, again: false })
  expect(store.saves).toBe(2)
})

test('what has come of a snapshot that is not needed any more goes; what is whole, or of a newer one, stays', async () => {
  const content = contentOf(300)
  for (const [parts, index, stays] of [
    [2, 8, true],
    [2, 9, false],
    [3, 9, true],
  ] as const) {
    const store = storeOf(null)
    let isOver = false
    const { save } = store
    store.save = (...args) => save.apply(store, args).finally(() => (isOver = true))
    const { receiving, seen } = receiverOf(store)
    for (let i = 0; i < parts; i++) receiving.onPart('a', partOf(content, i * 100))
    receiving.passed(index)
    await settled()
    const answer = receiving.onPart('a', partOf(content, parts * 100, { length: 0 }))
    expect(answer).toEqual({ received: stays ? parts * 100 : 0, again: !stays })
    // What was begun in the store has ended.
    expect(isOver).toBe(!stays || parts === 3)
    expect(seen.events).toEqual([])
  }
})

test('what is passed over, since the receiver has it, does not hold up the process', async () => {
  const content = contentOf(37 * 100)
  let turns = 0
  const timers = new Timers()
  const soon = (run: () => void): void => {
    turns++
    setImmediate(run)
  }
  const clock = { ...timers.clock, soon }
  const sent: number[] = []
  const sending = new SnapshotSending({
    group: 'g',
    snapshots: storeOf(content),
    clock,
    partBytes: PART,
    silenceMs: () => 1000,
    newTransfer: () => 1,
    event: () => {},
    ended: () => {},
    send: (_to, { offset, bytes }) => {
      if (bytes.length > 0) sent.push(offset)
    },
  })
  sending.begin('b')
  await settled()
  const head = { kind: 'snapshot-progress', incarnation: 'i', from: 'b', to: 'a', transfer: 1 } as const
  sending.onProgress({ ...head, received: 37 * 99, installed: false, again: false })
  for (let i = 0; i < 5; i++) await settled()
  expect(sent).toEqual([37 * 99])
  expect(turns).toBe(99)
})
