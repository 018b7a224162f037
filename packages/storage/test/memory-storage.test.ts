/** What storage in memory does beyond what every storage does (the conformance suites have that). */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isRaftedError, type LogEntry, type LogStore } from '@rafted/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import { type MemoryStorage, memoryStorage } from '../src/index.ts'
import { entries, identity, writeOf } from './logs.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let storage: MemoryStorage
let logs: LogStore

beforeEach(async () => {
  storage = memoryStorage({ quotaBytes: 10_000 })
  logs = storage.open().logs
  await logs.create('a', identity)
  await logs.create('b', identity)
  await logs.write([writeOf('a', { entries: entries(1, 20) })])
})

const snapshot = (index: number) => ({
  index,
  term: 1,
  time: 0,
  configuration: { index: 0, configuration: { voters: [], outgoing: null, learners: [] } },
})

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => null,
    (error: unknown) => error,
  )
}

describe('a write that does not fit its log', () => {
  const faults: [string, ReturnType<typeof writeOf>, RegExp][] = [
    ['a gap', writeOf('a', { entries: entries(22, 23) }), /entry 22 stands where 21 should/],
    ['an entry that is there already', writeOf('a', { entries: entries(20, 21) }), /20 stands where 21/],
    [
      'a gap among its entries',
      writeOf('a', { entries: [...entries(21, 22), ...entries(24, 24)] }),
      /24 stands/,
    ],
    [
      'a gap after its truncation',
      writeOf('a', { truncateFrom: 5, entries: entries(6, 6) }),
      /6 stands where 5/,
    ],
    [
      'a gap after its reset',
      writeOf('a', { reset: snapshot(50), entries: entries(50, 50) }),
      /50 stands where 51/,
    ],
    ['a group without a log', writeOf('c', {}), /no log here/],
  ]
  test.each(faults)('%s: refused whole, and the end of this opening', async (_, write, message) => {
    const later = writeOf('b', { term: 9 })
    const error = await errorOf(
      logs.write([writeOf('b', { term: 7 }), { ...write, write: write.write }, later]),
    )
    expect(isRaftedError(error, 'storage-failed') && error.outcome).toBe('unknown')
    expect((error as Error).message).toMatch(message)
    const next = await errorOf(logs.write([writeOf('b', { term: 8 })]))
    expect(isRaftedError(next, 'storage-failed') && next.outcome).toBe('not-applied')
    expect((next as Error).cause).toBe(error)
    expect(await errorOf(logs.open('a'))).toMatchObject({ code: 'storage-failed' })

    const anew = storage.open().logs
    expect(await anew.open('a')).toMatchObject({ term: 1, last: 20, base: { index: 0 } })
    // What stood before it in the same call has been carried out, what stood after it has not.
    expect(await anew.open('b')).toMatchObject({ term: 7 })
  })

  test('for a removed member', async () => {
    await logs.markRemoved('a', 3)
    const error = await errorOf(logs.write([writeOf('a', { entries: entries(21, 21) })]))
    expect(error).toMatchObject({ code: 'storage-failed', message: expect.stringMatching(/removed/) })
  })

  test('compacting what is not there is refused, and changes nothing', async () => {
    for (const upTo of [
      { index: 21, term: 1 },
      { index: 5, term: 2 },
    ])
      expect(await errorOf(logs.compact('a', upTo))).toMatchObject({ code: 'invalid-argument' })
    expect(await logs.open('a')).toMatchObject({ last: 20, base: { index: 0, term: 0 } })
  })

  test('reading, compacting and marking a group that is not there', async () => {
    const calls = [
      logs.read('c', 1, 1, 100),
      logs.compact('c', { index: 1, term: 1 }),
      logs.markRemoved('c', 1),
    ]
    for (const call of calls) expect(await errorOf(call)).toMatchObject({ code: 'no-such-group' })
  })
})

test('a truncation beyond either end of the log is one at that end, and entries follow', async () => {
  await logs.write([writeOf('a', { truncateFrom: 100, entries: entries(21, 22) })])
  expect(await logs.open('a')).toMatchObject({ last: 22 })
  await logs.compact('a', { index: 10, term: 1 })
  await logs.write([writeOf('a', { truncateFrom: 3, entries: entries(11, 12) })])
  expect(await logs.open('a')).toMatchObject({ base: { index: 10 }, last: 12 })
})

