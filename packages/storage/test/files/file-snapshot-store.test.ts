/** Snapshots on files: what is durable when, what damage does, and what is left behind. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { crc32 } from 'node:zlib'
import { RaftedError, type SnapshotMeta, type SnapshotStore } from '@rafted/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFileSnapshotStore } from '../../src/index.ts'
import { type Hook, hookedFiles } from './hooked-files.ts'

let path: string
let hook: Hook
let robbed: RaftedError | null
let store: SnapshotStore

const lock = {
  isStale: false,
  check: async (): Promise<void> => {
    if (robbed !== null) throw robbed
  },
  release: async (): Promise<void> => {},
}

const open = (): Promise<SnapshotStore> =>
  openFileSnapshotStore({
    directory: { path, lock },
    fileSystem: hookedFiles((call, at) => hook(call, at)),
  })

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'rafted-'))
  hook = () => {}
  robbed = null
  store = await open()
})
afterEach(async () => {
  hook = () => {}
  await store.close()
  rmSync(path, { recursive: true })
})

const directory = (): string => join(path, 'snapshots')
const names = (): string[] => readdirSync(directory()).sort()
const file = (index: number): string =>
  join(directory(), names().find((name) => name.includes(`.${index}-`))!)

function contentAt(index: number, size = 100): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (index * 31 + i * 7 + (i >> 8)) % 256)
}

function metaOf(index: number, content: Uint8Array): SnapshotMeta {
  const voter = {
    id: 'a',
    host: 'a',
    address: 'a:1',
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  }
  const configuration = { voters: [voter], outgoing: null, learners: [] }
  return {
    incarnation: '1'.repeat(32),
    index,
    term: 3,
    time: 5,
    configuration: { index: 1, configuration },
    format: 1,
    machineVersion: 1,
    size: content.byteLength,
    checksum: crc32(content),
  }
}

async function* streamOf(...chunks: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

async function save(index: number, size?: number, group = 'g'): Promise<SnapshotMeta> {
  const content = contentAt(index, size)
  return await store.save(group, streamOf(content), () => metaOf(index, content))
}

async function read(group = 'g'): Promise<Buffer | null> {
  const latest = await store.latest(group)
  if (latest === null) return null
  const chunks: Uint8Array[] = []
  for await (const chunk of latest.chunks) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const indexes = async (group = 'g'): Promise<number[]> => (await store.list(group)).map(({ index }) => index)

async function reopen(): Promise<void> {
  await store.close()
  store = await open()
}

const failed = (code: string): Error => Object.assign(new Error(`${code}: made to fail`), { code })

describe('files', () => {
  test('one for each snapshot, for the owner only, with a name that people can read', async () => {
    await save(7, 100, 'Orders/2026')
    expect(names()).toEqual([expect.stringMatching(/^orders_2026-[0-9a-f]{32}\.7-3\.snap$/)])
    expect(statSync(join(directory(), names()[0]!)).mode & 0o777).toBe(0o600)
    expect(statSync(directory()).mode & 0o777).toBe(0o700)
  })

  test('any name of a group fits and stays apart from all others', async () => {
    const groups = [
      '..',
      '../x',
      'a',
      'A',
      'á',
      'é'.repeat(127),
      '東'.repeat(85),
      'x'.repeat(255),
      `${'x'.repeat(254)}y`,
      '\0',
    ]
    for (const [i, group] of groups.entries()) await save(i + 1, 10, group)
    await reopen()
    for (const [i, group] of groups.entries()) expect(await indexes(group)).toEqual([i + 1])
    const lower = names().map((name) => name.toLowerCase())
    expect(new Set(lower).size).toBe(groups.length)
    for (const name of lower) expect(name.length).toBeLessThan(128)
  })

  test('a name that is none is refused', async () => {
    for (const group of ['', 'x'.repeat(256), '\ud800']) {
      for (const call of [
        () => store.list(group),
        () => store.latest(group),
        () => save(1, 1, group),
        () => store.remove(group),
      ])
        await expect(call()).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(names()).toEqual([])
  })

  test('the newest has the highest index, however many digits that has', async () => {
    await save(99)
    await save(103)
    await reopen()
    expect(await indexes()).toEqual([103, 99])
    expect(await read()).toEqual(Buffer.from(contentAt(103)))
  })

  test('left over ones of a crashed run are removed, what is not ours stays (F82)', async () => {
    await save(1)
    writeFileSync(join(directory(), 'g-1.1.tmp'), 'half')
    writeFileSync(join(directory(), 'README'), 'a note')
    await reopen()
    expect(names()).toEqual(['README', expect.stringContaining('.1-3.snap')])
    expect(await indexes()).toEqual([1])
  })
})

describe('durability', () => {
  test('flushed, renamed, the directory flushed; only then the oldest goes (F71, F76, F80)', async () => {
    await save(1)
    await save(2)
    const calls: string[] = []
    hook = (call, at) => {
      const what = at.replace(/^.*\/(snapshots|g-[0-9a-f]+\.)/, '')
      if (call !== 'close') calls.push(`${call} ${what}`)
    }
    await save(3)
    expect(calls).toEqual([
      'open 3.tmp',
      'write 3.tmp',
      'write 3.tmp',
      'write 3.tmp',
      'sync 3.tmp',
      'rename 3-3.snap',
      'syncDirectory ',
      'remove 1-3.snap',
      'syncDirectory ',
    ])
  })

  test('opening flushes what a former run may have left unflushed (F80)', async () => {
    const calls: string[] = []
    hook = (call, at) => void calls.push(`${call} ${at.replace(path, '')}`)
    await save(1)
    calls.length = 0
    await reopen()
    const [snapshot] = names()
    expect(calls).toEqual([
      // As long as no log was begun here, the flush of the directory's name may have failed: it gets it once more.
      'exists /log.begun',
      'exists /snapshots',
      'rename /snapshots.aside',
      'exists /snapshots.aside',
      'rename /snapshots',
      'syncDirectory ',
      'list /snapshots',
      'list /snapshots',
      // And so may that of the newest snapshot's.
      `rename /snapshots/${snapshot}.aside`,
      `rename /snapshots/${snapshot}`,
      'syncDirectory /snapshots',
      'list /snapshots',
    ])
  })

  const steps = [
    ['open', '.tmp'],
    ['write', '.tmp'],
    ['sync', '.tmp'],
    ['rename', '.snap'],
  ] as const
  for (const [step, suffix] of steps)
    test(`a failed ${step} leaves nothing, and the next save may succeed (F81)`, async () => {
      await save(1)
      const [before] = names()
      hook = (call, at) => {
        if (call === step && at.endsWith(suffix)) throw failed('ENOSPC')
      }
      await expect(save(2)).rejects.toMatchObject({ code: 'storage-failed', cause: { code: 'ENOSPC' } })
      expect(names()).toEqual([before])
      expect(await indexes()).toEqual([1])
      hook = () => {}
      await save(3)
      expect(await indexes()).toEqual([3, 1])
    })

  for (const step of ['sync', 'syncDirectory'] as const)
    test(`a failed ${step} is the end of saving (F78)`, async () => {
      await save(1)
      const [before] = names()
      hook = (call) => {
        if (call === step) throw failed('EIO')
      }
      await expect(save(2)).rejects.toMatchObject({ code: 'storage-failed', cause: { code: 'EIO' } })
      hook = () => {}
      for (const call of [() => save(3), () => save(4), () => store.remove('g')])
        await expect(call()).rejects.toMatchObject({
          code: 'storage-failed',
          message: expect.stringContaining('flush'),
        })
      expect(names()).toEqual([before])
      // What was durable can still be read.
      expect(await indexes()).toEqual([1])
      expect(await read()).toEqual(Buffer.from(contentAt(1)))
      await reopen()
      await save(3)
      expect(await indexes()).toEqual([3, 1])
    })

  test('what is being saved when its group is removed leaves no file (F67c)', async () => {
    const store = await open()
    const content = contentAt(9)
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    async function* slow(): AsyncIterable<Uint8Array> {
      yield content
      await held
    }
    const saving = store.save('g', slow(), () => metaOf(9, content))
    const refused = expect(saving).rejects.toMatchObject({ code: 'no-such-group', outcome: 'not-applied' })
    await store.remove('g')
    goOn()
    await refused
    expect(names()).toEqual([])
    expect(await store.latest('g')).toBeNull()
  })

  test('an old one that can not be removed goes with a later save', async () => {
    await save(1)
    await save(2)
    hook = (call) => {
      if (call === 'remove') throw failed('EIO')
    }
    await save(3)
    expect(await indexes()).toEqual([3, 2])
    expect(names()).toHaveLength(3)
    hook = () => {}
    await save(4)
    expect(await indexes()).toEqual([4, 3])
    expect(names()).toHaveLength(2)
  })

  test('remove: the oldest first, so that what a crash leaves is the newest', async () => {
    await save(1)
    await save(2)
    hook = (call, at) => {
      if (call === 'remove' && at.includes('.2-')) throw failed('EIO')
    }
    await expect(store.remove('g')).rejects.toMatchObject({ code: 'storage-failed' })
    expect(await indexes()).toEqual([2])
    hook = () => {}
    await store.remove('g')
    expect(names()).toEqual([])
  })
})

describe('damage', () => {
  /** Looks at everything, and says what was refused, or gives the content. */
  async function look(): Promise<unknown> {
    try {
      await store.list('g')
      return await read()
    } catch (error) {
      return error
    }
  }

  test('any bit: found, and named by file and place; the older one is not given in its stead (F74, F76)', async () => {
    await save(1)
    await save(2, 150)
    const newest = file(2)
    const sound = readFileSync(newest)
    for (let at = 0; at < sound.length; at++) {
      const flipped = Buffer.from(sound)
      flipped[at]! ^= 1 << (at % 8)
      writeFileSync(newest, flipped)
      const found = await look()
      expect(found, `byte ${at}`).toMatchObject({ code: 'damaged-storage', details: { file: newest } })
      const { offset } = (found as RaftedError).details
      expect(offset, `byte ${at}`).toBeLessThanOrEqual(at)
    }
  })

  test('any length but its own (F76)', async () => {
    await save(1)
    await save(2, 150)
    const newest = file(2)
    const sound = readFileSync(newest)
    for (let length = 0; length < sound.length; length++) {
      writeFileSync(newest, sound.subarray(0, length))
      expect(await look(), `${length} bytes`).toMatchObject({
        code: 'damaged-storage',
        details: { file: newest },
      })
    }
    writeFileSync(newest, Buffer.concat([sound, Buffer.alloc(1)]))
    expect(await look()).toMatchObject({ code: 'damaged-storage' })
    writeFileSync(newest, Buffer.alloc(sound.length))
    expect(await look()).toMatchObject({ code: 'damaged-storage', details: { offset: 0 } })
    writeFileSync(newest, sound)
    expect(await look()).toEqual(Buffer.from(contentAt(2, 150)))
  })

  test('bytes too many between its parts', async () => {
    await save(2, 70_000)
    const sound = readFileSync(file(2))
    const meta = 12 + 1 + 4 + 70_000 + 2 * 4
    writeFileSync(file(2), Buffer.concat([sound.subarray(0, meta), Buffer.alloc(5), sound.subarray(meta)]))
    expect(await look()).toMatchObject({ code: 'damaged-storage', details: { offset: 12 + 1 + 4 } })
  })

  test('a block is named, and nothing of it is given', async () => {
    const size = 5 * 65_536 + 10
    await save(2, size)
    const sound = readFileSync(file(2))
    const head = 12 + 1 + 4
    const at = head + 3 * (65_536 + 4)
    const flipped = Buffer.from(sound)
    flipped[at + 500]! ^= 4
    writeFileSync(file(2), flipped)
    const { chunks } = (await store.latest('g'))!
    let given = 0
    const whole = (async () => {
      for await (const chunk of chunks) given += chunk.byteLength
    })()
    await expect(whole).rejects.toMatchObject({
      code: 'damaged-storage',
      details: { file: file(2), offset: at },
    })
    expect(given).toBe(3 * 65_536)
  })

  test('a block in the place of another one', async () => {
    await save(2, 3 * 65_536)
    const sound = readFileSync(file(2))
    const head = 12 + 1 + 4
    const block = 65_536 + 4
    const swapped = Buffer.from(sound)
    sound.copy(swapped, head, head + block, head + 2 * block)
    sound.copy(swapped, head + block, head, head + block)
    writeFileSync(file(2), swapped)
    expect(await look()).toMatchObject({ code: 'damaged-storage', details: { offset: head } })
  })

  test('a place that the disk can not read', async () => {
    await save(2, 3 * 65_536)
    let reads = 0
    hook = (call, at) => {
      // All blocks together, and the second one when they are read one by one.
      if (call === 'read' && at.endsWith('.snap') && [7, 9].includes(++reads)) throw failed('EIO')
    }
    expect(await look()).toMatchObject({
      code: 'damaged-storage',
      details: { offset: 12 + 1 + 4 + 65_536 + 4 },
      cause: { code: 'EIO' },
    })
  })

  test('a file under the name of another group, or of another place in the log', async () => {
    await save(2)
    const g = file(2)
    await save(2, 100, 'h')
    const h = join(directory(), names().find((name) => name.startsWith('h-'))!)
    const [ofG, ofH] = [readFileSync(g), readFileSync(h)]
    writeFileSync(g, ofH)
    expect(await look()).toMatchObject({ code: 'damaged-storage', details: { file: g } })
    writeFileSync(g, ofG)
    writeFileSync(g.replace('.2-', '.9-'), ofG)
    await reopen()
    expect(await look()).toMatchObject({
      code: 'damaged-storage',
      details: { file: g.replace('.2-', '.9-') },
    })
  })

  test('a file that is gone', async () => {
    await save(1)
    await save(2)
    const newest = file(2)
    rmSync(newest)
    await expect(store.list('g')).rejects.toMatchObject({
      code: 'damaged-storage',
      details: { file: newest },
    })
    await expect(store.latest('g')).rejects.toMatchObject({
      code: 'damaged-storage',
      details: { file: newest },
    })
  })

  test('a newer version is no damage (F88)', async () => {
    await save(2)
    const bytes = readFileSync(file(2))
    bytes.writeUInt16LE(2, 8)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 13)), 13)
    writeFileSync(file(2), bytes)
    await expect(store.list('g')).rejects.toMatchObject({ code: 'version-mismatch', details: { version: 2 } })
  })
})

