/** A server that gives each host and each client the rights that the package prints, and no more. */
import { clientPermissions, hostPermissions } from '@rafted/transport-nats'
import type { NatsConnection } from 'nats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'
import { until } from '../../src/until.ts'
import { NatsEnd } from './ends.ts'

const cluster = 'my shop'

function user(name: string, permissions: object): string {
  return `{ user: ${name}, password: secret, permissions: ${JSON.stringify(permissions)} }`
}

const config = `authorization { users = [
  ${user('a', hostPermissions({ cluster, host: 'host a.1' }))}
  ${user('b', hostPermissions({ cluster, host: 'host b.2' }))}
  ${user('cli', clientPermissions({ cluster, name: 'cli' }))}
  ${user('anybody', clientPermissions({ cluster }))}
] }`

describe.skipIf(withoutServer)('with just these rights', () => {
  let server: NatsServer
  const connectAs = (name: string): Promise<NatsConnection> => server.connect({ user: name, pass: 'secret' })

  beforeAll(async () => {
    server = await NatsServer.start(config)
  })
  afterAll(async () => await server?.remove())

  test('hosts and clients reach each other, are told who is absent, and keep their names', async () => {
    const [natsA, natsB, natsC] = await Promise.all(['a', 'b', 'cli'].map(connectAs))
    const a = await new NatsEnd(natsA!, 'host a.1', 'peer', cluster).listen()
    expect(a.send('host b.2', 'too early')).toBe(true)
    await until(() => a.outcomes.length > 0)
    expect(a.outcomes).toEqual(['host b.2 urgent not-applied'])
    const b = await new NatsEnd(natsB!, 'host b.2', 'peer', cluster).listen()
    await a.deliver(b, 'to b')
    await b.deliver(a, 'x'.repeat(3_000_000))
    const client = await new NatsEnd(natsC!, 'cli', 'client', cluster).listen()
    await client.deliver(a, 'question')
    await a.deliver(client, 'answer', a.senderOf('question').reply)
    const unnamed = await new NatsEnd(await connectAs('anybody'), 'drawn', 'client', cluster).listen()
    await unnamed.deliver(b, 'question')
    await b.deliver(unnamed, 'answer', b.senderOf('question').reply)
    const second = new NatsEnd(await connectAs('a'), 'host a.1', 'peer', cluster)
    await expect(second.listen()).rejects.toMatchObject({ code: 'address-in-use' })
    for (const end of [a, b, client, unnamed])
      expect(end.events.filter(({ what }) => what === 'not-allowed')).toEqual([])
    await Promise.all([a, b, client, unnamed].map(({ transport }) => transport.close()))
  })

  test('F93e: a host can not publish in the name of another, nor a client in that of a host', async () => {
    const b = await new NatsEnd(await connectAs('b'), 'host b.2', 'peer', cluster).listen()
    const refused: string[] = []
    for (const name of ['a', 'cli', 'anybody']) {
      const nats = await connectAs(name)
      const watch = async (): Promise<void> => {
        for await (const { permissionContext } of nats.status()) {
          if (permissionContext !== undefined) refused.push(`${name} ${permissionContext.operation}`)
        }
      }
      watch().catch(() => {})
      // Its own batch, which b would take from `from` if the server did.
      for (const from of ['host%20b%2E2', 'host%20c'])
        nats.publish(`rafted.my%20shop.host.host.urgent.host%20b%2E2.${from}`, wholeBatch('forged'))
      await nats.flush()
      await until(() => refused.filter((line) => line === `${name} publish`).length === 2)
      await nats.close()
    }
    const a = await new NatsEnd(await connectAs('a'), 'host a.1', 'peer', cluster).listen()
    await a.deliver(b, 'honest')
    expect(b.arrivals.filter(({ text }) => text === 'forged')).toEqual([])
    await Promise.all([a, b].map(({ transport }) => transport.close()))
  })

  test('F93e: as somebody else it does not even listen, and says which rights are missing', async () => {
    const nats = await connectAs('a')
    const impostor = new NatsEnd(nats, 'host b.2', 'peer', cluster)
    await expect(impostor.listen()).rejects.toThrow(/does not let "host b.2" subscribe.*hostPermissions/)
  })
})

/** What a transport would send. */
function wholeBatch(text: string): Uint8Array {
  return Buffer.concat([
    Buffer.from('52464e0101', 'hex'),
    Buffer.alloc(8, 7),
    Buffer.alloc(8),
    Buffer.from(text),
  ])
}

test.skipIf(withoutServer)('what is forged above is what would be taken, if the server did', async () => {
  const server = await NatsServer.start()
  const b = await new NatsEnd(await server.connect(), 'b').listen()
  const nats = await server.connect()
  nats.publish('rafted.shop.host.host.urgent.b.c', wholeBatch('forged'))
  await until(() => b.has('forged'))
  expect(b.arrivals[0]!.from.name).toBe('c')
  await b.transport.close()
  await server.remove()
})
