import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { contentOf, emptyDirectory, LOG, withSample } from './on-files.ts'
import { openStorage } from './sample.ts'
import { type Typed, typed, typedJson } from './typed.ts'

const ALL = ['inspect data/a', 'dump data/a --group orders', 'verify data/a', 'last-index data/a']
const MARKER = 'data/a/rafted-directory'

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
}

async function statuses(directory: string): Promise<number[]> {
  const found: number[] = []
  for (const line of ALL) found.push((await typed(directory, line)).status)
  return found
}

interface Verified {
  readonly status: string
  readonly harmless: readonly object[]
  readonly damages: readonly { damage: string; file: string; offset: number }[]
  readonly faults: readonly { code: string; message: string; file: string | null; offset: number | null }[]
}

const verified = (directory: string): Promise<Verified> => typedJson<Verified>(directory, 'verify data/a')

describe('what is torn does no harm', () => {
  test('the end of the log', async () => {
    const directory = await withSample()
    const { length } = readFileSync(join(directory, LOG))
    appendFileSync(join(directory, LOG), Buffer.alloc(100))
    const before = contentOf(directory)
    expect(await statuses(directory)).toEqual([0, 0, 0, 0])
    expect(await verified(directory)).toMatchObject({
      status: 'fine',
      harmless: [{ what: 'torn', file: 'log/0000000000000001.log', offset: length, bytes: 100 }],
    })
    expect((await typed(directory, 'verify data/a')).out).toContain(
      `torn  log/0000000000000001.log at byte ${length}: 100 bytes behind the last whole batch.`,
    )
    expect((await typed(directory, 'inspect data/a')).out).toContain(
      '100 bytes at its end torn or being written',
    )
    expect(contentOf(directory)).toEqual(before)
  })

  test('a file that was begun, and files that are not whole yet', async () => {
    const directory = await withSample()
    writeFileSync(join(directory, 'data/a/log/0000000000000002.log'), Buffer.alloc(70))
    writeFileSync(join(directory, 'data/a/snapshots/orders.7.tmp'), 'x')
    expect(await verified(directory)).toMatchObject({
      status: 'fine',
      harmless: [
        { what: 'unused', file: 'log/0000000000000002.log', bytes: 70 },
        { what: 'unfinished', file: 'snapshots/orders.7.tmp', bytes: 1 },
      ],
    })
    expect((await typed(directory, 'inspect data/a')).out).toContain('begun, and nothing in it counts yet')
  })
})

