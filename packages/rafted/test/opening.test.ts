/** A host that can't be opened says why, and leaves nothing open: neither its directory nor its port. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { defineValue, type HostOptions, isRaftedError, type RaftedError } from 'rafted'
import { expect, test } from 'vitest'
import { freeAddress, freshDirectory, host } from './place.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

async function refused(options: Partial<HostOptions>): Promise<RaftedError> {
  const error = await host(options).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!isRaftedError(error)) throw error ?? new Error('it was opened')
  expect(error.outcome).toBe('not-applied')
  return error
}

/** Nobody listens there: whoever asks may. */
async function isFree(address: string): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port: Number(address.split(':')[1]), exclusive: true }, () =>
      server.close(() => resolve(true)),
    )
  })
}

/** A directory with a group in it, closed. */
async function used(): Promise<string> {
  const dir = await freshDirectory()
  const first = await host({ dir })
  await first.createGroup('list', { machine: list })
  await first.value('list', list).add('kept')
  await first.close()
  return dir
}

/** The directory holds what it held, and can be opened at once. */
async function expectIntact(dir: string): Promise<void> {
  const again = await host({ dir })
  await again.group('list', { machine: list })
  expect(await again.value('list', list).all()).toEqual(['kept'])
  await again.close()
}

test('its address is taken: the directory is free again', async () => {
  const dir = await used()
  const listen = await freeAddress()
  const other = await host({ id: 'b', listen })
  const error = await refused({ dir, listen })
  expect(error).toMatchObject({ code: 'address-in-use' })
  expect(error.message).toBe(
    `${listen} is taken. Stop the process that listens there, or choose another port.`,
  )
  await expectIntact(dir)
  await other.close()
})

test('another host has its directory open: its port is free, and the other one goes on', async () => {
  const dir = await freshDirectory()
  const listen = await freeAddress()
  const first = await host({ dir })
  const error = await refused({ dir, listen })
  expect(error).toMatchObject({ code: 'directory-in-use' })
  expect(error.message).toContain(dir)
  expect(await isFree(listen)).toBe(true)
  await first.createGroup('list', { machine: list })
  expect(await first.value('list', list).add('x')).toBe(0)
})

test('the directory is that of another host, or of another cluster: both names are told, and it is left as it is', async () => {
  const dir = await used()
  for (const [changes, names] of [
    [{ id: 'b' }, ['"a"', '"b"']],
    [{ cluster: 'market' }, ['"shop"', '"market"']],
  ] as const) {
    const listen = await freeAddress()
    const error = await refused({ dir, listen, ...changes })
    expect(error).toMatchObject({ code: 'wrong-directory' })
    for (const name of [dir, ...names]) expect(error.message).toContain(name)
    expect(await isFree(listen)).toBe(true)
    await expectIntact(dir)
  }
})

test('the directory holds something else', async () => {
  const dir = await freshDirectory()
  writeFileSync(join(dir, 'letters.txt'), 'dear')
  expect(await refused({ dir })).toMatchObject({ code: 'wrong-directory' })
  expect(readdirSync(dir)).toEqual(['letters.txt'])
})

test('a file is damaged: the error names it, its port is free, and once it is mended all is well', async () => {
  const dir = await used()
  const marker = readdirSync(dir).find((name) => /rafted|marker|format/i.test(name))!
  const path = join(dir, marker)
  const sound = readFileSync(path)
  const damaged = Buffer.from(sound)
  damaged[damaged.length >> 1]! ^= 1
  writeFileSync(path, damaged)
  const listen = await freeAddress()
  const error = await refused({ dir, listen })
  expect(error).toMatchObject({ code: 'damaged-storage' })
  expect(error.message).toContain(path)
  expect(await isFree(listen)).toBe(true)
  writeFileSync(path, sound)
  await expectIntact(dir)
})

test.each([
  [
    { listen: '0.0.0.0:7000', secret: undefined },
    /needs `tls` or a secret.*Add: secret: process\.env\.RAFTED_SECRET$/,
  ],
  [{ listen: '0.0.0.0:7000', secret: '' }, /at least 16 are needed. Make one: openssl rand -hex 32$/],
  [{ listen: '0.0.0.0:0' }, /Add: advertise: 'a:7000'$/],
  [{ listen: '7000' }, /Write it like this: listen: '127\.0\.0\.1:7000'$/],
  [{ id: '' }, /name/],
  [{ cluster: '' }, /cluster/],
] as const)('%j is refused with the line to write, before anything is made', async (changes, message) => {
  const parent = await freshDirectory()
  const error = await refused({ dir: join(parent, 'data'), ...changes })
  expect(error.code).toBe('invalid-argument')
  expect(error.message).toMatch(message)
  expect(readdirSync(parent)).toEqual([])
})

test('what the environment does not have is named', async () => {
  const parent = await freshDirectory()
  for (const [name, message] of [
    ['id', /^The name is undefined/],
    ['cluster', /^The cluster is undefined/],
    ['listen', /^Host "a" has nowhere to listen\. Add: listen: '127\.0\.0\.1:7000'$/],
    ['dir', /^The directory has no path/],
  ] as const) {
    const changes: Partial<Record<keyof HostOptions, undefined>> = { [name]: undefined }
    const error = await refused({ dir: join(parent, 'data'), ...changes } as object)
    expect(error.code).toBe('invalid-argument')
    expect(error.message).toMatch(message)
  }
  expect(readdirSync(parent)).toEqual([])
})
