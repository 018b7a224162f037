/** Which survivor a lost group goes on from, what is refused, and what becomes of all of them (F40, F40a, F40b, F40c, F40e, F40f). */
import { EntryKind } from '@rafted/core'
import { setMemberAside } from '@rafted/storage'
import { decodeCommandPayload, encodeConfiguration } from '@rafted/wire'
import { expect, test } from 'vitest'
import {
  close,
  Directories,
  entries,
  group,
  incarnation,
  memberOf,
  metaAt,
  save,
  voter,
  write,
} from './directories.ts'

async function two(
  a: readonly (readonly [number, number])[],
  b: readonly (readonly [number, number])[],
): Promise<Directories> {
  const directories = new Directories()
  await directories.member('a', a)
  await directories.member('b', b)
  return directories
}

test('the higher last term wins over a longer log, and the longer log among equal terms', async () => {
  const directories = await two(
    [[1, 9]],
    [
      [1, 5],
      [2, 6],
    ],
  )
  const { reports } = await directories.recover()
  expect(reports[0]).toMatchObject({
    done: 'recovered',
    former: incarnation,
    base: { host: 'b', last: { index: 6, term: 2 } },
    survivors: [
      { host: 'b', last: { index: 6, term: 2 }, dropped: null },
      { host: 'a', last: { index: 9, term: 1 }, dropped: { from: 6, to: 9 } },
    ],
    uncertainFrom: 1,
    setAside: [{ host: 'a', path: `/a/set-aside/${incarnation.slice(0, 12)}` }],
  })
  const long = await two([[1, 5]], [[1, 7]])
  expect((await long.recover()).reports[0]!.base).toMatchObject({ host: 'b', last: { index: 7, term: 1 } })
})

test('the base goes on under a new incarnation, with a new member that votes alone, and all that it held', async () => {
  const directories = await two(
    [
      [1, 4],
      [3, 6],
    ],
    [[1, 5]],
  )
  const before = (await directories.seen('a'))!
  const { reports } = await directories.recover()
  const after = (await directories.seen('a'))!
  expect(after.incarnation).toBe(reports[0]!.incarnation)
  expect(after.incarnation).not.toBe(incarnation)
  expect(after.member).not.toBe(memberOf('a'))
  expect(after.voters).toEqual([after.member])
  expect(after.entries.slice(0, -1)).toEqual(before.entries)
  // A term in which nobody was elected, and in which it has promised nothing.
  expect(after).toMatchObject({ term: 4, vote: null, lostTo: null })
  expect(after.entries.at(-1)).toMatchObject({ index: 7, term: 4, kind: 1 })
})

test('the others are set aside: their hosts have no member, and every tool can look at what they were', async () => {
  const directories = await two([[1, 8]], [[1, 7]])
  const before = (await directories.seen('b'))!
  const { reports } = await directories.recover()
  expect(await directories.seen('b')).toBeNull()
  const { path } = reports[0]!.setAside[0]!
  const kept = await directories.open('b', 'shop', path)
  const { incarnation: of, member } = (await kept.logs.open(group))!
  expect({ of, member }).toEqual({ of: incarnation, member: memberOf('b') })
  expect(await kept.logs.read(group, 1, 100, 1_000_000)).toHaveLength(before.entries.length)
  await close(kept)
})

test('snapshots go along: they are of the new incarnation, and their content is the same', async () => {
  const directories = new Directories()
  await directories.member('a', [[1, 9]], [4, 7])
  await directories.member('b', [[1, 8]])
  const { reports } = await directories.recover()
  const own = reports[0]!.incarnation
  expect(reports[0]!.uncertainFrom).toBe(8)
  const after = (await directories.seen('a'))!
  expect(after).toMatchObject({
    base: 4,
    snapshots: [
      { index: 7, incarnation: own },
      { index: 4, incarnation: own },
    ],
  })
})

test('a member that stands on a snapshot alone goes on from that', async () => {
  const directories = await two([[1, 3]], [[1, 5]])
  await directories.with('a', ({ snapshots }) => save(snapshots, metaAt(9, 2)))
  const { reports } = await directories.recover()
  expect(reports[0]).toMatchObject({ base: { host: 'a', last: { index: 9, term: 2 } }, uncertainFrom: null })
  const after = (await directories.seen('a'))!
  expect(after.base).toBe(9)
  expect(after.entries.map(({ index, kind }) => [index, kind])).toEqual([[10, 1]])
})

