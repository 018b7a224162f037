/** Who is there, who was, and whose name it is. */
import v8 from 'node:v8'
import vm from 'node:vm'
import { describe, expect, test } from 'vitest'
import { MessageWriter } from '../src/message.ts'
import { End, turn, World } from './end.ts'

async function met(world = new World()): Promise<{ world: World; a: End; b: End }> {
  const [a, b] = [await world.end('a'), await world.end('b')]
  a.send('b', 'hello')
  await turn()
  return { world, a, b }
}

describe('hints', () => {
  test('whoever is heard is up, on both sides, though only one has something to say', async () => {
    const { a, b } = await met()
    expect([a.hints, b.hints]).toEqual([['b up'], ['a up']])
  })

  test('a peer that is there and has nothing to say stays up', async () => {
    const { world, a, b } = await met()
    await world.clock.pass(20_000)
    expect([a.hints, b.hints]).toEqual([['b up'], ['a up']])
    expect(a.unreachable).toEqual([])
  })

  test('one that is killed is lost within a beat, though nothing is sent to it', async () => {
    const { world, a, b } = await met()
    b.nats.isConnected = false
    await world.clock.pass(2100)
    expect(a.hints).toEqual(['b up', 'b lost'])
    expect(a.outcomes).toEqual(['b urgent unknown'])
  })

  test('one that is stopped, and still subscribed, is lost when it has been silent for long', async () => {
    const { world, a, b } = await met()
    // What it would say reaches nobody.
    b.nats.holds = true
    await world.clock.pass(4500)
    expect(a.hints).toEqual(['b up'])
    await world.clock.pass(2000)
    expect(a.hints).toEqual(['b up', 'b lost'])
    expect(a.outcomes).toContain('b urgent unknown')
  })

  test('one that was never heard is given up when it does not answer', async () => {
    const { world, a } = await met()
    const c = await world.end('c')
    c.nats.holds = true
    a.send('c', 'are you there?')
    await world.clock.pass(6000)
    expect(a.outcomes).toEqual(['c urgent unknown'])
    expect(a.hints).toEqual(['b up'])
  })

  test('F93: a pause of its own is held against nobody', async () => {
    const { world, a, b } = await met()
    await world.clock.pass(1500)
    world.clock.jump(60_000)
    await turn()
    await world.clock.pass(3000)
    expect([a.hints, b.hints]).toEqual([['b up'], ['a up']])
  })

  test('one that closes says so', async () => {
    const { a, b } = await met()
    await b.transport.close()
    expect(a.hints).toEqual(['b up', 'b lost'])
  })

  test('F93b: one that was started again is lost and up: what was asked of its former self is not answered', async () => {
    const { world, a, b } = await met()
    b.nats.isConnected = false
    const again = await world.end('b')
    again.send('a', 'I am new')
    await turn()
    expect(a.hints).toEqual(['b up', 'b lost', 'b up'])
    expect(a.outcomes).toEqual(['b urgent unknown'])
  })

  test('one whose connection was lost and is back has missed what was asked meanwhile: it is lost and up', async () => {
    const { world, a, b } = await met()
    b.nats.disconnect()
    await turn()
    b.nats.reconnect()
    await turn()
    await world.clock.pass(2000)
    expect(a.hints).toEqual(['b up', 'b lost', 'b up'])
    expect(b.hints).toEqual(['a up', 'a lost', 'a up'])
  })

  test('clients come and go unannounced, and are answered where they have asked from', async () => {
    const { world, a } = await met()
    const cli = await world.client('cli')
    cli.send('a', 'question')
    await turn()
    const { from } = a.arrivals.at(-1)!
    expect([from.name, from.role]).toEqual(['cli', 'client'])
    expect(a.send(from.reply, 'answer')).toBe(true)
    await turn()
    expect(cli.texts).toEqual(['a: answer'])
    expect(cli.hints).toEqual(['a up'])
    await cli.transport.close()
    expect(a.hints).toEqual(['b up'])
  })

  test('two clients of one name: each hears its own answers', async () => {
    const { world, a } = await met()
    const [one, two] = [await world.client('cli'), await world.client('cli')]
    one.send('a', 'from one')
    two.send('a', 'from two')
    await turn()
    for (const { from, batch } of a.arrivals.slice(-2)) a.send(from.reply, `for ${Buffer.from(batch)}`)
    await turn()
    expect(one.texts).toEqual(['a: for from one'])
    expect(two.texts).toEqual(['a: for from two'])
  })

  test('a client whose connection was lost is another one: answers to the former are not for it', async () => {
    const { world, a } = await met()
    const cli = await world.client('cli')
    cli.send('a', 'question')
    await turn()
    const { reply } = a.arrivals.at(-1)!.from
    cli.nats.disconnect()
    await turn()
    cli.nats.reconnect()
    await turn()
    a.send(reply, 'late answer')
    await turn()
    expect(cli.texts).toEqual([])
  })
})

