/** Hosts over NATS find each other without being named, with just the rights that the package prints (F99e). */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientPermissions, hostPermissions } from '@rafted/transport-nats'
import { createClient, defineValue, discover, type Host, natsHosts, openHost } from 'rafted-nats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'
import { until } from '../../src/until.ts'

const cluster = 'my shop'
const ids = ['host a.1', 'b', 'c']
const count = defineValue({ init: () => 0, commands: { add: (n) => [n + 1, n + 1] }, queries: {} })

function user(name: string, permissions: object): string {
  return `{ user: ${name}, password: secret, permissions: ${JSON.stringify(permissions)} }`
}

const config = `authorization { users = [
  ${ids.map((host, at) => user(`u${at}`, hostPermissions({ cluster, host }))).join('\n')}
  ${user('anybody', clientPermissions({ cluster }))}
  ${user('stranger', { publish: { allow: ['other.>'] }, subscribe: { allow: ['other.>'] } })}
] }`

describe.skipIf(withoutServer)('hosts that are found', () => {
  const directory = mkdtempSync(join(tmpdir(), 'nats-found-'))
  const hosts: Host[] = []
  let server: NatsServer
  beforeAll(async () => {
    server = await NatsServer.start(config)
  })
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.close({ transfer: false })))
    await server?.remove()
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  })

  const everyMs = 50
  const start = async (at: number): Promise<Host> => {
    const nats = await server.connect({ user: `u${at}`, pass: 'secret' })
    const host = await openHost({ id: ids[at]!, cluster, dir: join(directory, `${at}`), nats })
    hosts.push(host)
    const joined = await discover(natsHosts({ nats, cluster }), { everyMs })
    await host.group('count', { machine: count, join: joined })
    return host
  }

  test('make a group, and clients find it', async () => {
    const a = await start(0)
    const [b, c] = [await start(1), await start(2)]
    // Who is down has not answered: that those that are found know no such group says little, and a person has to look (F99).
    await expect(a.createGroup('count', { machine: count })).rejects.toMatchObject({
      code: 'peers-unreachable',
      outcome: 'not-applied',
    })
    await a.createGroup('count', { machine: count, unreachable: 'checked' })
    await until(() =>
      [a, b, c].every((host) => host.status('count')?.configuration?.configuration.voters.length === 3),
    )
    const nats = await server.connect({ user: 'anybody', pass: 'secret' })
    const addresses = await discover(natsHosts({ nats, cluster }))
    expect([...addresses()].sort()).toEqual([...ids].sort())
    const client = await createClient({ cluster, nats, addresses })
    expect(await client.value('count', count).add()).toBe(1)
    await client.close()
  })

  test('are those of the cluster alone, and found by nobody who has no right to', async () => {
    const nats = await server.connect({ user: 'anybody', pass: 'secret' })
    await expect(discover(natsHosts({ nats, cluster: 'other', waitMs: 50 }))).rejects.toMatchObject({
      code: 'unreachable',
    })
    const stranger = await server.connect({ user: 'stranger', pass: 'secret' })
    await expect(discover(natsHosts({ nats: stranger, cluster, waitMs: 200 }))).rejects.toMatchObject({
      code: 'unreachable',
    })
  })

  test('F93e: nobody can say that another is there', async () => {
    const nats = await server.connect({ user: 'anybody', pass: 'secret' })
    const refused: string[] = []
    const watch = async (): Promise<void> => {
      for await (const { permissionContext } of nats.status())
        if (permissionContext !== undefined) refused.push(permissionContext.subject)
    }
    watch().catch(() => {})
    nats.publish('rafted.my%20shop.here.0123456789abcdef.made-up')
    await nats.flush()
    await until(() => refused.length > 0)
    expect(refused).toEqual(['rafted.my%20shop.here.0123456789abcdef.made-up'])
  })
})
