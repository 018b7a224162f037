/** Commands on a key-value store and on locks, against a host in this process. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@rafted/contracts/node'
import { describe, expect, test } from 'vitest'
import type { Terminal } from '../src/index.ts'
import { freePorts } from './free-ports.ts'
import { emptyDirectory } from './on-files.ts'
import { going, hostWith } from './started.ts'
import { type Typed, typed } from './typed.ts'
import { until } from './until.ts'

/** Runs lines against a host with the groups `kv` and `locks`. */
async function place() {
  const directory = emptyDirectory()
  const at = await hostWith(directory, ['kv', 'locks=locks'])
  const environment = { RAFTED_AT: at, RAFTED_TIMEOUT: '20s' }
  const real = { clock: realClock, environment }
  return {
    directory,
    at,
    real,
    run: (line: string | readonly string[], terminal: Partial<Terminal> = {}): Promise<Typed> =>
      typed(directory, line, { ...real, ...terminal }),
    go: (line: string | readonly string[]) => going(directory, line, { environment }),
  }
}

const revisionIn = ({ out }: Typed): number => Number(/^revision (\d+)\n$/.exec(out)![1])
const linesOf = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

test('put, get and del: values of any shape, conditions, and statuses that tell', async () => {
  const { run } = await place()
  const first = revisionIn(await run('put greeting hello'))
  expect(await run('get greeting')).toEqual({ status: 0, out: 'hello\n', said: '' })
  expect(await run(['put', 'limits', '{"rate":[10,null]}', '--as', 'json'])).toMatchObject({ status: 0 })
  expect(await run('get limits')).toMatchObject({ status: 0, out: '{ rate: [ 10, null ] }\n' })
  const [entry] = linesOf((await run('get limits --json')).out)
  expect(entry).toEqual({
    key: 'limits',
    value: { rate: [10, null] },
    revision: expect.any(Number),
    created: entry!.revision,
    version: 1,
    expiresAt: null,
    lease: null,
  })

  expect(await run('put greeting hi --if-absent')).toEqual({
    status: 1,
    out: '',
    said: `greeting is of revision ${first}: nothing was done.\n`,
  })
  expect((await run('put nothing x --if-revision 5')).said).toBe('nothing is not there: nothing was done.\n')
  const second = revisionIn(await run(['put', 'greeting', 'good morning', '--if-revision', `${first}`]))
  expect(second).toBeGreaterThan(first)
  expect(linesOf((await run('put greeting x --if-absent --json')).out)).toEqual([
    { key: 'greeting', done: false, revision: second },
  ])

  expect(await run('get nothing')).toEqual({ status: 1, out: '', said: 'There is no key nothing.\n' })
  expect((await run('get nothing --json')).out).toBe('{"key":"nothing","revision":0}\n')
  expect((await run(`del greeting --if-revision ${first}`)).status).toBe(1)
  expect(await run('del greeting')).toEqual({ status: 0, out: 'greeting deleted\n', said: '' })
  expect(await run('del greeting --json')).toMatchObject({
    status: 1,
    out: '{"key":"greeting","done":false,"revision":0}\n',
  })
})

test('keys that begin alike: all of them, the first ones, without their values, and to delete', async () => {
  const { run } = await place()
  for (const name of ['ann', 'bob', 'cy']) await run(`put users/${name} ${name.length}`)
  await run('put other x')
  expect((await run('get users/ --prefix')).out).toBe('users/ann  3\nusers/bob  3\nusers/cy  2\n')
  expect((await run('get --prefix --keys')).out).toBe('other\nusers/ann\nusers/bob\nusers/cy\n')
  expect((await run('get users/ --prefix --limit 2 --keys --json')).out).toBe(
    '{"key":"users/ann"}\n{"key":"users/bob"}\n',
  )
  expect(
    linesOf((await run('get users/ --prefix --read stale --json')).out).map(({ value }) => value),
  ).toEqual(['3', '3', '2'])
  expect(await run('del users/ --prefix')).toMatchObject({ status: 0, out: '3 keys deleted\n' })
  expect(await run('del users/ --prefix --json')).toMatchObject({
    status: 1,
    out: '{"prefix":"users/","deleted":0}\n',
  })
})

