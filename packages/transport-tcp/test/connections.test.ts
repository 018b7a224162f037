/** Who is connected to whom, and what becomes of what is sent meanwhile. */
import { describe, expect, test } from 'vitest'
import { FrameReader } from '../src/frames.ts'
import type { Seals } from '../src/seals.ts'
import { client, type End, host, meet } from './end.ts'
import { listening, RawPeer, rawListener, selfOf } from './raw-peer.ts'
import { StepClock } from './step-clock.ts'
import { until } from './until.ts'

/** What a raw peer has been sent since its handshake. */
function batchesAt(peer: RawPeer): string[] {
  const texts: string[] = []
  const seals = peer.seals === null ? null : ({ isNext: () => true } as unknown as Seals)
  new FrameReader(2 ** 30, (batch) => texts.push(Buffer.from(batch).toString()), seals).take(peer.received)
  return texts
}

/** A listener that lets everybody in. */
async function openDoor(name = 'raw'): Promise<{ address: string; peers: RawPeer[] }> {
  const peers: RawPeer[] = []
  const { address } = await rawListener((peer) => {
    peer.shakeHands(listening(name, { address })).then(
      () => peers.push(peer),
      () => {},
    )
  })
  return { address, peers }
}

describe('one connection', () => {
  test('per pair of hosts and lane: whoever was dialled answers over it, and dials nobody', async () => {
    const a = await host('a')
    const door = await openDoor()
    a.send(door.address, 'one')
    a.send(door.address, 'two')
    await until(() => door.peers.length === 1 && batchesAt(door.peers[0]!).length === 2)
    a.send(door.address, 'large', 'bulk')
    await until(() => door.peers.length === 2 && batchesAt(door.peers[1]!).length === 1)
    a.send(door.address, 'three')
    await until(() => batchesAt(door.peers[0]!).length === 3)
    // And one that has dialled is sent to over what it has dialled, under the address that it is said to be dialled at.
    const raw = await RawPeer.in(a.address, selfOf('other', { address: 'nobody.example:9' }))
    await until(() => a.hints.includes('other up'))
    expect(a.send('nobody.example:9', 'hello')).toBe(true)
    await until(() => batchesAt(raw).includes('hello'))
    expect(door.peers).toHaveLength(2)
  })

  test('per direction, if both dial at once; nothing is lost', async () => {
    const [a, b] = [await host('a'), await host('b')]
    for (let i = 0; i < 20; i++) {
      a.send(b.address, `a${i}`)
      b.send(a.address, `b${i}`)
    }
    await until(() => a.texts.length === 20 && b.texts.length === 20)
    expect(b.texts).toEqual(Array.from({ length: 20 }, (_, i) => `a: a${i}`))
    expect([a.hints, b.hints]).toEqual([['b up'], ['a up']])
  })

  test.each([
    ['with a secret', {}],
    ['without one', { secret: undefined }],
  ])('carries batches of all lengths, alone and together, whole and in order, %s', async (_how, options) => {
    const [a, b] = [await host('a', options), await host('b', options)]
    const lengths = [0, 1, 1000, 16_379, 16_380, 16_381, 1, 0, 8186, 8190, 8194, 300_000, 1]
    const batches = lengths.map((length, i) => Buffer.alloc(length, i))
    for (const [i, batch] of batches.entries()) {
      a.transport.send(b.address, batch, 'urgent')
      await until(() => b.arrivals.length === i + 1)
    }
    const expectArrived = (sent: readonly Buffer[]): void =>
      expect(b.arrivals.splice(0).map(({ batch }, i) => sent[i]!.equals(batch))).toEqual(sent.map(() => true))
    expectArrived(batches)
    for (const together of [batches, batches.filter(({ length }) => length <= 1000)]) {
      for (const batch of together) a.transport.send(b.address, batch, 'urgent')
      await until(() => b.arrivals.length === together.length)
      expectArrived(together)
    }
  })

  test('to itself', async () => {
    const a = await host('a')
    a.send(a.address, 'me')
    await until(() => a.texts.length === 1)
    expect([a.texts, a.hints]).toEqual([['a: me'], []])
  })

  test('of a client is answered over, on whichever lane it has dialled', async () => {
    const [a, c] = [await host('a'), await client('c')]
    a.onBatch = ({ reply }, batch) => {
      a.transport.send(reply, batch, 'urgent')
      a.transport.send(reply, batch, 'bulk')
    }
    c.send(a.address, 'one', 'bulk')
    await until(() => c.texts.length === 2)
    c.send(a.address, 'two')
    await until(() => c.texts.length === 4)
    expect(new Set(a.arrivals.map(({ from }) => from.reply)).size).toBe(1)
    expect(a.arrivals[0]!.from).toMatchObject({ name: 'c', role: 'client' })
    expect([a.hints, c.hints]).toEqual([[], ['a up']])
    const { reply } = a.arrivals[0]!.from
    await c.transport.close()
    await until(() => !a.send(reply, 'gone'))
    // Not the same as a client of the same name that comes later.
    const next = await client('c')
    next.send(a.address, 'three')
    await until(() => next.texts.length === 2)
    expect(a.arrivals.at(-1)!.from.reply).not.toBe(reply)
    expect(a.send(reply, 'gone')).toBe(false)
  })

  test('carries nothing larger than the other side takes', async () => {
    const [a, b] = [await host('a'), await host('b', { maxBatchBytes: 1000, maxQueueBytes: 1000 })]
    a.transport.send(b.address, new Uint8Array(1001), 'urgent')
    await meet(a, b)
    expect(a.counts.tcp_dropped).toBe(1)
    expect(a.transport.send(b.address, new Uint8Array(1001), 'urgent')).toBe(false)
    expect(a.transport.send(b.address, new Uint8Array(1000), 'urgent')).toBe(true)
    await until(() => b.arrivals.length === 2)
    expect(b.counts.tcp_violations).toBeUndefined()
  })
})

