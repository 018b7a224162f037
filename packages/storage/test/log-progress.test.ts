/** How far an opening has come, as the observer is told it. */
import { expect, test } from 'vitest'
import { entry, FIRST_SEGMENT, identity, setting, write } from './log-setting.ts'
import type { MemoryFileSystem } from './memory-file-system.ts'

/** Each file of the log takes so long to read. */
function slowly(system: MemoryFileSystem, take: () => Promise<void>): void {
  const open = system.open.bind(system)
  system.open = async (path, mode, through) => {
    const handle = await open(path, mode, through)
    if (path.endsWith('.log')) {
      const read = handle.read.bind(handle)
      handle.read = async (position, length) => {
        await take()
        return await read(position, length)
      }
    }
    return handle
  }
}

async function written() {
  const place = setting({ segmentBytes: 2000 })
  const store = await place.open()
  await store.create('g', identity)
  for (let i = 1; i <= 60; i++) await store.write([{ group: 'g', write: write({ entries: [entry(i)] }) }])
  await store.close()
  const lengths = [...place.system.files]
    .filter(([path]) => path.endsWith('.log'))
    .map(([, { length }]) => length)
  return { system: place.system, lengths }
}

test('a long opening says how much it has read, twice a second at most', async () => {
  const { system, lengths } = await written()
  expect(lengths.length).toBeGreaterThan(4)
  for (const [ms, every] of [
    [500, 1],
    [250, 2],
  ] as const) {
    const place = setting({ system: system.copy(), segmentBytes: 2000 })
    slowly(place.system, () => place.clock.pass(ms))
    const store = await place.open()
    await store.close()
    const events = place.events.flatMap((event) => (event.kind === 'log-opening' ? [event] : []))
    // The newest is read before all others, and is the last that counts.
    expect(events.map(({ segments }) => segments)).toEqual(
      lengths.flatMap((_, i) => (i % every === 0 && i < lengths.length - 1 ? [i + 1] : [])),
    )
    for (const { of, segments, bytes } of events) {
      expect(of).toBe(lengths.length)
      expect(bytes).toBe(lengths.slice(0, segments).reduce((sum, length) => sum + length, 0))
    }
    const entries = events.map((event) => event.entries)
    expect(entries[0]).toBeGreaterThan(0)
    expect(entries.at(-1)).toBeLessThan(60)
    expect(new Set(entries).size).toBe(entries.length)
  }
})

test('a short one says nothing', async () => {
  const { system } = await written()
  const place = setting({ system, segmentBytes: 2000 })
  await place.open()
  expect(place.events).toEqual([])
  expect(system.files.has(FIRST_SEGMENT)).toBe(true)
})