describe('what is damaged is named by file and offset, and the status is 1', () => {
  test('a bit of the log', async () => {
    const directory = await withSample()
    flip(join(directory, LOG), 140)
    expect(await statuses(directory)).toEqual([1, 1, 1, 1])
    const { status, faults } = await verified(directory)
    expect({ status, faults }).toEqual({
      status: 'damaged',
      faults: [
        {
          code: 'damaged-storage',
          message: expect.stringMatching(
            /^log\/0000000000000001\.log is damaged at byte 128: .* Bring the file back/,
          ),
          file: 'log/0000000000000001.log',
          offset: 128,
        },
      ],
    })
    const { out } = await typed(directory, 'verify data/a')
    expect(out).toContain('\nhost a is damaged: 1 fault\n')
    // What can be read is told all the same.
    expect((await typed(directory, 'inspect data/a')).out).toContain(
      'snapshots of groups without a log\n  orders  4/1',
    )
    const { error } = await typedJson<{ error: object }>(directory, 'dump data/a --group orders')
    expect(error).toMatchObject({ code: 'damaged-storage', file: join(directory, LOG), offset: 128 })
  })

  test('a bit of the log that does no harm', async () => {
    const directory = await withSample()
    flip(join(directory, LOG), 70)
    expect(await statuses(directory)).toEqual([1, 0, 1, 0])
    expect(await verified(directory)).toMatchObject({
      status: 'damaged',
      faults: [],
      damages: [{ damage: 'harmless', file: 'log/0000000000000001.log', offset: 64 }],
    })
    const { out } = await typed(directory, 'verify data/a')
    expect(out).toContain('harmless  log/0000000000000001.log at byte 64: ')
    expect(out).toContain('\nhost a is damaged: 1 fault\n')
  })

  test('a bit of an entry: the others are told, and of this one its index and term', async () => {
    const directory = await withSample()
    const log = join(directory, LOG)
    flip(log, readFileSync(log).indexOf('cancel'))
    expect(await statuses(directory)).toEqual([1, 1, 1, 0])
    expect((await verified(directory)).damages).toMatchObject([
      { damage: 'unreadable', file: 'log/0000000000000001.log' },
    ])
    const { groups } = await typedJson<{ groups: object[] }>(directory, 'inspect data/a')
    expect(groups[1]).toMatchObject({ group: 'orders', damaged: [{ from: 7, to: 7 }], lostTo: null })
    expect((await typed(directory, 'inspect data/a')).out).toMatch(/unreadable +7\n/)
    const { out } = await typed(directory, 'dump data/a --group orders')
    expect(out).toMatch(/^6\/2 .*\n7\/2 {2}can not be read\n$/m)
    expect(await typedJson(directory, 'dump data/a --group orders --from 7')).toEqual({
      group: 'orders',
      index: 7,
      term: 2,
      unreadable: true,
    })
  })

  test('entries that are lost', async () => {
    const directory = await withSample()
    const path = join(directory, 'data/a')
    const { logs, snapshots } = await openStorage(path)
    const [last] = await logs.read('orders', 7, 1, 0)
    await logs.write([
      {
        group: 'orders',
        write: { term: 2, vote: null, reset: null, truncateFrom: 7, entries: [], lostTo: 7 },
      },
    ])
    expect(last!.index).toBe(7)
    await Promise.all([logs.close(), snapshots.close()])
    const { groups } = await typedJson<{ groups: object[] }>(directory, 'last-index data/a')
    expect(groups[1]).toMatchObject({ group: 'orders', last: { index: 6 }, lostTo: 7 })
    expect((await typed(directory, 'last-index data/a')).out).toContain('has lost entries up to 7')
    expect((await typed(directory, 'inspect data/a')).out).toContain('entries up to 7, of which')
  })

  test('a bit of the content of a snapshot, which only verify reads', async () => {
    const directory = await withSample()
    const { file } = (
      await typedJson<{ groups: [object, { snapshots: [{ file: string }] }] }>(directory, 'inspect data/a')
    ).groups[1].snapshots[0]
    flip(join(directory, 'data/a', file), 24)
    expect(await statuses(directory)).toEqual([0, 0, 1, 0])
    expect((await verified(directory)).faults).toMatchObject([{ file, offset: 22 }])
  })

  test('every file that is, and not only the first', async () => {
    const directory = emptyDirectory()
    const path = join(directory, 'data/a')
    const { logs, snapshots } = await openStorage(path, 500)
    await logs.create('g', { incarnation: '1'.repeat(32), member: '2'.repeat(32) })
    for (let index = 1; index <= 12; index++) {
      const entries = [{ index, term: 1, kind: 3 as const, time: 0, payload: new Uint8Array(100) }]
      await logs.write([
        { group: 'g', write: { term: 1, vote: null, reset: null, truncateFrom: null, entries } },
      ])
    }
    await Promise.all([logs.close(), snapshots.close()])
    // Nobody else knows of the last group.
    const again = await openStorage(path)
    await again.logs.create('h', { incarnation: '3'.repeat(32), member: '4'.repeat(32) })
    await Promise.all([again.logs.close(), again.snapshots.close()])
    for (const number of [1, 3]) flip(join(path, `log/000000000000000${number}.log`), 100)
    rmSync(join(path, 'log/0000000000000002.log'))
    const { damages } = await verified(directory)
    expect(damages.map(({ file, offset }) => `${file} ${offset}`)).toEqual([
      'log/0000000000000001.log 64',
      'log/0000000000000002.log 0',
      'log/0000000000000003.log 64',
    ])
    // With damage that can't be got over all that is damaged is told, too.
    const newest = join(path, `log/${readdirSync(join(path, 'log')).sort().at(-1)}`)
    flip(newest, readFileSync(newest).lastIndexOf('3'.repeat(32)))
    const { faults } = await verified(directory)
    expect(faults.map(({ file }) => file)).toEqual([
      newest.slice(path.length + 1),
      'log/0000000000000002.log',
    ])
  })

  test.each([
    ['the log', 'log', 'the directory is missing'],
    ['the files of the log', LOG.slice('data/a/'.length), 'its files are missing'],
    ['the marker', 'rafted-directory', 'has lost its file rafted-directory'],
    [
      'the snapshot that the log begins with',
      'snapshots',
      'the snapshot that holds what was before it is missing',
    ],
  ])('%s is gone', async (_, name, said) => {
    const directory = await withSample()
    rmSync(join(directory, 'data/a', name), { recursive: true })
    const { status, out, said: beside } = await typed(directory, 'verify data/a')
    expect(status).toBe(1)
    expect(out + beside).toContain(said)
  })

  test('a bit of the marker', async () => {
    const directory = await withSample()
    flip(join(directory, MARKER), 30)
    expect(await statuses(directory)).toEqual([1, 1, 1, 1])
  })
})

