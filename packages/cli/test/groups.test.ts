/** Commands that look after groups, against hosts in this process. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FileHandle, FileSystem } from '@rafted/contracts'
import { realClock } from '@rafted/contracts/node'
import { nodeFileSystem } from '@rafted/storage'
import { expect, test } from 'vitest'
import { freePorts } from './free-ports.ts'
import { emptyDirectory } from './on-files.ts'
import { type Going, going } from './started.ts'
import { type Typed, typed } from './typed.ts'
import { until } from './until.ts'

interface Place {
  readonly directory: string
  readonly addresses: readonly string[]
  readonly hosts: readonly Going[]
  run(line: string | readonly string[]): Promise<Typed>
  json<T>(line: string): Promise<T>
  start(id: string, more?: string): Promise<Going>
}

/** Hosts `a`, `b`, …, of which so many run; those have the group `kv`. @param count ports that there are. */
async function place(running: number, count = running): Promise<Place> {
  const directory = emptyDirectory()
  const ports = await freePorts(count)
  const addresses = ports.map((port) => `127.0.0.1:${port}`)
  const environment = { RAFTED_AT: addresses.slice(0, running).join(','), RAFTED_TIMEOUT: '20s' }
  const start = async (id: string, more = ''): Promise<Going> => {
    const listen = addresses[id.charCodeAt(0) - 97]
    const join = addresses.slice(0, running).join(',')
    const line = `start --id ${id} --dir data/${id} --listen ${listen} --join ${join} --log silent ${more}`
    const host = going(directory, line)
    await host.printed((out) => out.includes('runs at'))
    return host
  }
  const run = (line: string | readonly string[]) => typed(directory, line, { clock: realClock, environment })
  const hosts = await Promise.all(['a', 'b', 'c'].slice(0, running).map((id) => start(id)))
  const created = await run(`init kv`)
  expect(created).toMatchObject({ status: 0, out: `group kv is created, at ${addresses[0]}\n` })
  const json = async <T>(line: string): Promise<T> => JSON.parse((await run(`${line} --json`)).out)
  const voters = async (): Promise<number> =>
    (await json<{ voters: unknown[] }>('members list kv')).voters.length
  await until(async () => (await voters()) === running)
  return { directory, addresses, hosts, run, json, start }
}

interface Standing {
  readonly leader: string | null
  readonly members: {
    host: string
    member: string
    place: string
    status: { unresponsive: string[] } | null
    error: object | null
  }[]
}

test('init, once; and again where that is no failure', async () => {
  const { run, addresses } = await place(1)
  expect(await run('init kv')).toMatchObject({ status: 2, said: expect.stringContaining('exists') })
  expect(await run('init kv --if-absent')).toEqual({
    status: 0,
    out: `group kv is there already, at ${addresses[0]}\n`,
    said: '',
  })
  expect(JSON.parse((await run('init kv --if-absent --json')).out)).toEqual({
    group: 'kv',
    at: addresses[0],
    created: false,
  })
})

test('status tells of each member, and ends with 1 where one does not answer', async () => {
  const { run, json, hosts, addresses } = await place(2)
  const well = await run('status')
  expect(well).toMatchObject({ status: 0, said: '' })
  expect(well.out).toMatch(
    /^group kv {2}led by [ab], term \d+ {2}\(incarnation [0-9a-f]{32}\)\nhost {2}member/,
  )
  const { leader, members } = await json<Standing>('status kv')
  expect(members.map(({ host, place, error }) => [host, place, error]).sort()).toEqual([
    ['a', 'voter', null],
    ['b', 'voter', null],
  ])
  expect(members.map(({ member }) => member)).toContain(leader)
  await hosts[1]!.end()
  const silent = await run('status --timeout 500ms')
  expect(silent.status).toBe(1)
  expect(silent.out).toMatch(new RegExp(`b .* ${addresses[1]} +no answer: unreachable\\n`))
  expect(silent.out).toContain('b: ')
  const left = await json<Standing>('status --timeout 500ms')
  expect(left.members.find(({ host }) => host === 'b')).toMatchObject({
    status: null,
    error: { code: 'unreachable' },
  })
})