test('a value from standard input; what could do something to a screen is written out there', async () => {
  const { run } = await place()
  const text = 'two\nlines \u001b[31m'
  async function* input() {
    yield Buffer.from(text.slice(0, 5))
    yield Buffer.from(text.slice(5))
  }
  expect((await run('put note -', { input })).status).toBe(0)
  expect((await run('get note')).out).toBe(`${text}\n`)
  expect((await run('get note', { screen: { columns: 80, rows: 24 } })).out).toBe('two\nlines \\u{1b}[31m\n')
  expect((await run('get --prefix')).out).toBe(
    "note  'two\\nlines \\u{1b}[31m'\n".replace('\\u{1b}', '\\x1B'),
  )
})

test('a key that goes by itself, and a put that takes effect once however often it is asked', async () => {
  const { run } = await place()
  await run('put session x --ttl 1h')
  const [entry] = linesOf((await run('get session --json')).out)
  expect(entry!.expiresAt).toBeGreaterThan(3_500_000)
  const put = 'put count 1 --idempotency-key order-17 --json'
  const [first, again] = [await run(put), await run(put)]
  expect(again).toEqual(first)
  expect(linesOf((await run('get count --json')).out)[0]!.version).toBe(1)
})

test('watch tells what becomes of keys, from now on or from a revision, and ends by itself or by Ctrl-C', async () => {
  const { run, go } = await place()
  await run('put users/ann 1')
  const watch = go('watch users/ --prefix --json')
  await watch.printed((out) => out.includes('begun'))
  await run('put other x')
  await run('put users/bob 2')
  await run('del users/ann')
  await watch.printed((out) => out.includes('delete'))
  const { status, out } = await watch.end()
  expect(status).toBe(0)
  const [begun, ...events] = linesOf(out)
  expect(begun).toEqual({ kind: 'begun', revision: expect.any(Number) })
  expect(events).toMatchObject([
    { kind: 'put', key: 'users/bob', value: '2' },
    { kind: 'delete', key: 'users/ann' },
  ])
  const all = await run('watch --from 1 --count 3')
  expect(all).toMatchObject({ status: 0, said: 'watching from revision 1 on\n' })
  expect(all.out).toMatch(
    /^\d+ {2}put {2}users\/ann {2}1\n\d+ {2}put {2}other {2}x\n\d+ {2}put {2}users\/bob {2}2\n$/,
  )
  expect((await run('watch users/ann --from 1 --count 2')).out).toMatch(
    /^\d+ {2}put {2}users\/ann {2}1\n\d+ {2}delete {2}users\/ann\n$/,
  )
})