describe('what can not be looked at has status 2, and the reason is said', () => {
  const each = async (directory: string, line: string): Promise<Typed> => {
    const found = await Promise.all(ALL.map((command) => typed(directory, command.replace('data/a', line))))
    for (const { status, out, said } of found)
      expect({ status, out, said }).toEqual({ status: 2, out: '', said: found[0]!.said })
    return found[0]!
  }

  test('no directory, a file, an empty one, one of somebody else, those of several hosts', async () => {
    const directory = await withSample()
    mkdirSync(join(directory, 'empty'))
    expect((await each(directory, 'none')).said).toBe(
      `There is no directory ${directory}/none. Name the directory of a host.\n`,
    )
    expect((await each(directory, MARKER)).said).toContain(`${MARKER} is no directory.`)
    expect((await each(directory, 'empty')).said).toContain('is empty: no host has used it yet.')
    expect((await each(directory, 'data')).said).toContain('data is no directory of a host: it holds "a".')
  })

  test('a directory that a newer version wrote', async () => {
    const directory = await withSample()
    const [text] = readFileSync(join(directory, MARKER), 'utf8')
      .replace('directory 1', 'directory 2')
      .split('crc32')
    writeFileSync(join(directory, MARKER), `${text}crc32 ${crc32(text!).toString(16).padStart(8, '0')}\n`)
    expect((await each(directory, 'data/a')).said).toContain('is of version 2 of the directory format')
  })

  test('a log that a newer version wrote, and one of another directory', async () => {
    const directory = await withSample()
    const change = (at: number, value: number): void => {
      const bytes = readFileSync(join(directory, LOG))
      bytes[at] = value
      bytes.writeUInt32LE(crc32(bytes.subarray(12, 64)), 8)
      writeFileSync(join(directory, LOG), bytes)
    }
    change(12, 2)
    expect(await statuses(directory)).toEqual([2, 2, 2, 2])
    expect((await verified(directory)).faults).toMatchObject([{ code: 'version-mismatch' }])
    const { out } = await typed(directory, 'verify data/a')
    expect(out).toContain('unreadable  log/0000000000000001.log was written by a newer version of Rafted.')
    change(12, 1)
    change(24, 0xff)
    expect(await statuses(directory)).toEqual([2, 2, 2, 2])
    expect((await verified(directory)).faults).toMatchObject([{ code: 'wrong-directory' }])
  })

  test('a snapshot that a newer version wrote', async () => {
    const directory = await withSample()
    const snapshots = join(directory, 'data/a/snapshots')
    const [file] = Object.keys(contentOf(snapshots))
    const bytes = readFileSync(file!)
    bytes.writeUInt16LE(2, 8)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 18)), 18)
    writeFileSync(file!, bytes)
    expect(await statuses(directory)).toEqual([2, 0, 2, 0])
  })
})

test('a snapshot under the name of another group is damage', async () => {
  const directory = await withSample()
  const snapshots = join(directory, 'data/a/snapshots')
  const [file] = Object.keys(contentOf(snapshots))
  cpSync(file!, join(snapshots, `audit-${'0'.repeat(32)}.4-1.snap`))
  renameSync(file!, join(snapshots, `orders-${'1'.repeat(32)}.4-1.snap`))
  expect((await verified(directory)).faults).toHaveLength(2)
})