test('members: listed, handed the leadership, demoted, promoted, added, replaced and removed', async () => {
  const { run, json, start, addresses } = await place(2, 4)
  const table = (await run('members list kv')).out
  expect(table).toMatch(
    new RegExp(`^host +member +address +place\n.*\\b(${addresses[0]}|${addresses[1]}) +voter\n`),
  )

  const leaderOf = async (): Promise<string> => {
    const { leader, members } = await json<Standing>('status')
    return members.find(({ member }) => member === leader)!.host
  }
  const other = (await leaderOf()) === 'a' ? 'b' : 'a'
  const at = addresses[other === 'a' ? 0 : 1]
  expect(await run(`members transfer kv ${other}`)).toMatchObject({
    status: 0,
    out: `group kv is led at ${at}\n`,
  })
  const { leaderAddress } = await json<{ leaderAddress: string }>('members transfer kv')
  expect(leaderAddress).not.toBe(at)
  expect(addresses).toContain(leaderAddress)
  expect((await run('members transfer kv --cancel')).out).toBe('no transfer is under way\n')

  // c is started while somebody waits for it.
  const adding = run('members add kv c')
  await start('c', '--learner')
  expect(await adding).toMatchObject({ status: 0, out: 'host c is a voter of group kv\n' })
  expect((await run('members demote kv c')).out).toMatch(/^group kv: voters \w, \w; learners c\n$/)
  const { voters, learners } =
    await json<Record<string, { host: string; member: string }[]>>('members list kv')
  expect([voters!.map(({ host }) => host).sort(), learners!.map(({ host }) => host)]).toEqual([
    ['a', 'b'],
    ['c'],
  ])
  // By the beginning of its id as well.
  expect((await run(`members promote kv ${learners![0]!.member.slice(0, 6)}`)).out).not.toContain('learners')

  await start('d', '--learner')
  await until(async () => (await json<{ learners: unknown[] }>('members list kv')).learners.length === 1)
  // d is listed from when its leader has decided on it, and until that is committed no other change begins.
  let replacing = await run('members replace kv c d --json')
  await until(async () => {
    if (replacing.out.includes('change-pending')) replacing = await run('members replace kv c d --json')
    return !replacing.out.includes('change-pending')
  })
  const replaced = JSON.parse(replacing.out) as { voters: { host: string }[] }
  expect(replaced.voters.map(({ host }) => host).sort()).toEqual(['a', 'b', 'd'])
  expect(await run('members remove kv d')).toMatchObject({ status: 0 })
  expect(await run('members remove kv d')).toMatchObject({
    status: 2,
    said: expect.stringMatching(
      /^Group kv has no member d; it has [ab] \([0-9a-f]{32}\), [ab] \([0-9a-f]{32}\)\.\n$/,
    ),
  })
  expect((await run('members add kv nobody --timeout 300ms')).said).toContain(
    'Host nobody has not joined group kv. Start it: rafted start --id nobody --group kv',
  )
})

test('a member can not go where a majority would be gone with it', async () => {
  const { run, json, hosts } = await place(3)
  const { leader, members } = await json<Standing>('status')
  const [silent, other] = members.filter(({ member }) => member !== leader).map(({ host }) => host)
  await hosts[silent!.charCodeAt(0) - 97]!.end()
  await until(async () => {
    const standing = await json<Standing>('status --timeout 500ms')
    return standing.members.some(({ status }) => status !== null && status.unresponsive.length > 0)
  })
  expect(await run(`members remove kv ${other}`)).toMatchObject({
    status: 2,
    said: expect.stringContaining('majority'),
  })
})

