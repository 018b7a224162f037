/** What people do with it, from the first host to a cluster that begins with a backup: every command is a process, and so is every host. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { freePorts } from './free-ports.ts'
import { emptyDirectory } from './on-files.ts'
import { compile, type Ran, Running, ran } from './processes.ts'
import { until } from './until.ts'

beforeAll(compile, 120_000)

test('three hosts: created, used, watched, robbed of one, handed over, backed up, and begun anew elsewhere', async () => {
  const directory = emptyDirectory()
  writeFileSync(join(directory, 'secret'), 'of this story, and long enough\n')
  const ports = await freePorts(5)
  const ids = ['a', 'b', 'c'] as const
  const addressOf = Object.fromEntries(ids.map((id, at) => [id, `127.0.0.1:${ports[at]}`]))
  const environment = {
    RAFTED_AT: Object.values(addressOf).join(','),
    RAFTED_JOIN: Object.values(addressOf).join(','),
    RAFTED_SECRET_FILE: join(directory, 'secret'),
    RAFTED_CLUSTER: 'story',
    RAFTED_TIMEOUT: '30s',
  }
  const place = { directory, environment }
  const done = async (line: string): Promise<string> => {
    const { status, out, said } = await ran(place, line)
    expect(status, `${line}: ${said}`).toBe(0)
    return out
  }
  const start = async (id: string): Promise<Running> => {
    const options = ['--id', id, '--dir', `data/${id}`, '--listen', addressOf[id]!, '--log', 'warn']
    const host = new Running(place, ['start', ...options])
    await host.printed((out) => out === `host ${id} runs at ${addressOf[id]}: kv\n`)
    return host
  }
  const leader = async (): Promise<string> => {
    const standing = JSON.parse((await ran(place, 'status --json')).out)
    const { members, leader } = standing as { members: { host: string; member: string }[]; leader: string }
    return members.find(({ member }) => member === leader)!.host
  }

  const [a, b, c] = await Promise.all(ids.map(start))
  const hosts = new Map(ids.map((id, at) => [id as string, [a!, b!, c!][at]!]))
  expect(await done('init kv')).toBe(`group kv is created, at ${addressOf.a}\n`)
  // They join by themselves; this only waits for it.
  await Promise.all(['b', 'c'].map((id) => done(`members add kv ${id}`)))

  expect(await done('put greeting hello')).toMatch(/^revision \d+\n$/)
  expect(await done('get greeting')).toBe('hello\n')
  const watch = new Running(place, ['watch', 'users/', '--prefix', '--json'])
  await watch.printed((out) => out.includes('begun'))

  // The leader is gone, without a word.
  const former = await leader()
  await hosts.get(former)!.end('SIGKILL')
  await done('put users/ann 1')
  await watch.printed((out) => out.includes('"key":"users/ann","revision"'))
  expect((await ran(place, 'status')).status).toBe(1)
  hosts.set(former, await start(former))
  await until(async () => (await ran(place, 'status')).status === 0)

  const to = ids.find((id) => id !== former)!
  for (const id of [former, to]) {
    let transferred = await ran(place, `members transfer kv ${id}`)
    // On a machine that is busy with something else it may not be over within an election timeout: the group is led as before then.
    await until(async () => {
      if (transferred.status !== 0) transferred = await ran(place, `members transfer kv ${id}`)
      return transferred.status === 0
    })
    expect(transferred.out).toBe(`group kv is led at ${addressOf[id]}\n`)
  }
  await done('put users/bob 2')
  const { status, out } = await watch.end('SIGINT')
  expect(status).toBe(0)
  expect(out.match(/"key":"users\/\w+"/g)).toEqual(['"key":"users/ann"', '"key":"users/bob"'])

  expect(await done('backup kv --out kv.backup')).toMatch(/^group kv is in kv\.backup: /)
  await done('del users/ --prefix')
  const other = `--cluster other --id x --dir data/x --listen 127.0.0.1:${ports[3]}`
  const elsewhere = { directory, environment: { ...environment, RAFTED_JOIN: '' } }
  const restored = await ran(elsewhere, `restore kv kv.backup ${other}`)
  expect(restored).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^group kv begins on host x with /),
  })
  const x = new Running(elsewhere, `start ${other} --log warn`.split(' '))
  await x.printed((text) => text.includes('host x runs'))
  const users = await ran(place, `get users/ --prefix --cluster other --at 127.0.0.1:${ports[3]}`)
  expect(users).toMatchObject({ status: 0, out: 'users/ann  1\nusers/bob  2\n' })
  expect(await done('get --prefix')).toBe('greeting  hello\n')

  // Told to end, each hands over what it leads, and is gone.
  const ends: Ran[] = [await x.end('SIGTERM')]
  for (const host of hosts.values()) ends.push(await host.end('SIGTERM'))
  expect(ends.map((end) => end.status)).toEqual([0, 0, 0, 0])
  // Some thirty processes, one after the other.
}, 180_000)