describe('opening anew', () => {
  test('ends the opening before', async () => {
    const snapshots = storage.open().snapshots
    const now = storage.open()
    const dead = [logs.write([writeOf('a', { term: 5 })]), logs.open('a'), logs.groups(), snapshots.list('a')]
    for (const call of dead) expect(await errorOf(call)).toMatchObject({ code: 'closed' })
    expect(await now.logs.open('a')).toMatchObject({ term: 1, last: 20 })
    expect(await now.snapshots.list('a')).toEqual([])
  })

  test('and closing that one afterwards leaves the present one open', async () => {
    const [before, now] = [storage.open(), storage.open()]
    await before.logs.close()
    await before.snapshots.close()
    expect(await now.logs.groups()).toEqual(['a', 'b'])
    expect(await now.snapshots.list('a')).toEqual([])
  })
})

describe('room', () => {
  test('counts payloads and heads of all groups', async () => {
    await logs.write([writeOf('b', { entries: entries(1, 69) })])
    expect(logs.room()).toBe('ok')
    await logs.write([writeOf('b', { entries: entries(70, 70) })])
    expect(logs.room()).toBe('low')
    await logs.write([writeOf('a', { entries: entries(21, 29) })])
    expect(logs.room()).toBe('low')
    await logs.write([writeOf('a', { entries: entries(30, 30) })])
    expect(logs.room()).toBe('full')
  })

  const frees: [string, (store: LogStore) => Promise<unknown>][] = [
    ['compact', (store) => store.compact('a', { index: 11, term: 1 })],
    ['truncate', (store) => store.write([writeOf('a', { truncateFrom: 10 })])],
    ['reset', (store) => store.write([writeOf('a', { reset: snapshot(50) })])],
    ['remove', (store) => store.remove('a')],
  ]
  test.each(frees)('%s makes room for as much as it frees', async (name, free) => {
    await logs.write([writeOf('b', { entries: entries(1, 80) })])
    expect(logs.room()).toBe('full')
    await free(logs)
    const freed = name === 'compact' || name === 'truncate' ? 11 : 20
    await logs.write([writeOf('b', { entries: entries(81, 80 + freed - 1) })])
    expect(logs.room()).toBe('low')
    await logs.write([writeOf('b', { entries: entries(80 + freed, 80 + freed) })])
    expect(logs.room()).toBe('full')
  })

  test('a truncation and a compaction beyond both ends count once', async () => {
    await logs.write([writeOf('a', { truncateFrom: 100 })])
    await logs.compact('a', { index: 15, term: 1 })
    await logs.compact('a', { index: 10, term: 1 })
    await logs.write([writeOf('a', { truncateFrom: 3 })])
    expect(await logs.open('a')).toMatchObject({ last: 15, base: { index: 15 } })
    await logs.write([writeOf('b', { entries: entries(1, 89) })])
    expect(logs.room()).toBe('ok')
    await logs.write([writeOf('b', { entries: entries(90, 90) })])
    expect(logs.room()).toBe('low')
  })
})

describe('compacting', () => {
  test('one by one costs no more than what it frees', async () => {
    const store = memoryStorage().open().logs
    await store.create('a', identity)
    await store.write([writeOf('a', { entries: entries(1, 100_000, 40) })])
    // Processor time, which a busy machine doesn't stretch. Were the rest moved each time, it would be several times the limit.
    const start = process.cpuUsage()
    const spent = (): number => process.cpuUsage(start).user / 1e6
    for (let index = 1; index <= 99_000; index++) {
      await store.compact('a', { index, term: 1 })
      if (index % 1000 === 0) expect(spent(), `seconds, after ${index}`).toBeLessThan(2)
    }
    expect((await store.read('a', 99_001, 10_000, 1e9)).length).toBe(1000)
  })

  test('a log that is written and compacted for ever needs no more memory', async () => {
    const [{ payload }] = entries(1, 1) as [LogEntry]
    const rounds = async (from: number, to: number): Promise<number> => {
      for (let round = from; round < to; round++) {
        const all = Array.from({ length: 5000 }, (_, i) => ({
          index: round * 5000 + i + 1,
          term: 1,
          kind: 3 as const,
          time: 0,
          payload,
        }))
        await logs.write([writeOf('b', { entries: all })])
        await logs.compact('b', { index: round * 5000 + 4990, term: 1 })
      }
      collect()
      return process.memoryUsage().heapUsed
    }
    // Half a million entries later. A slot for each would be 4 MB.
    const before = await rounds(0, 10)
    expect((await rounds(10, 110)) - before).toBeLessThan(2_000_000)
  })

  test('lets go of what it drops, page by page', async () => {
    await logs.write([writeOf('b', { entries: entries(1, 40) })])
    const pageOf = async (index: number) => {
      const [entry] = await logs.read('b', index, 1, 1000)
      return new WeakRef(entry!.payload.buffer)
    }
    const [first, last] = [await pageOf(1), await pageOf(40)]
    await logs.compact('b', { index: 20, term: 1 })
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    expect([first.deref() === undefined, last.deref() === undefined]).toEqual([true, false])
  })
})

