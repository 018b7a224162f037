import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contentOf, emptyDirectory, withSample } from './on-files.ts'
import {
  chunksOf,
  command,
  configuration,
  entriesOf,
  makeSample,
  metaOf,
  openStorage,
  write,
} from './sample.ts'
import { typed, typedJson } from './typed.ts'

const COMMANDS = ['inspect data/a', 'dump data/a --group orders', 'verify data/a', 'last-index data/a']

describe('each command', () => {
  test('changes nothing, takes no lock, and says nothing beside what it prints', async () => {
    const directory = await withSample()
    const before = contentOf(directory)
    for (const command of COMMANDS)
      for (const line of [command, `${command} --json`])
        expect(await typed(directory, line)).toEqual({ status: 0, out: expect.any(String), said: '' })
    expect(contentOf(directory)).toEqual(before)
  })

  test('tells how it is used, with examples that can be typed', async () => {
    const directory = await withSample()
    const all = await typed(directory, '--help')
    expect(all.status).toBe(0)
    for (const name of ['inspect', 'dump', 'verify', 'last-index']) {
      expect(all.out).toContain(`\n  ${name} `)
      const { status, out } = await typed(directory, `${name} --help`)
      expect(status).toBe(0)
      const examples = [...out.matchAll(/^ {2}rafted (.*?)(?: {2}|$)/gm)].map((match) => match[1]!)
      expect(examples.length).toBeGreaterThan(1)
      for (const example of examples) expect((await typed(directory, example)).status).toBe(0)
    }
  })

  test.each([
    ['', 'usage: rafted COMMAND'],
    ['inspekt data/a', 'There is no command "inspekt".'],
    ['inspect', 'Name the directory of a host.'],
    ['inspect data/a data/b', 'One directory at a time: "data/b" is one too many.'],
    ['inspect data/a --grup', "Unknown option '--grup'."],
    ['dump data/a', 'It needs --group G.'],
    ['dump data/a --group', "Option '--group <value>' argument missing."],
    [
      'dump data/a --group orders --from 0',
      '--from is the index of an entry: a whole number from 1 on, and not "0".',
    ],
    ['dump data/a --group orders --to 1e3', '--to is the index of an entry'],
    ['dump data/a --group orders --from 3 --to 2', '--to 2 is before --from 3.'],
    ['dump data/a --group ordrs', 'This host has no group ordrs; it has audit, orders.'],
    ['last-index data/a --group ordrs', 'This host has no group ordrs; it has audit, orders.'],
  ])('%s: refused with the reason, and status 2', async (line, reason) => {
    const { status, out, said } = await typed(await withSample(), line)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(said).toContain(reason)
  })

  test('a wrong use is an error of its own for programs', async () => {
    const { status, out, said } = await typed(await withSample(), 'inspect data/a --jsn --json')
    expect(status).toBe(2)
    const message = "Unknown option '--jsn'. Is --json meant?"
    expect(said).toContain(message)
    expect(JSON.parse(out)).toEqual({
      error: { code: 'invalid-argument', message, outcome: 'not-applied', file: null, offset: null },
    })
  })
})

describe('inspect --json', () => {
  test('is one object with all of it', async () => {
    const directory = await withSample()
    const members = configuration.voters.map(({ id, host, address, durable }) => ({
      host,
      member: id,
      address,
      durable,
    }))
    const known = { index: 2, voters: members, outgoing: null, learners: [] }
    const [audit, orders] = (await typedJson<{ groups: object[] }>(directory, 'inspect data/a')).groups
    expect(audit).toMatchObject({
      group: 'audit',
      base: { index: 0, term: 0 },
      first: 1,
      configuration: null,
      snapshots: [],
    })
    expect(orders).toEqual({
      group: 'orders',
      incarnation: '39b8'.padEnd(32, '0'),
      member: 'a1'.padEnd(32, '0'),
      removedAt: null,
      term: 2,
      vote: 'b1'.padEnd(32, '0'),
      base: { index: 4, term: 1 },
      first: 5,
      last: { index: 7, term: 2 },
      damaged: [],
      lostTo: null,
      lastTime: 700,
      bytes: expect.any(Number),
      configuration: known,
      snapshots: [
        {
          file: expect.stringMatching(/^snapshots\/orders-[0-9a-f]{32}\.4-1\.snap$/),
          bytes: expect.any(Number),
          incarnation: '39b8'.padEnd(32, '0'),
          index: 4,
          term: 1,
          time: 400,
          size: 19,
          format: 1,
          machineVersion: 1,
          configuration: known,
          kept: true,
        },
      ],
    })
    expect(await typedJson(directory, 'inspect data/a')).toMatchObject({
      directory: join(directory, 'data/a'),
      cluster: 'shop',
      host: 'a',
      holder: null,
      segments: [
        {
          file: 'log/0000000000000001.log',
          state: 'needed',
          torn: 0,
          entries: [
            { group: 'orders', first: 5, last: 7 },
            { group: 'audit', first: 1, last: 1 },
          ],
        },
      ],
      otherSnapshots: [],
      faults: [],
    })
  })

  test('a group that was removed leaves its snapshots, a member that was removed its log', async () => {
    const directory = await withSample()
    const { logs, snapshots } = await openStorage(join(directory, 'data/a'))
    await logs.remove('orders')
    await logs.markRemoved('audit', 1)
    await Promise.all([logs.close(), snapshots.close()])
    const { out } = await typed(directory, 'inspect data/a')
    expect(out).toContain('snapshots of groups without a log\n  orders  4/1, 19 bytes')
    expect(out).toContain('removed from the group by entry 1\n')
    expect((await typed(directory, 'last-index data/a')).out).toContain('removed from its group by entry 1')
    expect((await typed(directory, 'verify data/a')).status).toBe(0)
  })

  test('a directory without a log is told as such', async () => {
    const directory = emptyDirectory()
    const { logs, snapshots } = await openStorage(join(directory, 'data/a'))
    await Promise.all([logs.close(), snapshots.close()])
    expect(await typedJson(directory, 'inspect data/a')).toMatchObject({
      groups: [],
      segments: [{ entries: [] }],
    })
    expect((await typed(directory, 'last-index data/a')).out).toBe('host a has no group\n')
    expect((await typed(directory, 'dump data/a --group g')).said).toBe(
      'This host has no group g; it has none at all.\n',
    )
  })
})