describe('hints', () => {
  test('a host that closes is lost at once, and up when it is back', async () => {
    const [a, b] = [await host('a'), await host('b')]
    await meet(a, b)
    a.send(b.address, 'x', 'bulk')
    await until(() => b.texts.length === 2)
    await b.transport.close()
    await until(() => a.hints.length === 2)
    const again = await host('b', { listen: b.address })
    await meet(again, a)
    expect(a.hints).toEqual(['b up', 'b lost', 'b up'])
    expect(b.hints).toEqual(['a up'])
  })

  test('F93b: a host that was started again before its former connections ended is lost and up, and sent to anew', async () => {
    const a = await host('a')
    const address = 'b.example:9'
    const former = await RawPeer.in(a.address, selfOf('b', { address }))
    await until(() => a.hints.length === 1)
    const present = await RawPeer.in(a.address, selfOf('b', { address }))
    await until(() => a.hints.length === 3)
    a.send(address, 'news')
    await until(() => batchesAt(present).length === 1)
    former.socket.destroy()
    await until(
      () => a.transport.send(address, Buffer.from('more'), 'urgent') && batchesAt(present).includes('more'),
    )
    expect(a.hints).toEqual(['b up', 'b lost', 'b up'])
    expect(batchesAt(former)).toEqual([])
  })

  test('F93b: the new connection of such a host counts, though the former one was dialled from here', async () => {
    const a = await host('a')
    const door = await openDoor('b')
    a.send(door.address, 'old')
    await until(() => door.peers.length === 1 && batchesAt(door.peers[0]!).length === 1)
    const present = await RawPeer.in(a.address, selfOf('b', { address: door.address }))
    await until(() => a.hints.length === 3)
    a.send(door.address, 'news')
    await until(() => batchesAt(present).length === 1)
    expect(batchesAt(door.peers[0]!)).toEqual(['old'])
  })
})