describe('entries', () => {
  test('that are small are copied: what is written over them is not in the log', async () => {
    const [entry] = entries(1, 1)
    await logs.write([writeOf('b', { entries: [entry!] })])
    entry!.payload.fill(7)
    expect(await logs.read('b', 1, 1, 1000)).toEqual(entries(1, 1))
  })

  test('that were given stay as they are when the log is cut and goes on', async () => {
    await logs.write([writeOf('b', { entries: entries(1, 3) })])
    const given = await logs.read('b', 1, 3, 1000)
    const others = entries(2, 3).map((entry) => ({ ...entry, term: 2, payload: entry.payload.fill(5) }))
    await logs.write([writeOf('b', { term: 2, truncateFrom: 2, entries: others })])
    expect(given).toEqual(entries(1, 3))
    expect(await logs.read('b', 1, 3, 1000)).toEqual([...entries(1, 1), ...others])
  })

  /** Two entries too large for any page, whose payloads are views of one buffer of this size. */
  const viewed = (bufferBytes: number): LogEntry[] => {
    const buffer = new Uint8Array(bufferBytes)
    return entries(1, 2, 5000).map((entry, i) => {
      const payload = buffer.subarray(4968 * i, 4968 * (i + 1))
      payload.fill(i + 1)
      return { ...entry, payload }
    })
  }

  test('that are large and a fair part of their batch keep it', async () => {
    const all = viewed(20_000)
    await logs.write([writeOf('b', { entries: all })])
    const found = await logs.read('b', 1, 2, 20_000)
    expect(found.map((entry, i) => entry === all[i])).toEqual([true, true])
  })

  test('that are large and a small part of it do not', async () => {
    const all = viewed(20_001)
    await logs.write([writeOf('b', { entries: all })])
    const found = await logs.read('b', 1, 2, 20_000)
    expect(found).toEqual(all)
    expect(found.map(({ payload }) => payload.buffer.byteLength)).toEqual([4968, 4968])
    expect(await logs.open('b')).toMatchObject({ last: 2, runs: [{ bytes: 10_000 }] })
  })
})

describe('a snapshot', () => {
  const meta = {
    ...snapshot(5),
    incarnation: identity.incarnation,
    format: 1,
    machineVersion: 0,
    size: 3,
    checksum: 0,
  }
  async function* chunksOf(...chunks: number[][]): AsyncIterable<Uint8Array> {
    for (const chunk of chunks) yield Uint8Array.from(chunk)
  }

  test('that is shorter than its meta says is damaged, also if the checksum is right', async () => {
    const { snapshots } = storage.open()
    // The CRC-32 of no byte at all is 0.
    await snapshots.save('a', chunksOf(), () => meta)
    const { chunks } = (await snapshots.latest('a'))!
    const read = async (): Promise<void> => {
      for await (const _ of chunks);
    }
    await expect(read()).rejects.toMatchObject({ code: 'damaged-storage' })
  })

  test('whose saving outlives its store is not kept', async () => {
    for (const end of ['close', 'open'] as const) {
      const { snapshots } = storage.open()
      let going: () => void = () => {}
      const gate = new Promise<void>((resolve) => {
        going = resolve
      })
      async function* chunks(): AsyncIterable<Uint8Array> {
        yield Uint8Array.of(1, 2, 3)
        await gate
      }
      const saving = snapshots.save('a', chunks(), () => meta)
      if (end === 'close') await snapshots.close()
      const now = storage.open()
      going()
      await expect(saving).rejects.toMatchObject({ code: 'closed' })
      expect(await now.snapshots.list('a')).toEqual([])
    }
  })
})