describe('reading', () => {
  test('sixteen blocks together, as many ahead, and no more', async () => {
    await save(2, 40 * 65_536)
    const { chunks } = (await store.latest('g'))!
    let reads = 0
    hook = (call) => {
      if (call === 'read') reads++
    }
    let given = 0
    for await (const chunk of chunks) {
      given += chunk.byteLength
      expect(reads).toBeLessThanOrEqual(Math.ceil(given / 65_536 / 16) + 1)
    }
    expect([given, reads]).toEqual([40 * 65_536, 3])
  })

  test('files are closed when they are read, given up, or the store is closed', async () => {
    let opened = 0
    hook = (call, at) => {
      if (at.endsWith('.snap')) opened += call === 'open' ? 1 : call === 'close' ? -1 : 0
    }
    await save(2, 40 * 65_536)
    await store.list('g')
    await read()
    for await (const _ of (await store.latest('g'))!.chunks) break
    expect(opened).toBe(0)
    const begun = (await store.latest('g'))!.chunks[Symbol.asyncIterator]()
    await begun.next()
    await store.latest('g')
    expect(opened).toBe(2)
    await store.close()
    expect(opened).toBe(0)
    const rest = (async () => {
      while (!(await begun.next()).done);
    })()
    await expect(rest).rejects.toMatchObject({ code: 'closed' })
  })

  test('a file that nobody will read any more is closed when that is noticed', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    let opened = 0
    hook = (call, at) => {
      if (at.endsWith('.snap')) opened += call === 'open' ? 1 : call === 'close' ? -1 : 0
    }
    await save(2, 3 * 65_536)
    // Held until they are counted: an engine may collect whenever it likes.
    const held: unknown[] = []
    // In a function of its own, which ends: one that waits holds what was in its variables until it is optimised.
    const hold = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) held.push(await store.latest('g'))
      for (let i = 0; i < 5; i++) {
        const chunks = (await store.latest('g'))!.chunks[Symbol.asyncIterator]()
        await chunks.next()
        held.push(chunks)
      }
    }
    await hold()
    expect(opened).toBe(10)
    held.length = 0
    while (opened > 0) {
      collect()
      await new Promise(setImmediate)
    }
  })
})