test('backup: a file that is whole or not there, never over another one by accident', async () => {
  const { run, directory, addresses } = await place(1)
  await run(['put', 'large', 'x'.repeat(300_000)])
  const taken = await run('backup kv --out kv.backup')
  const file = join(directory, 'kv.backup')
  expect(taken).toEqual({
    status: 0,
    out: expect.stringMatching(/^group kv is in kv\.backup: \d+ KiB\n$/),
    said: '',
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file).subarray(0, 8).toString()).toBe('RFTDBKUP')
  expect(await run('backup kv --out kv.backup')).toMatchObject({
    status: 2,
    said: expect.stringContaining('There is a file kv.backup already.'),
  })
  const { bytes } = JSON.parse((await run('backup kv --out kv.backup --force --history --json')).out)
  expect(statSync(file).size).toBe(bytes)
  expect((await run(`backup kv --out other --from ${addresses[0]}`)).status).toBe(0)
  for (const line of [
    'backup nothing --out none',
    'backup kv --out nowhere/none',
    'backup kv --out data --force',
  ])
    expect(await run(line), line).toMatchObject({ status: 2, out: '' })
  expect((await run('backup kv --out nowhere/none')).said).toContain('there is no such directory')
  expect((await run('backup kv --out none --from a')).said).toContain('"a" is no address.')
  expect(readdirSync(directory).sort()).toEqual(['data', 'kv.backup', 'other'])
})

test('a backup that is interrupted leaves no file behind, and says by which signal', async () => {
  const { run, directory, addresses } = await place(1)
  for (let i = 0; i < 4; i++) await run(['put', `large ${i}`, 'x'.repeat(900_000)])
  const controller = new AbortController()
  const files = nodeFileSystem()
  // In the middle of it.
  const interrupting: FileSystem = {
    ...files,
    open: async (...how) => {
      const file = await files.open(...how)
      const write: FileHandle['write'] = async (...what) => {
        controller.abort('SIGTERM')
        await file.write(...what)
      }
      return { ...bound(file), write }
    },
  }
  const terminal = { files: interrupting, interrupted: () => controller.signal, clock: realClock }
  const { status } = await typed(directory, `backup kv --out kv.backup --at ${addresses[0]}`, terminal)
  expect(status).toBe(143)
  expect(readdirSync(directory)).toEqual(['data'])
})

/** Its methods, which may be taken from it. */
function bound(file: FileHandle): FileHandle {
  return {
    write: (...what) => file.write(...what),
    read: (...what) => file.read(...what),
    sync: () => file.sync(),
    truncate: (length) => file.truncate(length),
    size: () => file.size(),
    close: () => file.close(),
  }
}

test('who watches is told how far long work has got', async () => {
  const { run, directory, addresses } = await place(1)
  await run(['put', 'large', 'x'.repeat(600_000)])
  let now = 0
  // Time goes by the look: everything takes long.
  const clock = { ...realClock, now: () => (now += 300) }
  const watched = { clock, watched: true }
  const at = `--at ${addresses[0]} --timeout 1h`
  const backup = await typed(directory, `backup kv --out kv.backup ${at}`, watched)
  expect(backup.status).toBe(0)
  expect(backup.said).toMatch(/writing: [\d.]+ KiB/)
  expect(backup.said.endsWith('\r\u001b[K')).toBe(true)
  const restore = 'restore kv kv.backup --id x --dir data/x --listen 127.0.0.1:0 --cluster other'
  const restored = await typed(directory, restore, watched)
  expect(restored.status).toBe(0)
  expect(restored.said).toMatch(/reading: [\d.]+ [KM]iB of about [\d.]+ [KM]iB/)
})