test('a dry run says the same, and changes nothing', async () => {
  const directories = await two([[1, 5]], [[1, 7]])
  const before = [await directories.seen('a'), await directories.seen('b')]
  const changing: string[] = []
  directories.disk.onOperation = ({ name }) => {
    if (['write', 'rename', 'remove', 'create', 'makeDirectory'].includes(name)) changing.push(name)
  }
  const { reports } = await directories.recover({ dryRun: true })
  directories.disk.onOperation = null
  expect(changing).toEqual([])
  expect(reports[0]).toMatchObject({ done: 'planned', incarnation: null, base: { host: 'b' }, setAside: [] })
  expect([await directories.seen('a'), await directories.seen('b')]).toEqual(before)
})

test('a quorum is refused: it loses nothing without recovery', async () => {
  const directories = await two([[1, 5]], [[1, 7]])
  await directories.member('c', [[1, 7]])
  const directoriesOf = { directories: ['/a', '/b', '/c'] }
  await expect(directories.recover(directoriesOf)).rejects.toMatchObject({ code: 'quorum-survives' })
  expect((await directories.seen('a'))!.incarnation).toBe(incarnation)
  // Of all groups it is left as it is.
  const { reports, untouched } = await directories.recover({ ...directoriesOf, group: null })
  expect(reports).toEqual([])
  expect(untouched).toMatchObject([{ group, reason: { code: 'quorum-survives' } }])
})

test('while a change is joint, those that are left must be a majority of both', async () => {
  const directories = new Directories()
  const joint = { voters: ['a', 'x', 'y'].map(voter), outgoing: ['a', 'b', 'c'].map(voter), learners: [] }

  for (const host of ['a', 'b']) {
    await directories.member(host, [[1, 5]])
    const payload = encodeConfiguration(joint)
    const entry = { index: 6, term: 1, kind: 1, time: 60, payload } as const
    await directories.with(host, ({ logs }) => logs.write([{ group, write: write({ entries: [entry] }) }]))
  }
  // Two of a, b, c, and one of a, x, y.
  const { reports } = await directories.recover({ dryRun: true })
  expect(reports[0]!.voters.map(({ host, survives }) => [host, survives])).toEqual([
    ['a', true],
    ['x', false],
    ['y', false],
    ['b', true],
    ['c', false],
  ])
})

test('a voter that answers is not lost', async () => {
  const directories = await two([[1, 5]], [[1, 7]])
  const asked: string[] = []
  const answers = async ({ host }: { host: string }): Promise<boolean> => {
    asked.push(host)
    return host === 'd'
  }
  await expect(directories.recover({ answers })).rejects.toMatchObject({
    code: 'voter-answers',
    details: { host: 'd', address: 'd:7000' },
  })
  expect(asked).toEqual(['c', 'd'])
  expect((await directories.seen('b'))!.incarnation).toBe(incarnation)
})

test('directories of two clusters, of one host twice, of different groups, and copies of one are refused', async () => {
  const directories = await two([[1, 5]], [[1, 7]])
  await close(await directories.open('x', 'other', '/x'))
  const other = await directories.open('a', 'shop', '/again')
  await close(other)
  const refused = async (paths: readonly string[], code: string): Promise<void> => {
    await expect(directories.recover({ directories: paths })).rejects.toMatchObject({ code })
  }
  await refused([], 'invalid-argument')
  await refused(['/a', '/x'], 'wrong-directory')
  await refused(['/a', '/again'], 'wrong-directory')
  await refused(['/a', '/nowhere'], 'wrong-directory')
  await directories.with('c', async ({ logs }) => {
    await logs.create(group, { incarnation: 'f'.repeat(32), member: memberOf('c') })
  })
  await refused(['/a', '/c'], 'group-mismatch')
  await directories.with('d', async ({ logs }) => {
    await logs.create(group, { incarnation, member: memberOf('a') })
    await logs.write([{ group, write: write({ entries: entries(1, 3, 1) }) }])
  })
  await refused(['/a', '/d'], 'invalid-argument')
  await expect(directories.recover({ group: 'nothing' })).rejects.toMatchObject({ code: 'no-such-group' })
})

