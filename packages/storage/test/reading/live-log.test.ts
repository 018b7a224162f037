import type { FileSystem, GroupWrite, LogStore } from '@rafted/contracts'
import { describe, expect, test } from 'vitest'
import { openStoredLog } from '../../src/reading/log-reader.ts'
import { readOnlyFiles } from '../../src/reading/read-only-files.ts'
import { seeded } from '../files/lock-world.ts'
import { interleaved, Turns } from '../interleaved-files.ts'
import { DIRECTORY, entries, identity, setting, write } from '../log-setting.ts'
import { MemoryFileSystem } from '../memory-file-system.ts'

/** What stands in the log of the one group. */
interface State {
  readonly base: number
  readonly term: number
  readonly entries: readonly string[]
}

const textOf = (index: number, term: number): string => `${index}/${term}`

/** @returns what draws whole numbers below a bound. */
function drawing(seed: number): (below: number) => number {
  const draw = seeded(seed)
  return (below) => Math.floor(draw() * below)
}

/** Writes, and knows what may stand on the disk: each state that it asked for, in order. */
class Writer {
  readonly states: State[] = [{ base: 0, term: 0, entries: [] }]
  /** The newest state that is known to be durable. */
  durable = 0
  readonly #draw: (below: number) => number

  constructor(draw: (below: number) => number) {
    this.#draw = draw
  }

  async run(store: LogStore, steps: number): Promise<void> {
    const underWay: Promise<void>[] = []
    for (let i = 0; i < steps; i++) {
      underWay.push(this.#step(store))
      if (this.#draw(3) > 0) await underWay.shift()
    }
    await Promise.all(underWay)
  }

  async #step(store: LogStore): Promise<void> {
    const now = this.states.at(-1)!
    const last = now.base + now.entries.length
    if (this.#draw(4) === 0 && now.entries.length > 0) {
      const index = now.base + 1 + this.#draw(now.entries.length)
      const [, term] = now.entries[index - now.base - 1]!.split('/')
      this.states.push({ ...now, base: index, entries: now.entries.slice(index - now.base) })
      return await store.compact('g', { index, term: Number(term) })
    }
    const cut = this.#draw(4) === 0 && now.entries.length > 0
    const truncateFrom = cut ? last - this.#draw(now.entries.length) : null
    const term = now.term + (cut || this.#draw(6) === 0 ? 1 : 0)
    const from = truncateFrom ?? last + 1
    const added = entries(from, from + this.#draw(3), term, 1 + this.#draw(60))
    const kept = now.entries.slice(0, from - now.base - 1)
    const texts = added.map(({ index }) => textOf(index, term))
    const place = this.states.push({ base: now.base, term, entries: [...kept, ...texts] }) - 1
    const change: GroupWrite = { group: 'g', write: write({ term, truncateFrom, entries: added }) }
    await store.write([change])
    this.durable = Math.max(this.durable, place)
  }
}

async function stateIn(fileSystem: FileSystem): Promise<State | null> {
  const log = await openStoredLog({ fileSystem, path: '/d', id: DIRECTORY })
  if (log === null) return null
  try {
    const opened = await log.open('g')
    if (opened === null) return null
    const { base, last, term } = opened
    const found: string[] = []
    while (base.index + found.length < last)
      for (const entry of await log.read('g', base.index + found.length + 1, 2, 100)) {
        const [expected] = entries(entry.index, entry.index, entry.term, entry.payload.length)
        expect(entry).toEqual(expected)
        found.push(textOf(entry.index, entry.term))
      }
    return { base: base.index, term, entries: found }
  } finally {
    await log.close()
  }
}

/** @returns how many looks were taken while the log was written. */
async function readWhileWriting(seed: number): Promise<number> {
  const draw = drawing(seed)
  const turns = new Turns(draw)
  const system = interleaved(new MemoryFileSystem(), turns)
  const place = setting({ system: system as MemoryFileSystem, segmentBytes: 400 + draw(600) })
  const store = await place.open()
  await store.create('g', identity)
  const writer = new Writer(draw)
  let done = false
  const writing = writer.run(store, 400).finally(() => {
    done = true
  })
  let looks = 0
  const files = readOnlyFiles(system, () => {})
  while (!done) {
    const from = writer.durable
    const found = await stateIn(files)
    const possible = writer.states.slice(from)
    expect(possible).toContainEqual(found)
    looks++
  }
  await writing
  await store.close()
  expect(await stateIn(files)).toEqual(writer.states.at(-1))
  return looks
}

describe('a log that is read while another process writes it', () => {
  test('is as it stood at one moment since it was asked for, in whatever order the steps of both come', async () => {
    let looks = 0
    for (let seed = 1; seed <= 50; seed++)
      looks += await readWhileWriting(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error })
      })
    expect(looks).toBeGreaterThan(100)
  })
})