describe('dialling', () => {
  /** Sends until a batch is taken, as time passes. @returns how many milliseconds that took. */
  async function untilTaken(a: End, clock: StepClock, address: string): Promise<number> {
    for (let ms = 0; ; ms += 5) {
      if (a.send(address, 'again')) return ms
      clock.jump(5)
    }
  }

  test('F93c: an address that fails is left alone for longer each time, up to a second; what waited is dropped', async () => {
    const clock = new StepClock()
    const a = await host('a', { clock })
    const b = await host('b')
    await b.transport.close()
    expect(a.send(b.address, 'stale')).toBe(true)
    expect(a.send(b.address, 'stale')).toBe(true)
    const pauses: number[] = []
    for (let failures = 1; failures <= 9; failures++) {
      await until(() => a.events.length === failures)
      pauses.push(await untilTaken(a, clock, b.address))
    }
    for (const [i, pause] of pauses.entries()) {
      const most = Math.min(1000, 20 * 2 ** i)
      expect(pause, `pause ${i}`).toBeGreaterThanOrEqual(most / 2)
      expect(pause, `pause ${i}`).toBeLessThanOrEqual(most + 5)
    }
    await until(() => a.events.length === 10)
    expect(a.counts).toEqual({ tcp_dropped: 11, tcp_failed_handshakes: 10 })
    expect(new Set(a.codes('handshake-failed'))).toEqual(new Set(['unreachable']))
    // The first is worth a warning, the others are not.
    expect(a.events.map(({ level }) => level)).toEqual(['warn', ...Array(9).fill('debug')])
    const back = await host('b', { listen: b.address })
    clock.jump(1000)
    a.send(back.address, 'news')
    await until(() => back.texts.length === 1)
    expect(back.texts).toEqual(['a: news'])
  })

  test('F93c: a connection that is ended soon after it was let in counts as a failure: no circle of dialling', async () => {
    const clock = new StepClock()
    const a = await host('a', { clock })
    const door = await openDoor()
    for (let round = 1; round <= 4; round++) {
      await untilTaken(a, clock, door.address)
      await until(() => door.peers.length === round)
      door.peers[round - 1]!.socket.destroy()
      await until(() => a.hints.length === 2 * round)
    }
    const pause = await untilTaken(a, clock, door.address)
    expect(pause).toBeGreaterThanOrEqual(80)
    // One that has lasted is dialled at once.
    await until(() => door.peers.length === 5 && a.hints.length === 9)
    clock.jump(2100)
    door.peers[4]!.socket.destroy()
    await until(() => a.hints.length === 10)
    expect(a.send(door.address, 'at once')).toBe(true)
  })

  test('what waits for a connection is bounded, and never older than a handshake may take', async () => {
    const clock = new StepClock()
    const a = await host('a', { clock, maxQueueBytes: 1000, maxBatchBytes: 1000 })
    let silent: RawPeer | null = null
    const { address } = await rawListener((peer) => {
      silent = peer
    })
    let taken = 0
    while (a.transport.send(address, new Uint8Array(100), 'urgent')) taken += 1
    expect(taken).toBe(10)
    await until(() => silent !== null && silent.received.byteLength > 0)
    await clock.pass(2900)
    expect(a.events).toEqual([])
    await clock.pass(200)
    expect(a.codes('handshake-failed')).toEqual(['unreachable'])
    expect(a.counts.tcp_dropped).toBe(10)
    await until(() => silent!.closed)
  })

  test('as many addresses as there is room for; those that only failed make room', async () => {
    const clock = new StepClock()
    const a = await host('a', { clock, maxAddresses: 2 })
    const doors = [await openDoor(), await openDoor(), await openDoor()]
    const gone = await host('gone')
    await gone.transport.close()
    a.send(gone.address, 'x')
    await until(() => a.events.length === 1)
    expect(a.send(doors[0]!.address, 'x')).toBe(true)
    expect(a.send(doors[1]!.address, 'x')).toBe(true)
    expect(a.send(doors[2]!.address, 'x')).toBe(false)
    expect(a.send(doors[2]!.address, 'x', 'bulk')).toBe(true)
    await until(() => doors.every(({ peers }) => peers.length === 1))
  })

  test('without a secret, another machine is not dialled, and whoever observes is told the line to add', async () => {
    const a = await host('a', { secret: undefined })
    expect(a.send('192.0.2.1:9', 'x')).toBe(false)
    expect(a.events).toHaveLength(1)
    expect(a.events[0]).toMatchObject({
      level: 'error',
      what: 'dial-failed',
      error: {
        code: 'invalid-argument',
        message: expect.stringMatching(/Add: secret: process.env.RAFTED_SECRET$/),
      },
    })
    const b = await host('b', { secret: undefined })
    await meet(a, b)
  })

  test('hosts of another cluster, secret or version are told from those that are down, on both sides', async () => {
    const b = await host('b')
    for (const [changes, code] of [
      [{ cluster: 'other' }, 'wrong-cluster'],
      [{ secret: 'another one altogether' }, 'wrong-secret'],
      [{ secret: undefined }, 'wrong-secret'],
    ] as const) {
      const a = await host('a', changes)
      const before = b.events.length
      a.send(b.address, 'x')
      await until(() => a.events.length > 0 && b.events.length > before)
      expect(a.codes('handshake-failed')).toEqual([code])
      expect(b.codes('handshake-failed').at(-1)).toBe(code)
    }
    expect([b.arrivals, b.hints]).toEqual([[], []])
  })
})

