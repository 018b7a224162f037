/** Directories, ports and hosts of a test, all gone after it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, type ClientOptions, createClient, type Host, type HostOptions, openHost } from 'rafted'
import { afterEach } from 'vitest'

export const secret = 'a secret that is known to the test'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

export async function freshDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rafted-test-'))
  cleanUps.push(() => rm(path, { recursive: true, force: true }))
  return path
}

/** @returns an address on loopback that nobody listened on a moment ago. */
export async function freeAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

/** Host `a` of cluster `shop` on a port and in a directory of its own, but for what `options` say. */
export async function host(options: Partial<HostOptions> = {}): Promise<Host> {
  const dir = 'dir' in options ? options.dir : await freshDirectory()
  const opened = await openHost({ id: 'a', cluster: 'shop', listen: '127.0.0.1:0', secret, ...options, dir })
  cleanUps.push(() => opened.close())
  return opened
}

export async function client(
  options: Partial<ClientOptions> & Pick<ClientOptions, 'addresses'>,
): Promise<Client> {
  const opened = await createClient({ cluster: 'shop', secret, ...options })
  cleanUps.push(() => opened.close())
  return opened
}
