/** A broker that is killed, stopped and started again, alone and among others. */
import { afterEach, describe, expect, test } from 'vitest'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'
import { until } from '../../src/until.ts'
import { NatsEnd } from './ends.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function started(config = ''): Promise<NatsServer> {
  const server = await NatsServer.start(config)
  cleanUps.push(() => server.remove())
  return server
}

async function endAt(server: NatsServer, name: string, others: NatsServer[] = []): Promise<NatsEnd> {
  const nats = await server.connect({ servers: [server, ...others].map(({ url }) => url), noRandomize: true })
  const end = await new NatsEnd(nats, name).listen()
  cleanUps.push(() => end.transport.close())
  return end
}

describe.skipIf(withoutServer)('a broker', () => {
  test('F94e: killed and started again under traffic: nothing of the time without it arrives, and all goes on', async () => {
    const server = await started()
    const [a, b] = [await endAt(server, 'a'), await endAt(server, 'b')]
    for (let round = 0; round < 3; round++) {
      await a.deliver(b, `before ${round}`)
      for (let i = 0; i < 200; i++) a.send('b', `around ${round} ${'x'.repeat(5000)}`)
      await server.kill()
      await until(() =>
        [a, b].every((end) => end.events.filter(({ what }) => what === 'disconnected').length === round + 1),
      )
      expect(a.send('b', `without ${round}`)).toBe(false)
      await server.start()
      await a.deliver(b, `after ${round}`)
      await b.deliver(a, `back ${round}`)
    }
    expect(b.arrivals.filter(({ text }) => text.startsWith('without'))).toEqual([])
    expect(b.arrivals.every(({ text }) => text.length < 20 || text.length > 5000)).toBe(true)
    expect(a.hints.slice(0, 3)).toEqual(['b up', 'b lost', 'b up'])
    expect(a.outcomes).toContain('b urgent unknown')
  })

  test('stopped: the queue has its bound, nothing is thrown, and all goes on when it is back', async () => {
    const server = await started()
    const [a, b] = [await endAt(server, 'a'), await endAt(server, 'b')]
    await a.deliver(b, 'before')
    server.pause()
    const batch = new Uint8Array(1024 * 1024)
    let taken = 0
    while (taken < 200 && a.transport.send('b', batch, 'bulk')) taken += 1
    expect(taken).toBeLessThan(65)
    server.resume()
    await a.deliver(b, 'after')
    await until(() => b.arrivals.filter(({ text }) => text.length === batch.byteLength).length === taken)
  })

  test('three in a cluster, one is killed: those that were connected to it go on at another', async () => {
    const cluster =
      'server_name: NAME\ncluster { name: brokers, listen: "127.0.0.1:CLUSTER_PORT", routes: [ROUTES] }'
    const first = await started(cluster.replace('NAME', 'one').replace('ROUTES', ''))
    const route = `"nats-route://127.0.0.1:${first.clusterPort}"`
    const second = await started(cluster.replace('NAME', 'two').replace('ROUTES', route))
    const third = await started(cluster.replace('NAME', 'three').replace('ROUTES', route))
    const all = [first, second, third]
    const ends = await Promise.all(
      all.map((server, i) =>
        endAt(
          server,
          `h${i}`,
          all.filter((other) => other !== server),
        ),
      ),
    )
    const everybody = async (text: string): Promise<void> => {
      for (const from of ends)
        for (const to of ends)
          if (from !== to) await from.deliver(to, `${text} from ${from.transport.address}`)
    }
    await everybody('before')
    await first.kill()
    await everybody('after')
    await first.start()
    await everybody('at last')
    expect(ends[0]!.events.map(({ what }) => what)).toContain('connected')
  })
})