describe('dump', () => {
  test('what a range asks for, and no more', async () => {
    const directory = await withSample()
    const indexes = async (options: string): Promise<number[]> => {
      const { out } = await typed(directory, `dump data/a --group orders --json ${options}`)
      return out
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { index: number }).index)
    }
    expect(await indexes('')).toEqual([5, 6, 7])
    expect(await indexes('--from 6')).toEqual([6, 7])
    expect(await indexes('--to 5')).toEqual([5])
    expect(await indexes('--from 6 --to 6')).toEqual([6])
    expect(await indexes('--from 8')).toEqual([])
    expect(await indexes('--from 1 --to 4')).toEqual([])
    const { said } = await typed(directory, 'dump data/a --group orders --from 2')
    expect(said).toBe('Entries up to 4 stand in a snapshot only.\n')
  })
})

describe('last-index', () => {
  /** The last entry of `orders` when a snapshot at 9/`term` has been saved, and entries follow the sample's. */
  async function lastWith(term: number, more: number): Promise<object> {
    const directory = await withSample()
    const { logs, snapshots } = await openStorage(join(directory, 'data/a'))
    const contents = Array.from({ length: more }, (_, i) => command(4 + i, 'more'))
    const entries = entriesOf(8, contents, 2)
    await logs.write([{ group: 'orders', write: write({ term: 2, entries }) }])
    const content = new Uint8Array(10)
    await snapshots.save('orders', chunksOf(content), () => metaOf(9, term, content))
    await Promise.all([logs.close(), snapshots.close()])
    expect((await typed(directory, 'verify data/a')).status).toBe(0)
    const { groups } = await typedJson<{ groups: [{ last: object }] }>(
      directory,
      'last-index data/a --group orders',
    )
    return groups[0].last
  }

  test('a snapshot that the log does not reach counts, and so does one that contradicts it', async () => {
    expect(await lastWith(3, 0)).toEqual({ index: 9, term: 3 })
    expect(await lastWith(3, 4)).toEqual({ index: 9, term: 3 })
    expect(await lastWith(2, 4)).toEqual({ index: 11, term: 2 })
  })

  test('a snapshot of a former group of this name is none of its own', async () => {
    const directory = await withSample()
    const { logs, snapshots } = await openStorage(join(directory, 'data/a'))
    const content = new Uint8Array(10)
    for (const index of [20, 21])
      await snapshots.save('orders', chunksOf(content), () => ({
        ...metaOf(index, 5, content),
        incarnation: 'f'.repeat(32),
      }))
    await Promise.all([logs.close(), snapshots.close()])
    const { groups } = await typedJson<{ groups: [{ last: object }] }>(
      directory,
      'last-index data/a --group orders',
    )
    expect(groups[0].last).toEqual({ index: 7, term: 2 })
    // They have pushed out the one that the log begins with.
    const { status, out } = await typed(directory, 'verify data/a')
    expect(status).toBe(1)
    expect(out).toContain(
      'The log of group "orders" begins after entry 4, and the snapshot that holds what was before it is missing',
    )
  })
})

test('nothing is read ahead of a reader that is slow', async () => {
  const directory = await withSample()
  let printing = 0
  const print = async (): Promise<void> => {
    printing++
    expect(printing).toBe(1)
    await new Promise(setImmediate)
    printing--
  }
  expect((await typed(directory, 'dump data/a --group orders', { print })).status).toBe(0)
})

test('colours only where they are shown', async () => {
  const directory = await withSample()
  for (const command of COMMANDS) {
    const plain = await typed(directory, command)
    const coloured = await typed(directory, command, { colours: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are.
    expect(coloured.out.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.out)
    if (!command.startsWith('dump')) expect(coloured.out).not.toBe(plain.out)
  }
})

test('who watches is told how much has been read, once it takes long', async () => {
  const directory = await withSample()
  let now = 0
  const clock = { now: () => (now += 300), wall: () => 0, after: () => () => {}, soon: () => {} }
  const watched = await typed(directory, 'verify data/a', { clock, watched: true })
  expect(watched.said).toContain(' of about 2.0 KiB\r\u001b[Kreading: ')
  expect(watched.said.endsWith('\r\u001b[K')).toBe(true)
  expect((await typed(directory, 'verify data/a', { clock })).said).toBe('')
})

test('a sample is the same whenever it is made', async () => {
  const [one, other] = [emptyDirectory(), emptyDirectory()]
  for (const place of [one, other]) await makeSample(join(place, 'data/a'))
  expect((await typed(one, 'inspect data/a')).out).toBe((await typed(other, 'inspect data/a')).out)
})