test('restore: a group of its own begins with a backup, on a host that is not running', async () => {
  const { run, directory } = await place(1)
  await run('put greeting hello')
  await run('backup kv --out kv.backup --history')
  const { revision } = JSON.parse((await run('get greeting --json')).out)
  await run('put greeting changed')
  await run('backup kv --out later.backup --history')
  const [port] = await freePorts(1)
  const at = `127.0.0.1:${port}`
  const options = `--id x --dir data/x --listen ${at} --cluster other`

  writeFileSync(join(directory, 'cut.backup'), readFileSync(join(directory, 'kv.backup')).subarray(0, -3))
  expect((await run(`restore kv cut.backup ${options}`)).status).toBe(1)
  expect((await run(`restore kv nothing ${options}`)).said).toContain(
    "The backup nothing can't be read: there is no such file.",
  )
  expect((await run(`restore orders kv.backup ${options}`)).said).toContain('say --group orders=RECIPE')
  expect((await run(`restore kv kv.backup --up-to 99999 ${options}`)).status).toBe(2)
  // Nobody who is named has said that it doesn't know the group.
  const unanswered = await run(`restore kv kv.backup ${options} --join 127.0.0.1:1`)
  expect(unanswered.status).toBe(2)
  expect(unanswered.said).toContain('do the same with --unreachable-checked')
  // Without its history, it is a value that locks can't read.
  await run('backup kv --out value.backup')
  const locks = await run(`restore l value.backup ${options} --group l=locks`)
  expect(locks.status).toBe(2)
  expect(locks.said).toContain('holds nothing that locks can read')

  const restored = await run(`restore kv later.backup --up-to ${revision} ${options} --json`)
  expect(JSON.parse(restored.out)).toMatchObject({ group: 'kv', host: 'x', file: 'later.backup' })
  expect(await run(`restore kv kv.backup ${options}`)).toMatchObject({ status: 2, out: '' })
  const x = going(directory, `start ${options} --log silent`)
  await x.printed((out) => out.includes('runs at'))
  expect((await run(`get greeting --at ${at} --cluster other`)).out).toBe('hello\n')
  expect((await run(`restore kv kv.backup ${options}`)).said).toContain('in use')
})

test('bench: what it has measured, and nothing is left behind', async () => {
  const { run, json } = await place(1)
  const shown = await run('bench --calls 200 --callers 4')
  expect(shown).toMatchObject({ status: 0, said: '' })
  expect(shown.out).toMatch(
    /^put of 100 bytes in group kv, 4 callers that each wait for their answer\n {2}answered +200 calls in /,
  )
  const report = await json<Record<string, unknown>>('bench kv --calls 100 --op mixed --bytes 10 --keys 5')
  expect(report).toMatchObject({
    group: 'kv',
    op: 'mixed',
    callers: 16,
    bytes: 10,
    keys: 5,
    latencies: { count: 100 },
    failures: {},
  })
  expect(report.perSecond).toBeGreaterThan(0)
  expect((await run('bench --for 200ms --op get --keys 3')).status).toBe(0)
  expect((await run('get --prefix --keys')).out).toBe('')
  expect((await run('bench --calls 0')).said).toContain('--calls is a whole number from 1')
})

test('bench: calls that fail are told by their codes, and what could not be deleted as well', async () => {
  const { run, hosts, directory, addresses } = await place(1)
  const bench = going(directory, `bench --for 2s --callers 2 --timeout 300ms --json --at ${addresses[0]}`)
  // Of ten keys, two callers have been told of eight at least: one key alone is written before anything is measured.
  const keys = async (): Promise<number> =>
    (await run('get rafted-bench/ --prefix --keys')).out.split('\n').length
  await until(async () => (await keys()) > 10)
  await hosts[0]!.end()
  const { status, out, said } = await bench.ended
  expect(status).toBe(1)
  const { failures, latencies } = JSON.parse(out)
  expect(latencies.count).toBeGreaterThan(0)
  expect(failures.timeout).toBeGreaterThan(0)
  expect(said).toMatch(/^Keys under rafted-bench\/[0-9a-f]+\/ could not be deleted: /)
})