describe('lock', () => {
  test('is held until it is ended, shown to others, refused to those that do not wait, and given back', async () => {
    const { run, go } = await place()
    expect(await run('lock deploy --show')).toMatchObject({ status: 1, out: 'nobody holds deploy\n' })
    const held = go(['lock', 'deploy', '--label', 'ann'])
    const out = await held.printed((text) => text.includes('token'))
    const [, token] = /^token (\d+)\n$/.exec(out)!
    expect(await run('lock deploy --show')).toMatchObject({
      status: 0,
      out: `deploy is held under token ${token}, ann; 0 wait\n`,
    })
    expect(linesOf((await run('lock deploy --show --json')).out)).toEqual([
      { lock: 'deploy', holder: { token: Number(token), label: 'ann' }, waiting: 0 },
    ])
    expect(await run('lock deploy --try')).toMatchObject({ status: 1, out: '' })
    expect(await run('lock deploy --wait 300ms')).toMatchObject({ status: 1, out: '' })
    const next = go('lock deploy --json')
    expect((await held.end()).status).toBe(0)
    const [{ token: nextToken }] = linesOf(await next.printed((text) => text.includes('token'))) as [
      { token: number },
    ]
    expect(nextToken).toBeGreaterThan(Number(token))
    expect((await next.end()).status).toBe(0)
  })

  test('whoever waits may be ended', async () => {
    const { go } = await place()
    const held = go('lock deploy')
    await held.printed((text) => text.includes('token'))
    const waits = go('lock deploy')
    expect((await waits.end('SIGTERM')).status).toBe(143)
    await held.end()
  })

  test('a program runs while it is held, and its status is the one that counts', async () => {
    const { run, directory } = await place()
    const sh = async (script: string) => (await run(['lock', 'nightly', '--', 'sh', '-c', script])).status
    expect(await sh('echo "$RAFTED_LOCK $RAFTED_TOKEN" > found; exit 3')).toBe(3)
    expect(readFileSync(`${directory}/found`, 'utf8')).toMatch(/^nightly \d+\n$/)
    expect(await sh('kill -9 $$')).toBe(137)
    expect(await sh('exit 0')).toBe(0)
    const missing = await run('lock nightly -- there-is-no-such-program')
    expect(missing).toMatchObject({ status: 127, said: expect.stringContaining('there is no such program') })
    expect((await run('lock nightly --show')).status).toBe(1)
  })

  test('a program whose lock is lost is told to end, and so is whoever has asked for it', async () => {
    const directory = emptyDirectory()
    const [port] = await freePorts(1)
    const at = `127.0.0.1:${port}`
    const host = going(directory, `start --id a --dir a --listen ${at} --group locks=locks --log silent`)
    await host.printed((out) => out.includes('runs at'))
    const environment = { ...process.env, RAFTED_AT: at, RAFTED_TIMEOUT: '1s' }
    await typed(directory, 'init locks', { clock: realClock, environment })
    const program = ['sh', '-c', 'echo $$ > started; mv started pid; exec sleep 60']
    const lock = going(directory, ['lock', 'nightly', '--lease', '1s', '--', ...program], { environment })
    await until(() => existsSync(join(directory, 'pid')))
    await host.end()
    const { status, said } = await lock.ended
    expect(status).toBe(2)
    expect(said).toContain('The lock nightly was lost while the program ran')
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

test('what can not be is refused with the reason, and status 2', async () => {
  const { run } = await place()
  for (const [line, reason] of [
    ['get', 'Name a key, or say --prefix'],
    ['get k --keys', '--keys and --limit are for --prefix.'],
    ['get k --read sometimes', '--read is one of linearizable, lease, stale'],
    ['put k', 'Give a value behind the key'],
    ['put k {x --as json', 'The value is no JSON'],
    ['put k v --if-absent --if-revision 3', 'not both'],
    ['put k v --ttl soon', '--ttl is a time like'],
    ['del a --prefix --if-revision 3', 'are for one key'],
    ['lock l --', 'Name a program behind --.'],
    ['get k --at nowhere', '"nowhere" is no address'],
    ['get k --at b:7000', 'takes a secret or certificates'],
    ['get k --group nothing', 'Create it once: rafted init nothing --at 127.0.0.1:'],
    ['get k --group locks', 'Group locks is no key-value store'],
    ['watch --group locks', 'Group locks is no key-value store'],
    ['lock l --group kv', 'Group kv is no group of locks'],
    ['init nothing', 'Start it with that group, beside those that it has: rafted start --group nothing=kv'],
    ['init queues', 'rafted start --group queues=queues'],
    ['init kv', 'exists'],
    ['status nothing', 'Create it once: rafted init nothing'],
  ] as const) {
    const { status, out, said } = await run(line)
    expect({ line, status, out }).toEqual({ line, status: 2, out: '' })
    expect(said).toContain(reason)
  }
})