test('a directory that is in use is refused, also for a dry run', async () => {
  const directories = await two([[1, 5]], [[1, 7]])
  const running = await directories.open('b')
  for (const dryRun of [true, false])
    await expect(directories.recover({ dryRun })).rejects.toMatchObject({ code: 'directory-in-use' })
  await close(running)
  // What was locked is given back.
  expect((await directories.seen('a'))!.incarnation).toBe(incarnation)
})

test('the one that knows most is refused if its snapshot is missing, and left out it is as if lost', async () => {
  const directories = new Directories()
  await directories.member('a', [[1, 9]], [4])
  await directories.member('b', [[1, 8]])
  const { files } = directories.disk.mount()
  for (const name of await files.list('/a/snapshots')) await files.remove(`/a/snapshots/${name}`)
  await files.syncDirectory('/a/snapshots')
  await expect(directories.recover()).rejects.toMatchObject({
    code: 'damaged-storage',
    details: { host: 'a', file: '/a/snapshots' },
  })
  const { reports } = await directories.recover({ directories: ['/b'] })
  expect(reports[0]!.base.host).toBe('b')
})

test('a snapshot whose content is damaged is named, and no other one is taken for it', async () => {
  const directories = new Directories()
  await directories.member('a', [[1, 9]], [4])
  await directories.member('b', [[1, 8]])
  const { files } = directories.disk.mount()
  const [name] = await files.list('/a/snapshots')
  const file = await files.open(`/a/snapshots/${name}`, 'write')
  await file.write([new Uint8Array([255])], 30_000)
  await file.close()
  await expect(directories.recover()).rejects.toMatchObject({
    code: 'damaged-storage',
    details: { file: `/a/snapshots/${name}` },
  })
})

test('what was done is on record, for whoever asks later: when, from which entry, which voters were given up', async () => {
  const directories = await two([[1, 9]], [[1, 7]])
  await directories.recover({ skipIndex: 8 })
  const { files } = directories.disk.mount()
  const name = (await files.list('/a')).find((one) => one.startsWith('recovery-'))
  const file = await files.open(`/a/${name}`, 'read')
  const text = Buffer.from(await file.read(0, 4096)).toString('utf8')
  await file.close()
  for (const said of [
    'group "orders"',
    incarnation,
    'index 9',
    'term 1',
    'skipped 8',
    'lost "c d e"',
    'at "1970-',
  ])
    expect(text).toContain(said)
})

test('a command that is skipped has failed, in its session; what follows stays; it is done once', async () => {
  const directories = await two([[1, 9]], [[1, 7]])
  const before = (await directories.seen('a'))!
  await expect(directories.recover({ skipIndex: 10 })).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(directories.recover({ skipIndex: 2 })).rejects.toThrow('is no command')
  const { reports } = await directories.recover({ skipIndex: 8 })
  expect(reports[0]!.skipped).toBe(8)
  const after = (await directories.seen('a'))!
  const [skipped] = after.entries.filter(({ index }) => index === 8)
  expect(decodeCommandPayload(Buffer.from(skipped!.payload, 'hex'))).toMatchObject({
    session: 2,
    sequence: 6,
    skipped: true,
  })
  const others = (seen: typeof after) => seen.entries.filter(({ index }) => index !== 8 && index < 10)
  expect(others(after)).toEqual(others(before))
  // As it was is kept as well.
  const kept = await directories.open('a', 'shop', `/a/set-aside/${incarnation.slice(0, 12)}`)
  const [entry] = await kept.logs.read(group, 8, 1, 1)
  expect(decodeCommandPayload(entry!.payload).skipped).toBeUndefined()
  await close(kept)
  await expect(directories.recover({ skipIndex: 8 })).rejects.toThrow('skipped already')
})