describe('saving', () => {
  test('content that is not what its meta says is not kept', async () => {
    const content = contentAt(2)
    for (const wrong of [{ size: 99 }, { checksum: 1 }])
      await expect(
        store.save('g', streamOf(content), () => ({ ...metaOf(2, content), ...wrong })),
      ).rejects.toMatchObject({
        code: 'damaged-storage',
      })
    expect(names()).toEqual([])
  })

  test('nothing is written when the directory was lost, before or meanwhile (F119)', async () => {
    const lost = new RaftedError('directory-in-use', 'taken', { outcome: 'not-applied' })
    await save(1)
    const before = names()
    const content = contentAt(2)
    async function* losing(): AsyncIterable<Uint8Array> {
      yield content
      robbed = lost
    }
    await expect(store.save('g', losing(), () => metaOf(2, content))).rejects.toBe(lost)
    await expect(save(3)).rejects.toBe(lost)
    await expect(store.remove('g')).rejects.toBe(lost)
    await expect(open()).rejects.toBe(lost)
    expect(names()).toEqual(before)
  })

  test('close: waits for what is being written, and a save that waits for its machine writes nothing more', async () => {
    const content = contentAt(2)
    let goOn = (): void => {}
    const machine = new Promise<void>((resolve) => {
      goOn = resolve
    })
    async function* slow(): AsyncIterable<Uint8Array> {
      yield content
      await machine
      yield content
    }
    const waiting = store.save('g', slow(), () => metaOf(2, content))
    await expect.poll(() => names().length).toBe(1)
    const calls: string[] = []
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    hook = async (call) => {
      if (call === 'sync') await held
      calls.push(call)
    }
    const writing = save(3)
    await expect.poll(() => calls.includes('write')).toBe(true)
    await new Promise(setImmediate)
    const closed = store.close().then(() => calls.push('closed'))
    release()
    await expect(writing).rejects.toMatchObject({ code: 'closed' })
    await closed
    goOn()
    await expect(waiting).rejects.toMatchObject({ code: 'closed' })
    expect(calls.slice(calls.indexOf('closed') + 1)).toEqual(['close'])
    store = await open()
    expect(names()).toEqual([])
  })
})

