/** `rafted recover` and `rafted set-aside` on directories of the disk (F40b). */
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { realClock } from '@rafted/contracts/node'
import { openFileStorage, readStorage } from '@rafted/storage'
import { encodeConfiguration } from '@rafted/wire'
import { expect, test } from 'vitest'
import { contentOf, emptyDirectory } from './on-files.ts'
import { beginning, configuration, entriesOf, orders, sameRandom, write } from './sample.ts'
import { typed } from './typed.ts'

const nobody = { clock: realClock, answers: async () => false }

/** @param lasts of hosts: the last entry of each. */
async function survivors(lasts: Readonly<Record<string, number>>, voters = configuration): Promise<string> {
  const directory = emptyDirectory()
  for (const [host, last] of Object.entries(lasts)) {
    const path = join(directory, host)
    const { logs, snapshots } = await openFileStorage({
      path,
      cluster: 'shop',
      host,
      clock: realClock,
      random: sameRandom(),
    })
    await logs.create('orders', { ...orders, member: `${host}1`.padEnd(32, '0') })
    const entries = [...beginning.slice(0, 3), ...entriesOf(4, [], 1)]
    entries[1] = { ...beginning[1]!, payload: encodeConfiguration(voters) }
    for (let index = 4; index <= last; index++) entries.push({ ...beginning[3]!, index })
    await logs.write([{ group: 'orders', write: write({ entries }) }])
    await logs.close()
    await snapshots.close()
  }
  return directory
}

test('a dry run says what would be done and lost, and changes nothing', async () => {
  const directory = await survivors({ a: 6 })
  const before = contentOf(directory)
  const { status, out, said } = await typed(directory, 'recover orders a --dry-run', nobody)
  expect({ status, said }).toEqual({ status: 0, said: '' })
  expect(out).toBe(`group orders would go on from host a, after entry 6/1
  former incarnation  39b80000000000000000000000000000
  left
    a  6/1
  given up            2 voters of 3: b (b:7000), c (c:7000)
  may be lost         whatever was acknowledged behind entry 6, by those that are given up
  may be more         entries 1…6 may never have been committed, and are from now on
  nothing was changed
`)
  expect(contentOf(directory)).toEqual(before)
})

test('recovers a group, and says what was done', async () => {
  const five = ['d', 'e'].map((host) => ({
    ...configuration.voters[0]!,
    id: host,
    host,
    address: `${host}:1`,
  }))
  const directory = await survivors(
    { a: 5, b: 7 },
    { ...configuration, voters: [...configuration.voters, ...five] },
  )
  const { status, out } = await typed(directory, 'recover orders a b --json', nobody)
  expect(status).toBe(0)
  const { cluster, groups, untouched } = JSON.parse(out)
  expect({ cluster, untouched }).toEqual({ cluster: 'shop', untouched: [] })
  expect(groups).toMatchObject([
    {
      group: 'orders',
      done: 'recovered',
      former: orders.incarnation,
      base: { host: 'b', last: { index: 7, term: 1 } },
      setAside: [{ host: 'a', path: join(directory, 'a/set-aside/39b800000000') }],
    },
  ])
  const log = (await (await readStorage({ path: join(directory, 'b') })).log())!
  expect((await log.open('orders'))!.incarnation).toBe(groups[0].incarnation)
  await log.close()
  // The member that was set aside can be looked at.
  const dumped = await typed(directory, 'dump a/set-aside/39b800000000 --group orders')
  expect(dumped.out.trim().split('\n')).toHaveLength(5)
  expect((await typed(directory, 'verify a')).status).toBe(0)
  expect((await typed(directory, 'verify b')).status).toBe(0)
})

