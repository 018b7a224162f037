/** What leaves, when, and what is known of it: windows, lanes, the server's limits, and nothing without a connection. */
import { describe, expect, test } from 'vitest'
import { type End, turn, World } from './end.ts'

const kib = (count: number): Uint8Array => new Uint8Array(count * 1024).fill(count)

/** Two hosts that have met. */
async function met(world = new World()): Promise<{ world: World; a: End; b: End }> {
  const [a, b] = [await world.end('a'), await world.end('b')]
  a.send('b', 'hello')
  await turn()
  expect(b.texts).toEqual(['a: hello'])
  return { world, a, b }
}

describe('without a connection', () => {
  test('F94e: nothing is given to the library, which would keep it for the next connection', async () => {
    const { a, b } = await met()
    a.nats.disconnect()
    // The library knows, and has told nobody yet.
    expect(a.send('b', 'stale')).toBe(false)
    await turn()
    expect(a.send('b', 'stale')).toBe(false)
    expect(a.transport.send('b', kib(300), 'bulk')).toBe(false)
    a.nats.reconnect()
    await turn()
    expect(a.nats.stale).toEqual([])
    expect(a.counts.nats_disconnected).toBe(3)
    a.send('b', 'fresh')
    await turn()
    expect(b.texts).toEqual(['a: hello', 'a: fresh'])
  })

  test('F94e: what waited for its turn is dropped, and whoever waits for answers is told', async () => {
    const { a, b } = await met()
    a.nats.holds = true
    a.transport.send('b', kib(2048), 'bulk')
    a.send('b', 'an urgent one')
    a.nats.disconnect()
    await turn()
    expect(a.outcomes.sort()).toEqual(['b bulk unknown', 'b urgent unknown'])
    expect(a.hints).toEqual(['b up', 'b lost'])
    expect(a.counts.nats_dropped).toBe(1)
    a.nats.holds = false
    a.nats.reconnect()
    await turn()
    expect(a.nats.stale).toEqual([])
    expect(b.texts).toEqual(['a: hello'])
  })

  test('parts that had arrived of a batch are given up', async () => {
    const { world, a, b } = await met()
    a.nats.holds = true
    a.transport.send('b', kib(300), 'bulk')
    a.nats.let(2)
    b.nats.disconnect()
    await turn()
    expect(b.counts.nats_partial).toBe(1)
    world.broker.connections[0]!.let(100)
    expect(b.arrivals).toHaveLength(1)
  })

  test('closed for good: it says so, and takes nothing', async () => {
    const { a } = await met()
    a.nats.close()
    await turn()
    expect(a.events.map(({ what }) => what)).toEqual(['disconnected', 'connection-closed'])
    expect(a.send('b', 'x')).toBe(false)
  })

  test('a library that throws: dropped, and nobody is thrown at', async () => {
    const { a, b } = await met()
    a.nats.publishFails = true
    expect(a.send('b', 'x')).toBe(true)
    await turn()
    a.nats.publishFails = false
    a.send('b', 'y')
    await turn()
    expect(b.texts).toEqual(['a: hello', 'a: y'])
    expect(a.counts.nats_dropped).toBe(1)
  })
})