test('the command that a machine is given when its time has come is skipped as well', async () => {
  const directories = await two([[1, 9]], [[1, 7]])
  const { logs, snapshots } = await directories.open('a')
  const command = new TextEncoder().encode('expire')
  const times = [command, new Uint8Array(0)].map((payload, i) => {
    return { index: 10 + i, term: 1, kind: EntryKind.time, time: 200, payload }
  })
  await logs.write([{ group, write: write({ entries: times }) }])
  await close({ logs, snapshots })
  await expect(directories.recover({ skipIndex: 11 })).rejects.toThrow('is no command')
  const { reports } = await directories.recover({ skipIndex: 10 })
  expect(reports[0]!.skipped).toBe(10)
  const { entries: after } = (await directories.seen('a'))!
  expect(after.filter(({ index }) => index >= 10)).toMatchObject([
    { index: 10, kind: EntryKind.time, payload: '' },
    { index: 11, kind: EntryKind.time, payload: '' },
    {},
  ])
})

test('a quorum does not keep a command from being skipped, and one that a snapshot holds is not', async () => {
  const directories = new Directories()
  for (const host of ['a', 'b', 'c']) await directories.member(host, [[1, 9]], [4])
  const all = { directories: ['/a', '/b', '/c'] }
  await expect(directories.recover({ ...all, skipIndex: 4 })).rejects.toThrow('was applied')
  const { reports } = await directories.recover({ ...all, skipIndex: 5 })
  expect(reports[0]).toMatchObject({
    done: 'recovered',
    skipped: 5,
    // What the base held is kept as well.
    setAside: [{ host: 'a' }, { host: 'b' }, { host: 'c' }],
  })
})

test('all groups of a lost cluster are recovered, each from the one that knows most of it', async () => {
  const directories = await two([[1, 9]], [[1, 7]])
  for (const host of ['a', 'b'])
    await directories.with(host, async ({ logs }) => {
      await logs.create('audit', { incarnation: 'e'.repeat(32), member: memberOf(host) })
      const last = host === 'a' ? 3 : 5
      await logs.write([{ group: 'audit', write: write({ entries: entries(1, last, 1) }) }])
    })
  const { reports } = await directories.recover({ group: null })
  expect(reports.map(({ group, base }) => [group, base.host])).toEqual([
    ['audit', 'b'],
    ['orders', 'a'],
  ])
  expect(await directories.seen('a', 'audit')).toBeNull()
  expect((await directories.seen('b', 'audit'))!.voters).toHaveLength(1)
})

test('a member of the former incarnation that comes back later is set aside by itself', async () => {
  const directories = await two([[1, 9]], [[1, 7]])
  await directories.recover({ directories: ['/a'] })
  const kept = await setMemberAside({ ...directories.process(), directory: '/b', group })
  expect(kept).toBe(`/b/set-aside/${incarnation.slice(0, 12)}`)
  expect(await directories.seen('b')).toBeNull()
})

test('what the base can not read it gets from another one', async () => {
  const directories = await two([[1, 9]], [[1, 9]])
  await spoil(directories, 'a', 'item 6')
  await directories.with('a', async ({ logs }) => {
    expect((await logs.open(group))!.damaged).toEqual([{ from: 6, to: 9 }])
    await logs.write([{ group, write: write({ term: 1, entries: entries(10, 10, 1) }) }])
  })
  const { reports } = await directories.recover()
  expect(reports[0]!.base.host).toBe('a')
  expect((await directories.seen('a'))!.entries.map(({ index }) => index)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ])
})

test('where nobody else has it, it is refused', async () => {
  const directories = await two([[1, 9]], [[1, 4]])
  await spoil(directories, 'a', 'item 6')
  await expect(directories.recover()).rejects.toMatchObject({
    code: 'damaged-storage',
    details: { host: 'a', index: 6 },
  })
})

/** A bit turns in the payload that holds this text. */
async function spoil(directories: Directories, host: string, text: string): Promise<void> {
  const { files } = directories.disk.mount()
  for (const name of await files.list(`/${host}/log`)) {
    const file = await files.open(`/${host}/log/${name}`, 'write')
    const bytes = Buffer.from(await file.read(0, await file.size()))
    const at = bytes.indexOf(text)
    if (at !== -1) await file.write([new Uint8Array([bytes[at]! ^ 1])], at)
    await file.sync()
    await file.close()
  }
}
