/** Three hosts in processes of their own and clients, all of them with certificates, which are changed while they run (F94f). */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, type ClientOptions, createClient, openHost, type TlsCredentials } from 'rafted'
import { expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { typescript } from '../compiled.ts'
import { Authority } from './certificates.ts'
import { afterwards, freeAddress } from './end.ts'
import { list, type Place } from './host-process.ts'

async function write({ certificates }: Place, { key, cert, ca }: TlsCredentials): Promise<void> {
  const files = { 'tls.key': key, 'tls.crt': cert, 'ca.crt': [ca].flat().join('') }
  for (const [name, pem] of Object.entries(files)) {
    await writeFile(join(certificates, `${name}.new`), pem as string)
    await rename(join(certificates, `${name}.new`), join(certificates, name))
  }
}

async function run(place: Place): Promise<void> {
  const program = fileURLToPath(new URL('host-process.ts', import.meta.url))
  const child = spawn(process.execPath, [...typescript, program, JSON.stringify(place)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  afterwards(async () => {
    child.kill('SIGKILL')
    await until(() => child.exitCode !== null || child.signalCode !== null)
  })
  let printed = ''
  child.stdout.on('data', (text) => {
    printed += text
  })
  await until(() => printed === 'runs\n' || child.exitCode !== null)
  expect(child.exitCode).toBeNull()
}

async function client(options: Omit<ClientOptions, 'cluster'>): Promise<Client> {
  const opened = await createClient({ cluster: 'shop', ...options })
  afterwards(() => opened.close())
  return opened
}

test('a group is created and used over TLS; then another authority takes over, and nobody is stopped', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-tls-'))
  afterwards(() => rm(directory, { recursive: true }))
  const [old, next] = [new Authority('old'), new Authority('next')]
  const ids = ['a', 'b', 'c']
  const addresses = await Promise.all(ids.map(freeAddress))
  const places = await Promise.all(
    ids.map(async (id, i): Promise<Place> => {
      const certificates = join(directory, `${id}-certificates`)
      await mkdir(certificates)
      return { id, listen: addresses[i]!, dir: join(directory, id), certificates, join: addresses }
    }),
  )
  for (const place of places) await write(place, old.host(place.id))
  await Promise.all(places.map(run))

  const web = await client({ name: 'web', addresses, tls: old.client('web') })
  await web.createGroup('list', { at: addresses[0]! })
  const value = web.value('list', list).with({ timeoutMs: 60_000 })
  expect(await value.add('by the old one')).toBe(0)
  // All three vote.
  for (;;) {
    const voters = (await web.status('list', { at: addresses[0]! }))?.configuration?.configuration.voters
    if (voters?.length === 3) break
  }

  const impatient = { timeoutMs: 5000 }
  const stranger = await client({ name: 'web', addresses, tls: { ...next.client('web'), ca: old.cert } })
  await expect(stranger.value('list', list).with(impatient).all()).rejects.toMatchObject({
    code: 'timeout',
    details: { last: 'wrong-certificate' },
  })

  const both = [old.cert, next.cert]
  for (const place of places) await write(place, { ...next.host(place.id), ca: both })
  const newer = await client({ name: 'web', addresses, tls: next.client('web') })
  const latest = newer.value('list', list).with({ timeoutMs: 60_000 })
  expect(await latest.add('by the next one')).toBe(1)
  // Nobody has noticed who was there before.
  expect(await value.all()).toEqual(['by the old one', 'by the next one'])
}, 240_000)

test('a client’s certificate opens no host, and a client needs the name that its own has', async () => {
  const ours = new Authority('ours')
  const dir = join(tmpdir(), 'rafted-never-made')
  const options = { id: 'a', cluster: 'shop', listen: '127.0.0.1:0', dir }
  await expect(openHost({ ...options, tls: ours.client('a') })).rejects.toMatchObject({
    code: 'invalid-argument',
  })
  const addresses = ['127.0.0.1:1']
  await expect(createClient({ cluster: 'shop', addresses, tls: ours.client('web') })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('rafted://shop/client/web'),
  })
})