describe('lanes', () => {
  test('no more than a window of bulk is on its way; what is urgent passes the rest', async () => {
    const { a, b } = await met()
    a.nats.holds = true
    for (let i = 0; i < 40; i++) expect(a.transport.send('b', kib(50), 'bulk')).toBe(true)
    expect(a.nats.waitingBytes).toBeLessThan(600 * 1024)
    a.send('b', 'urgent')
    expect(a.nats.waitingBytes).toBeGreaterThan(500 * 1024)
    a.nats.holds = false
    a.nats.let(100)
    for (let i = 0; i < 20; i++) await turn()
    const at = b.arrivals.findIndex(({ batch }) => Buffer.from(batch).toString() === 'urgent')
    expect(at).toBeGreaterThan(0)
    expect(at).toBeLessThan(14)
    expect(b.arrivals).toHaveLength(1 + 40 + 1)
  })

  test('addresses take turns on a lane', async () => {
    const { world, a, b } = await met()
    const c = await world.end('c')
    a.nats.holds = true
    for (let i = 0; i < 40; i++) a.transport.send('b', kib(50), 'bulk')
    a.transport.send('c', kib(50), 'bulk')
    a.nats.holds = false
    a.nats.let(100)
    let before = 0
    c.onBatch = () => {
      before = b.arrivals.length
    }
    while (c.arrivals.length === 0) await turn()
    expect(before).toBeLessThan(20)
  })

  test('what is urgent is bounded too, until the server has taken it', async () => {
    const { a } = await met()
    a.nats.holds = true
    for (let i = 0; i < 200; i++) a.transport.send('b', kib(50), 'urgent')
    expect(a.nats.waitingBytes).toBeLessThan(4.2 * 1024 * 1024)
  })
})

describe('what the server takes at a time', () => {
  test('F94e: batches beyond it go in parts, and arrive whole', async () => {
    const { world, a, b } = await met()
    world.broker.maxPayload = 4096
    const batch = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251)
    for (const lane of ['urgent', 'bulk'] as const) a.transport.send('b', batch, lane)
    for (let i = 0; i < 10; i++) await turn()
    expect(b.arrivals.slice(1).map((arrival) => Buffer.compare(arrival.batch, batch))).toEqual([0, 0])
    expect(Math.max(...a.nats.published.map(({ payload }) => payload.byteLength))).toBe(4096)
  })

  test('it may be less after a reconnection', async () => {
    const { world, a, b } = await met()
    a.nats.disconnect()
    await turn()
    world.broker.maxPayload = 2048
    a.nats.reconnect()
    await turn()
    a.transport.send('b', kib(10), 'bulk')
    await turn()
    expect(b.arrivals.at(-1)!.batch.byteLength).toBe(10 * 1024)
  })

  test('it may be next to nothing after a reconnection: dropped, and that ends', async () => {
    const { world, a, b } = await met()
    a.nats.disconnect()
    await turn()
    world.broker.maxPayload = 16
    a.nats.reconnect()
    await turn()
    a.transport.send('b', kib(1), 'bulk')
    await turn()
    expect(b.arrivals).toHaveLength(1)
    expect(a.events.at(-1)!.what).toBe('publish-failed')
  })

  test('a server that takes next to nothing is refused', async () => {
    const world = new World()
    world.broker.maxPayload = 512
    await expect(world.end('a')).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

describe('nobody listens there', () => {
  test('not-applied where nothing can have arrived', async () => {
    const world = new World()
    const a = await world.end('a')
    a.send('b', 'x')
    a.send('b', 'y')
    await turn()
    expect(a.outcomes).toEqual(['b urgent not-applied'])
    expect(a.hints).toEqual([])
  })

  test('unknown where something may have arrived before', async () => {
    const { a, b } = await met()
    await b.transport.close()
    a.unreachable.length = 0
    a.send('b', 'x')
    await turn()
    // It has said that it goes; what was sent before that is settled. What is sent after finds nobody.
    expect(a.outcomes).toEqual(['b urgent not-applied'])
    const c = await met()
    c.b.nats.isConnected = false
    c.a.send('b', 'x')
    await turn()
    expect(c.a.outcomes).toEqual(['b urgent unknown'])
    expect(c.a.hints).toEqual(['b up', 'b lost'])
  })

  test('unknown where something has left since, and may find somebody', async () => {
    const world = new World()
    const a = await world.end('a')
    a.nats.holds = true
    a.send('b', 'x')
    await turn()
    // The first flush is under way; this is behind it.
    const b = world.make('b')
    a.send('b', 'y')
    a.nats.let(2)
    await turn()
    expect(a.outcomes).toEqual(['b urgent unknown'])
    await b.listen()
    a.nats.let(2)
    expect(b.texts).toEqual(['a: y'])
  })
})
