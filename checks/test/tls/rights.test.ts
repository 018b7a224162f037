/** Rights of clients that are known by their certificates, over TCP, at a host here and at one in a worker (F93g, F94f). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Authorise,
  type Client,
  createClient,
  isRaftedError,
  openHost,
  openHostInWorker,
  type RaftedEvent,
} from 'rafted'
import { expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { packages } from '../compiled.ts'
import { Authority } from './certificates.ts'
import { afterwards, freeAddress } from './end.ts'
import { list } from './host-process.ts'
import { onlyReaders } from './rights.ts'

const ours = new Authority('ours')

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-rights-'))
  afterwards(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function clientNamed(name: string, address: string): Promise<Client> {
  const opened = await createClient({ cluster: 'shop', addresses: [address], name, tls: ours.client(name) })
  afterwards(() => opened.close())
  return opened
}

const add = (client: Client): Promise<number> =>
  client.value('list', list).with({ timeoutMs: 60_000 }).add('x')

test('a client has the rights of the name in its certificate, and of no other', async () => {
  const authorise: Authorise = ({ name }) => name === 'writer'
  const listen = await freeAddress()
  const options = { id: 'a', cluster: 'shop', listen, tls: ours.host('a'), authorise }
  const host = await openHost({ ...options, dir: await freshDirectory() })
  afterwards(() => host.close())
  await host.createGroup('list', { machine: list })
  const [writer, reader] = [await clientNamed('writer', listen), await clientNamed('reader', listen)]
  expect(await add(writer)).toBe(0)
  await expect(add(reader)).rejects.toMatchObject({ code: 'not-allowed', outcome: 'not-applied' })
})

/** The module that the worker is told of is TypeScript. */
const execArgv = [...packages, '--import', new URL('from-sources.mjs', import.meta.url).href]

test('a host in a worker asks a function of a module, there, and is given credentials by one', async () => {
  const directory = await freshDirectory()
  process.env.RAFTED_TEST_CREDENTIALS = join(directory, 'credentials.json')
  await writeFile(process.env.RAFTED_TEST_CREDENTIALS, JSON.stringify(ours.host('a')))
  const module = new URL('rights.ts', import.meta.url)
  const listen = await freeAddress()
  const events: RaftedEvent[] = []
  const host = await openHostInWorker({
    id: 'a',
    cluster: 'shop',
    listen,
    dir: join(directory, 'a'),
    tls: { module, export: 'tlsOfA' },
    authorise: { module, export: 'onlyReaders' },
    observer: { event: (event) => void events.push(event) },
    worker: { execArgv },
  })
  afterwards(() => host.terminate())
  await host.createGroup('list', { machine: { module, export: 'list' } })
  // The application that has opened the host is no client of it.
  expect(await host.value('list', list).add('mine')).toBe(0)
  const web = await clientNamed('web', listen)
  expect(await web.value('list', list).all()).toEqual(['mine'])
  await expect(add(web)).rejects.toMatchObject({ code: 'not-allowed', outcome: 'not-applied' })
  const told = (): RaftedEvent | undefined => events.find(({ kind }) => kind === 'not-allowed')
  await until(() => told() !== undefined)
  expect(told()).toMatchObject({ client: 'web', group: 'list', right: 'command' })
}, 240_000)

test('functions themselves don’t cross, and the error shows how to name them; credentials as data do', async () => {
  const options = {
    id: 'a',
    cluster: 'shop',
    listen: '127.0.0.1:0',
    worker: { execArgv },
  }
  const open = async (more: object) =>
    openHostInWorker({ ...options, dir: join(await freshDirectory(), 'a'), ...more })
  for (const [name, given] of [
    ['authorise', onlyReaders],
    ['tls', () => ours.host('a')],
    ['authorise', { module: 'no url' }],
  ] as const)
    await expect(open({ [name]: given })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(
        `{ module: new URL('./${name}.js', import.meta.url), export: '${name}' }`,
      ),
    })
  const module = new URL('rights.ts', import.meta.url)
  const missing = await open({ authorise: { module, export: 'nobody' } }).catch((error: unknown) => error)
  expect(isRaftedError(missing, 'invalid-argument') && missing.message).toMatch(/exports no `nobody`/)
  const host = await open({ tls: ours.host('a') })
  await host.close()
}, 240_000)