test('a quorum, a voter that answers, and a directory in use are refused with status 2, and nothing is changed', async () => {
  const directory = await survivors({ a: 6, b: 6 })
  const before = await typed(directory, 'last-index a')
  const refused = async (line: string, reason: string, terminal = {}): Promise<void> => {
    const { status, said } = await typed(directory, line, { ...nobody, ...terminal })
    expect({ line, status }).toEqual({ line, status: 2 })
    expect(said).toContain(reason)
  }
  await refused('recover orders a b', 'are a quorum')
  await refused('recover orders a', 'Host "b" at b:7000 answers', { answers: async () => true })
  await refused('recover orders', 'Name the directories')
  await refused('recover', 'Name a group, or say --all.')
  await refused('recover --all', 'Name the directories')
  await refused('recover --all a --skip-index 4', 'of one group')
  await refused('recover ordrs a', 'holds a member of group "ordrs"')
  await refused('recover orders a --skip-index 99', 'no entry 99')
  await refused('recover orders a nowhere', 'There is no directory')
  const path = join(directory, 'b')
  const running = await openFileStorage({
    path,
    cluster: 'shop',
    host: 'b',
    clock: realClock,
    random: sameRandom(),
  })
  await refused('recover orders b', 'is in use')
  await running.logs.close()
  await running.snapshots.close()
  expect(await typed(directory, 'last-index a')).toEqual(before)
})

test('a damaged directory is refused with status 1 and the place', async () => {
  const directory = await survivors({ a: 6 })
  rmSync(join(directory, 'a/log'), { recursive: true })
  const damaged = await typed(directory, 'recover orders a', nobody)
  expect(damaged.status).toBe(1)
  expect(damaged.said).toContain(join(directory, 'a/log'))
})

test('a voter is asked over TCP whether it is there', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`
  const [a, b, c] = configuration.voters
  const directory = await survivors(
    { a: 6 },
    { ...configuration, voters: [a!, { ...b!, address }, { ...c!, address: 'c' }] },
  )
  const real = { clock: realClock }
  expect((await typed(directory, 'recover orders a', real)).said).toContain(`Host "b" at ${address} answers`)
  await new Promise((resolve) => server.close(resolve))
  expect((await typed(directory, 'recover orders a', real)).status).toBe(0)
})

test('a command is skipped, and shown as such', async () => {
  const directory = await survivors({ a: 6, b: 6, c: 6 })
  const { status, out } = await typed(directory, 'recover orders a b c --skip-index 5', nobody)
  expect(status).toBe(0)
  expect(out).toContain('skipped             the command in entry 5')
  // Nobody is given up, and what each held is kept.
  expect(out).not.toContain('given up')
  for (const host of ['a', 'b', 'c'])
    expect(out).toContain(`set aside           ${host}: ${join(directory, host, 'set-aside/39b800000000')}`)
  expect((await typed(directory, 'dump a --group orders --from 5 --to 5')).out).toContain(
    'skipped by a person',
  )
})

test('all groups, and those that need nothing', async () => {
  const directory = await survivors({ a: 6, b: 6 })
  const { status, out } = await typed(directory, 'recover --all a b', nobody)
  expect(status).toBe(0)
  expect(out).toContain('group orders is left as it is: Of the 3 voters')
})

test('a group of one voter needs nothing', async () => {
  const directory = await survivors({ a: 6 }, { ...configuration, voters: configuration.voters.slice(0, 1) })
  const { said } = await typed(directory, 'recover orders a', nobody)
  expect(said).toContain('Of the 1 voter of group "orders" those that are left are a quorum')
})

test('a member that comes back is set aside', async () => {
  const directory = await survivors({ a: 6 })
  const { status, out } = await typed(directory, 'set-aside a --group orders', nobody)
  expect(status).toBe(0)
  const kept = join(directory, 'a/set-aside/39b800000000')
  expect(out).toContain(kept)
  expect(existsSync(kept)).toBe(true)
  expect((await typed(directory, 'set-aside a --group orders', nobody)).status).toBe(2)
})

test('who watches is told how much has been read, once it takes long', async () => {
  const directory = await survivors({ a: 6 })
  let now = 0
  const clock = { ...realClock, now: () => (now += 300) }
  const watched = await typed(directory, 'recover orders a --dry-run', { ...nobody, clock, watched: true })
  expect(watched.status).toBe(0)
  expect(watched.said).toContain('\r\u001b[Kreading: ')
  expect(watched.said.endsWith('\r\u001b[K')).toBe(true)
})
