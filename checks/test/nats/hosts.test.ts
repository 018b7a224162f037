/** Whole hosts over NATS, made by the entry package: they elect, write, and go on when the broker does. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, defineValue, type Host, openHost } from 'rafted-nats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'
import { until } from '../../src/until.ts'

const counter = defineValue({
  init: () => 0,
  commands: { add: (n, by: number) => [n + by, n + by] },
  queries: { current: (n) => n },
})
const ids = ['a', 'b', 'c']

describe.skipIf(withoutServer)('three hosts in one process', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rafted-nats-'))
  let server: NatsServer

  beforeAll(async () => {
    server = await NatsServer.start()
  })
  afterAll(async () => {
    await server?.remove()
    rmSync(directory, { recursive: true })
  })

  const open = async (id: string): Promise<Host> => {
    const host = await openHost({
      id,
      cluster: 'shop',
      dir: join(directory, id),
      nats: await server.connect(),
    })
    await host.group('counter', { machine: counter, join: ids })
    return host
  }

  test('F94e: elect, write, survive the restart of the broker and of a host, and are used by a client that is none', async () => {
    const hosts = await Promise.all(ids.map(open))
    await hosts[0]!.createGroup('counter', { machine: counter })
    const client = await createClient({ cluster: 'shop', addresses: ids, nats: await server.connect() })
    const handle = client.value('counter', counter)
    expect(await handle.add(1)).toBe(1)
    await until(() =>
      hosts.every((host) => host.status('counter')?.configuration?.configuration.voters.length === 3),
    )

    await server.kill()
    const meanwhile = handle.add(1)
    await server.start()
    expect(await meanwhile).toBe(2)
    expect(await hosts[2]!.value('counter', counter).add(1)).toBe(3)

    const leader = hosts.findIndex((host) => host.status('counter')?.role === 'leader')
    await hosts[leader]!.close({ transfer: false })
    expect(await handle.add(1)).toBe(4)
    hosts[leader] = await open(ids[leader]!)
    expect(await hosts[leader]!.value('counter', counter).current()).toBe(4)
    await client.close()
    await Promise.all(hosts.map((host) => host.close()))
  })

  test('F93g: asks `authorise` for each client, by the name that the server binds it to', async () => {
    const asked: string[] = []
    const nats = await server.connect()
    const host = await openHost({
      id: 'e',
      cluster: 'shop',
      dir: join(directory, 'e'),
      nats,
      authorise: ({ name }, group, right) => {
        asked.push(`${name} ${group} ${right}`)
        return name === 'web' && right !== 'command'
      },
    })
    await host.createGroup('own', { machine: counter })
    const clients = await Promise.all(
      ['web', 'stranger'].map(async (name) =>
        createClient({ cluster: 'shop', addresses: ['e'], name, nats: await server.connect() }),
      ),
    )
    const [web, stranger] = clients.map((client) => client.value('own', counter).with({ timeoutMs: 5000 }))
    expect(await host.value('own', counter).add(1)).toBe(1)
    expect(await web!.current()).toBe(1)
    await expect(web!.add(1)).rejects.toMatchObject({ code: 'not-allowed', outcome: 'not-applied' })
    await expect(stranger!.current()).rejects.toMatchObject({ code: 'not-allowed' })
    const short = await createClient({
      cluster: 'shop',
      addresses: ['f'],
      nats: await server.connect(),
      timeoutMs: 90,
    })
    await expect(short.value('own', counter).current()).rejects.toThrow('within 90 ms')
    expect(await host.value('own', counter).current()).toBe(1)
    expect(asked).toEqual(expect.arrayContaining(['web own query', 'web own command', 'stranger own locate']))
    await Promise.all([short.close(), ...clients.map((client) => client.close()), host.close()])
  })

  test('a host of a name that is taken does not open', async () => {
    const nats = await server.connect()
    const host = await openHost({ id: 'd', cluster: 'shop', dir: join(directory, 'd'), nats })
    const second = openHost({ id: 'd', cluster: 'shop', dir: join(directory, 'd2'), nats })
    await expect(second).rejects.toMatchObject({ code: 'address-in-use' })
    await host.close()
    expect(nats.isClosed()).toBe(false)
  })
})
