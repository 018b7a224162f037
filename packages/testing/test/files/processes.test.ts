/** Processes, time, and the operations that they make. */
import { describe, expect, test } from 'vitest'
import { type FileOperation, loseAll, SimulatedFileSystem } from '../../src/index.ts'
import { VirtualTime } from '../../src/simulation/virtual-clock.ts'
import { contentOf, durableFile, filled, found, machine } from './machine.ts'

/** Lets all that has become due happen, without any time passing. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await null
}

/** Lets time pass, as the simulator does. */
async function pass(time: VirtualTime, until: number): Promise<void> {
  await settle()
  while (time.step(until)) await settle()
}

const fixed = (ms: number): { minMs: number; maxMs: number } => ({ minMs: ms, maxMs: ms })
const delays = { sync: fixed(10), write: fixed(1), other: fixed(0) }

function timedMachine(seed = 1): ReturnType<typeof machine> & { time: VirtualTime } {
  const time = new VirtualTime()
  return { ...machine({ seed, clock: time }), time }
}

describe('time', () => {
  test('passes as the delays say: nothing is written before a write is done, nothing durable before a sync', async () => {
    const { disk, files, time } = timedMachine()
    const file = await durableFile(files, filled(512, 1))
    disk.delays = delays
    const done: string[] = []
    void file.write([filled(512, 2)], 0).then(() => done.push(`write ${time.now}`))
    await pass(time, 0.9)
    expect(await contentOf(files)).toBe('512×1')
    await pass(time, 1)
    expect(await contentOf(files)).toBe('512×2')
    void file.sync().then(() => done.push(`sync ${time.now}`))
    await pass(time, 10.9)
    expect(await found(disk, contentOf)).toEqual(['512×1', '512×2'])
    await pass(time, 11)
    expect(await found(disk, contentOf)).toEqual(['512×2'])
    expect(done).toEqual(['write 1', 'sync 11'])
  })

  test('a sync covers what was written before it began, not what was under way', async () => {
    const { disk, files, time } = timedMachine()
    const file = await durableFile(files, filled(1024, 1))
    disk.delays = delays
    void file.write([filled(512, 2)], 0)
    await pass(time, 0.5)
    void file.sync()
    await pass(time, 100)
    expect(await found(disk, contentOf)).toEqual(['1024×1', '512×2 512×1'])
  })

  test('operations under way at once end in any order', async () => {
    const orders = new Set<string>()
    for (let seed = 0; seed < 20; seed++) {
      const { disk, files, time } = timedMachine(seed)
      const file = await durableFile(files, filled(512, 1))
      disk.delays = { ...delays, write: { minMs: 1, maxMs: 5 } }
      let order = ''
      for (const value of [2, 3]) void file.write([filled(512, value)], 0).then(() => (order += value))
      await pass(time, 10)
      expect(await contentOf(files)).toBe(`512×${order.at(-1)}`)
      orders.add(order)
    }
    expect([...orders].toSorted()).toEqual(['23', '32'])
  })

  test('delays that make no sense, or have no clock, are refused', () => {
    const time = new VirtualTime()
    const wrong = [
      { minMs: 2, maxMs: 1 },
      { minMs: -1, maxMs: 1 },
      { minMs: 0, maxMs: Number.POSITIVE_INFINITY },
    ]
    for (const sync of wrong)
      expect(() => new SimulatedFileSystem({ seed: 1, clock: time, delays: { ...delays, sync } })).toThrow(
        /minMs ≤ maxMs/,
      )
    expect(() => new SimulatedFileSystem({ seed: 1, delays })).toThrow(/need a clock/)
  })
})

describe('a process that is killed', () => {
  test('hears of nothing any more and reaches nothing; another sees what it wrote', async () => {
    const { disk, process, files, time } = timedMachine()
    const file = await durableFile(files, filled(512, 1))
    await file.write([filled(512, 2)], 0)
    disk.delays = { ...delays, other: fixed(1) }
    let heard = 0
    const count = (): number => heard++
    const calls = [
      () => file.sync(),
      () => file.size(),
      () => file.truncate(0),
      () => file.close(),
      () => files.remove('/d/file'),
      () => files.rename('/d/file', '/d/x'),
      () => files.open('/d/y', 'create'),
      () => files.list('/none'),
    ]
    for (const call of calls) void call().then(count, count)
    process.kill()
    const { operations } = disk
    for (const call of calls) void call().then(count, count)
    await pass(time, 1000)
    expect([heard, disk.operations]).toEqual([0, operations])
    disk.delays = { sync: fixed(0), write: fixed(0), other: fixed(0) }
    const next = disk.mount().files
    expect(await next.list('/d')).toEqual(['file'])
    expect(await contentOf(next)).toBe('512×2')
    expect(await found(disk, contentOf)).toEqual(['512×1', '512×2'])
  })

  test('in the middle of a write leaves any part of it', async () => {
    const left = new Set<string | null>()
    for (let seed = 0; seed < 60; seed++) {
      const { disk, process, files, time } = timedMachine(seed)
      const file = await durableFile(files, filled(3, 1))
      disk.delays = delays
      void file.write([filled(3, 2)], 0)
      await pass(time, 0.5)
      process.kill()
      await pass(time, 5)
      left.add(await contentOf(disk.mount().files))
    }
    expect([...left].toSorted()).toEqual(['1×2 2×1', '2×2 1×1', '3×1', '3×2'])
  })

  test('does not end others, as a crash does', async () => {
    const { disk, process, files } = machine()
    await durableFile(files, filled(3, 1))
    const others = [disk.mount(), disk.mount()]
    process.kill()
    for (const other of others) expect(await contentOf(other.files)).toBe('3×1')
    disk.crash()
    let heard = 0
    for (const other of others) void other.files.list('/d').then(() => heard++)
    await settle()
    expect(heard).toBe(0)
  })
})