describe('an address that nothing gets to', () => {
  const told = (end: End): unknown[] =>
    end.unreachable.map(({ address, lane, error }) => [address, lane, error.code, error.outcome])

  test('nobody listens there, or the other side refuses: nothing has left, and the receiver is told why', async () => {
    const gone = await host('gone')
    await gone.transport.close()
    const stranger = await host('stranger', { secret: 'another one altogether' })
    const elsewhere = await host('elsewhere', { cluster: 'other' })
    const a = await host('a')
    a.send(gone.address, 'x')
    await until(() => a.unreachable.length === 1)
    a.send(stranger.address, 'x', 'bulk')
    await until(() => a.unreachable.length === 2)
    a.send(elsewhere.address, 'x')
    await until(() => a.unreachable.length === 3)
    expect(told(a)).toEqual([
      [gone.address, 'urgent', 'unreachable', 'not-applied'],
      [stranger.address, 'bulk', 'wrong-secret', 'not-applied'],
      [elsewhere.address, 'urgent', 'wrong-cluster', 'not-applied'],
    ])
  })

  test('what is no address, or may not be dialled: the receiver is told before `send` answers', async () => {
    const a = await host('a', { secret: undefined })
    expect(a.send('b', 'x')).toBe(false)
    expect(told(a)).toEqual([['b', 'urgent', 'invalid-argument', 'not-applied']])
    expect(a.send('192.0.2.1:9', 'x')).toBe(false)
    expect(told(a)[1]).toEqual(['192.0.2.1:9', 'urgent', 'invalid-argument', 'not-applied'])
    expect(a.unreachable[1]!.error.message).toMatch(/Add: secret: process.env.RAFTED_SECRET$/)
  })

  test('the last connection is lost: what was sent may have arrived', async () => {
    const a = await host('a')
    const door = await openDoor('b')
    a.send(door.address, 'x')
    await until(() => door.peers.length === 1 && batchesAt(door.peers[0]!).length === 1)
    const second = await RawPeer.in(a.address, selfOf('b', { address: door.address }))
    second.socket.destroy()
    door.peers[0]!.socket.destroy()
    await until(() => a.hints.at(-1) === 'b lost')
    expect(told(a)).toEqual([[door.address, 'urgent', 'unreachable', 'unknown']])
  })

  test('a receiver that throws does no harm; after closing it hears nothing', async () => {
    const a = await host('a')
    const b = await host('b')
    await meet(a, b)
    a.unreachable.push = () => {
      throw new Error('receivers must not throw')
    }
    expect(a.send('no address', 'x')).toBe(false)
    expect(a.events.at(-1)).toMatchObject({ what: 'receiver-failed' })
    await b.transport.close()
    expect(told(b)).toEqual([])
  })
})

describe('closing', () => {
  test('what was sent before still leaves', async () => {
    const [a, b] = [await host('a', { maxBatchBytes: 3_000_000 }), await host('b')]
    await meet(a, b)
    a.transport.send(b.address, new Uint8Array(3_000_000), 'urgent')
    a.send(b.address, 'goodbye')
    await a.transport.close()
    await until(() => b.texts.at(-1) === 'a: goodbye')
    expect(b.arrivals).toHaveLength(3)
    await until(() => b.hints.length === 2)
  })

  test('a peer that does not read holds it up for half a second at most', async () => {
    const clock = new StepClock()
    const a = await host('a', { clock, maxBatchBytes: 30_000_000 })
    const peer = await RawPeer.in(a.address, selfOf('raw', { largest: 2 ** 30 }))
    await until(() => a.hints.length === 1)
    peer.socket.pause()
    a.transport.send('127.0.0.1:9', new Uint8Array(30_000_000), 'urgent')
    let closed = false
    const closing = a.transport.close().then(() => {
      closed = true
    })
    await clock.pass(450)
    expect(closed).toBe(false)
    clock.jump(50)
    await closing
    expect([a.hints, clock.timers]).toEqual([['raw up'], 0])
  })
})