test('a directory that can not be used says so', async () => {
  await store.close()
  rmSync(directory(), { recursive: true })
  writeFileSync(directory(), 'a file')
  await expect(open()).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining(directory()),
  })
  rmSync(directory())
  mkdirSync(directory())
})

describe('a large snapshot is read into little memory', () => {
  const size = 5_000_000
  /** What was read, and into how many pieces of memory. */
  const readBack = async (isKept: (count: number) => boolean): Promise<[Buffer, number]> => {
    await save(1, size)
    const chunks = (await store.latest('g'))!.chunks[Symbol.asyncIterator]()
    const memory = new Set<ArrayBufferLike>()
    const parts: Buffer[] = []
    let count = 0
    for (let next = await chunks.next(); !next.done; count++) {
      const chunk: Uint8Array = next.value
      memory.add(chunk.buffer)
      parts.push(Buffer.from(chunk))
      next = await chunks.next(isKept(count) ? undefined : chunk)
    }
    return [Buffer.concat(parts), memory.size]
  }

  test('where each chunk is given back: that being read, and that being read ahead', async () => {
    const [content, pieces] = await readBack(() => false)
    expect(content.equals(contentAt(1, size))).toBe(true)
    expect(pieces).toBe(2)
  })

  test('what is kept is not read into', async () => {
    const [content, pieces] = await readBack((count) => count === 20)
    expect(content.equals(contentAt(1, size))).toBe(true)
    expect(pieces).toBe(3)
    expect((await readBack(() => true))[1]).toBe(5)
  })
})