describe('operations', () => {
  test('are told before they happen, with all that they are', async () => {
    const { disk, files } = machine()
    const told: FileOperation[] = []
    disk.onOperation = (operation) => told.push(operation)
    const file = await files.open('/d/a', 'create')
    await file.write([filled(3, 1), filled(4, 1)], 5)
    await file.read(1, 2)
    await file.truncate(9)
    await files.rename('/d/a', '/d/b')
    await file.close()
    const none = { to: null, position: 0, bytes: 0 }
    expect(told).toEqual([
      { ...none, number: 1, name: 'open', path: '/d/a' },
      { ...none, number: 2, name: 'write', path: '/d/a', position: 5, bytes: 7 },
      { ...none, number: 3, name: 'read', path: '/d/a', position: 1, bytes: 2 },
      { ...none, number: 4, name: 'truncate', path: '/d/a', position: 9 },
      { ...none, number: 5, name: 'rename', path: '/d/a', to: '/d/b' },
      { ...none, number: 6, name: 'close', path: '/d/a' },
    ])
    expect(disk.operations).toBe(6)
  })

  test('a crash before each of them leaves what those before it did', async () => {
    const left: (string | null)[] = []
    for (let crashAt = 1; crashAt <= 5; crashAt++) {
      const { disk, files } = machine()
      disk.onOperation = ({ number }) => {
        if (number === crashAt) disk.crash(loseAll)
      }
      void durableFile(files, filled(3, 1)).then((file) => file.close())
      await settle()
      disk.onOperation = null
      left.push(await contentOf(disk.mount().files))
    }
    expect(left).toEqual([null, null, null, null, '3×1'])
  })

  test('one before which the machine crashes is never heard of, not even if it is wrong', async () => {
    const { disk, files } = machine()
    const file = await durableFile(files, filled(3, 1))
    await file.close()
    disk.onOperation = () => disk.crash()
    let heard = 0
    const count = (): number => heard++
    void file.size().then(count, count)
    await settle()
    expect(heard).toBe(0)
  })

  test('what the hook throws is the error, and the operation has not happened', async () => {
    const { disk, files } = machine()
    disk.onOperation = () => {
      throw new Error('not today')
    }
    await expect(files.open('/d/a', 'create')).rejects.toThrow('not today')
    disk.onOperation = null
    expect(await files.list('/d')).toEqual([])
  })

  test('the same seed gives the same log, with delays, faults and a crash; another seed another', async () => {
    const run = async (seed: number): Promise<string[]> => {
      const lines: string[] = []
      const time = new VirtualTime()
      const { disk, files } = machine({
        seed,
        clock: time,
        delays: { ...delays, write: { minMs: 1, maxMs: 9 } },
        print: (line) => lines.push(`${time.now.toFixed(3)} ${line}`),
      })
      disk.failNext({ name: 'sync' })
      const work = async (name: string): Promise<void> => {
        const file = await files.open(`/d/${name}`, 'create')
        for (let i = 0; i < 5; i++) await file.write([filled(700, i)], i * 700)
        await file.sync().catch(() => {})
        await file.truncate(900)
        await files.rename(`/d/${name}`, `/d/new ${name}`)
      }
      void work('a')
      void work('b')
      await pass(time, 60)
      disk.flipBit('/d/new a', 9)
      disk.crash()
      return lines
    }
    const lines = await run(5)
    expect(await run(5)).toEqual(lines)
    expect(await run(6)).not.toEqual(lines)
    const text = lines.join('\n')
    for (const line of [
      /^\d+\.\d+ \d+ write \/d\/a 0\+700$/m,
      /truncate \/d\/b 900$/m,
      /rename \/d\/a → \/d\/new a$/m,
      /\d+ fails: EIO$/m,
      /flip \/d\/new a bit 9$/m,
      /^60\.000 crash$/m,
      /crash: rename \/d\/a → \/d\/new a: (lost|kept|old|new)$/m,
    ])
      expect(text).toMatch(line)
  })
})