describe('a name', () => {
  test('is taken while somebody answers to it, who goes on', async () => {
    const { world, a, b } = await met()
    await expect(world.end('b')).rejects.toMatchObject({ code: 'address-in-use' })
    expect(b.events.map(({ what }) => what)).toEqual(['name-claimed'])
    a.send('b', 'still you?')
    await turn()
    expect(b.texts.at(-1)).toBe('a: still you?')
  })

  test('of one that answers no more is free after a while', async () => {
    const { world, b } = await met()
    b.nats.holds = true
    const next = world.make('b')
    const listening = next.listen()
    await world.clock.pass(1500)
    expect(next.send('a', 'too early')).toBe(false)
    await world.clock.pass(600)
    await listening
    expect(next.send('a', 'hello')).toBe(true)
  })

  test('is asked for by nobody else: whoever claims it from another subject is not answered', async () => {
    const { world, b } = await met()
    const stranger = world.broker.connect()
    const before = b.nats.published.length
    const claim = new MessageWriter('00000000000000ff').write('claim', null)
    stranger.publish('rafted.shop.host.host.urgent.b.mallory', claim, {
      reply: 'rafted.shop.absent.host.mallory.x.0.0',
    })
    stranger.publish('rafted.shop.host.host.urgent.b.b', claim, { reply: 'orders.new' })
    stranger.let(2)
    expect(b.nats.published.slice(before).map(({ subject }) => subject)).not.toContain('orders.new')
    expect(b.nats.published.slice(before).filter(({ payload }) => payload[4] === 6)).toEqual([])
  })

  test('without the right to subscribe it does not listen, and says what is missing', async () => {
    const world = new World()
    const a = world.make('a')
    a.nats.holds = true
    const listening = a.listen()
    a.nats.refuse('rafted.shop.absent.host.a.0.0.0')
    a.nats.let(10)
    await turn()
    a.nats.refuse('rafted.shop.host.host.urgent.a.b')
    a.nats.holds = false
    a.nats.let(10)
    await expect(listening).rejects.toThrow(/hostPermissions/)
  })
})

describe('life', () => {
  test('it can be closed while it begins, and then it does not listen', async () => {
    const world = new World()
    await world.end('a')
    const second = world.make('b')
    second.nats.holds = true
    const listening = second.listen()
    const closed = second.transport.close()
    second.nats.holds = false
    second.nats.let(100)
    await expect(listening).rejects.toMatchObject({ code: 'closed' })
    await closed
    expect(second.nats.listening('rafted.shop.host.host.urgent.b.a')).toEqual([])
  })

  test('closed, it leaves no subscription and no timer, and the connection is as it was', async () => {
    const { world, a, b } = await met()
    await Promise.all([a.transport.close(), b.transport.close()])
    expect(a.nats.listening('rafted.shop.host.host.urgent.a.b')).toEqual([])
    expect(world.clock.timers).toBe(0)
    expect(a.nats.isClosed()).toBe(false)
    const again = new World()
    expect((await again.end('a')).hints).toEqual([])
  })

  test('a server that answers nothing any more does not keep it from closing', async () => {
    const { world, a } = await met()
    a.nats.holds = true
    let isClosed = false
    const closing = a.transport.close().then(() => {
      isClosed = true
    })
    await turn()
    expect(isClosed).toBe(false)
    await world.clock.pass(1000)
    await closing
  })

  test('without a connection there is nothing to listen on', async () => {
    const world = new World()
    const a = world.make('a')
    a.nats.isConnected = false
    await expect(a.listen()).rejects.toMatchObject({ code: 'unreachable', outcome: 'not-applied' })
    a.nats.isConnected = true
    await a.listen()
  })

  test('a receiver that throws is told of, and nothing ends', async () => {
    const { a, b } = await met()
    b.onBatch = () => {
      throw new Error('against its promise')
    }
    a.send('b', 'x')
    await turn()
    expect(b.events.map(({ what }) => what)).toEqual(['receiver-failed'])
  })
})

/** All that nobody can reach is thrown away. */
async function collect(): Promise<void> {
  v8.setFlagsFromString('--expose-gc')
  await turn()
  ;(vm.runInNewContext('gc') as () => void)()
}

test('F94e: a connection outlives many transports: they share one watch of it, and it holds on to none that is closed', async () => {
  const world = new World()
  const nats = world.broker.connect()
  const closed: WeakRef<object>[] = []
  const comeAndGo = async (name: string): Promise<void> => {
    const { transport } = await new End(nats, world.clock, name, { role: 'client' }).listen()
    await transport.close()
    closed.push(new WeakRef(transport))
  }
  for (let i = 0; i < 20; i++) await comeAndGo(`client ${i}`)
  const last = await new End(nats, world.clock, 'the last', { role: 'client' }).listen()
  await collect()
  // The newest may still stand where the engine has put it aside.
  expect(closed.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(2)
  expect(nats.watches).toBe(1)
  nats.disconnect()
  await turn()
  expect(last.events.map(({ what }) => what)).toEqual(['disconnected'])
})
