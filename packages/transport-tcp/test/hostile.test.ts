/** Whoever connects and means no good, or has lost its mind: it is thrown out, counted, and nobody else notices. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALIVE } from '../src/frames.ts'
import { DiallerHandshake } from '../src/handshake.ts'
import { SEAL_BYTES, Seals } from '../src/seals.ts'
import { type End, host, meet, SECRET } from './end.ts'
import { header, RawPeer, rawListener, selfOf } from './raw-peer.ts'
import { StepClock } from './step-clock.ts'
import { until } from './until.ts'

/** Changes a few places of bytes: other values, pieces cut out, pieces twice. */
const mutations = fc.array(
  fc.record({
    // Ten-thousandths: drawn doubles are nearly always next to nothing.
    at: fc.nat(9999).map((place) => place / 10_000),
    kind: fc.constantFrom('set', 'cut', 'twice'),
    byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    length: fc.nat(40),
  }),
  { minLength: 1, maxLength: 4 },
)

type Mutations = typeof mutations extends fc.Arbitrary<infer T> ? T : never

function mutated(bytes: Uint8Array, changes: Mutations): Buffer {
  let result = Buffer.from(bytes)
  for (const { at, kind, byte, length } of changes) {
    const place = Math.min(result.byteLength - 1, Math.floor(at * result.byteLength))
    const piece = result.subarray(place, place + length)
    if (kind === 'set') result[place] = byte
    else if (kind === 'cut')
      result = Buffer.concat([result.subarray(0, place), result.subarray(place + length)])
    else result = Buffer.concat([result.subarray(0, place), piece, piece, result.subarray(place + length)])
    if (result.byteLength === 0) result = Buffer.from([byte])
  }
  return result
}

async function honest(a: End): Promise<void> {
  const b = await host('honest')
  await meet(b, a)
  await meet(a, b)
  await b.transport.close()
}

describe('F94: hostile bytes', () => {
  test('before the handshake: nothing comes of them but a closed connection', async () => {
    const a = await host('a')
    const { first } = new DiallerHandshake(selfOf('raw'), 'urgent')
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      mutations.map((changes) => mutated(first, changes)),
      fc.constant(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
      fc.constant(Buffer.concat([first, first])),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const peer = await RawPeer.dial(a.address)
        peer.socket.end(sent)
        await until(() => peer.closed)
      }),
      { numRuns: 200 },
    )
    expect([a.arrivals, a.hints]).toEqual([[], []])
    await honest(a)
  })

  test('after it: batches as they were sent, or a closed connection, counted', async () => {
    const largest = 20_000
    const a = await host('a', { maxBatchBytes: largest, secret: undefined })
    let violations = 0
    const frames = fc
      .array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 })
      .map((batches) => Buffer.concat(batches.flatMap((batch) => [header(batch.byteLength), batch])))
    await fc.assert(
      fc.asyncProperty(frames, mutations, async (stream, changes) => {
        a.arrivals.length = 0
        const sent = mutated(stream, changes)
        const peer = await RawPeer.in(a.address, selfOf('raw', { secret: null }))
        peer.socket.end(sent)
        await until(() => peer.closed)
        const expected = taken(sent, largest)
        if (expected.violation) violations += 1
        await until(() => (a.counts.tcp_violations ?? 0) === violations)
        expect(a.arrivals.map(({ batch }) => Buffer.from(batch).toString('hex'))).toEqual(
          expected.batches.map((batch) => batch.toString('hex')),
        )
        expect(a.arrivals.every(({ from }) => from.name === 'raw')).toBe(true)
      }),
      { numRuns: 200 },
    )
    expect(violations).toBeGreaterThan(20)
    const b = await host('honest', { secret: undefined })
    await meet(b, a)
    await meet(a, b)
  })

  test('F93f: with a secret nothing arrives from the first change on, wherever it is', async () => {
    const a = await host('a')
    let changed = 0
    const batches = fc.array(fc.uint8Array({ minLength: 50, maxLength: 300 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(batches, mutations, async (all, changes) => {
        a.arrivals.length = 0
        const peer = await RawPeer.in(a.address)
        const sealed = all.flatMap((batch) => {
          const head = header(batch.byteLength)
          return [head, batch, peer.seals!.outbound.make(head, batch)]
        })
        const stream = Buffer.concat(sealed)
        const sent = mutated(stream, changes)
        const first = sent.findIndex((byte, at) => byte !== stream[at])
        const same = first === -1 ? Math.min(sent.byteLength, stream.byteLength) : first
        peer.socket.end(sent)
        await until(() => peer.closed)
        await until(() => a.hints.length % 2 === 0)
        let end = 0
        const whole = all.filter((batch) => {
          end += batch.byteLength + 4 + SEAL_BYTES
          return end <= same
        })
        if (whole.length < all.length) changed += 1
        expect(a.arrivals.map(({ batch }) => Buffer.from(batch).toString('hex'))).toEqual(
          whole.map((batch) => Buffer.from(batch).toString('hex')),
        )
      }),
      { numRuns: 100 },
    )
    expect(changed).toBeGreaterThan(20)
    await honest(a)
  })

  test('F93f: with a secret no frame arrives twice, out of its order, or at whoever has sent it, and none is forged', async () => {
    const bytes = Buffer.from('a batch')
    const head = header(bytes.byteLength)
    const frame = (seal: Uint8Array): Uint8Array => Buffer.concat([head, bytes, seal])
    const wrong: readonly ((peer: RawPeer) => readonly Uint8Array[])[] = [
      ({ seals }) => {
        const seal = seals!.outbound.make(head, bytes)
        return [frame(seal), frame(seal)]
      },
      ({ seals }) => {
        const [first, second] = [seals!.outbound.make(head, bytes), seals!.outbound.make(head, bytes)]
        return [frame(second!), frame(first!)]
      },
      // One letter is another.
      ({ seals }) => [head, Buffer.from('a catch'), seals!.outbound.make(head, bytes)],
      // As the other side would seal it.
      ({ seals }) => [frame(seals!.inbound.make(head, bytes))],
      () => [frame(new Uint8Array(SEAL_BYTES))],
      () => [frame(new Seals(Buffer.from(SECRET)).make(head, bytes))],
      // A sign of life, which would keep alive what is dead.
      () => [header(ALIVE), new Uint8Array(SEAL_BYTES)],
    ]
    for (const [i, sent] of wrong.entries()) {
      const a = await host('a')
      const peer = await RawPeer.in(a.address)
      for (const part of sent(peer)) peer.socket.write(part)
      await until(() => peer.closed)
      expect(a.counts.tcp_violations, `case ${i}`).toBe(1)
      expect(a.arrivals, `case ${i}`).toHaveLength(i === 0 ? 1 : 0)
    }
  })

  /** What the protocol makes of a stream that ends. */
  function taken(stream: Buffer, largest: number): { batches: Buffer[]; violation: boolean } {
    const batches: Buffer[] = []
    let at = 0
    while (stream.byteLength - at >= 4) {
      const length = stream.readUInt32LE(at)
      at += 4
      if (length === 0x80000000) continue
      if (length > largest) return { batches, violation: true }
      if (stream.byteLength - at < length) break
      batches.push(stream.subarray(at, at + length))
      at += length
    }
    return { batches, violation: false }
  }

  test('a length beyond the limit closes at once, with one event that names the sender', async () => {
    const a = await host('a', { maxBatchBytes: 1000 })
    const peer = await RawPeer.in(a.address)
    peer.write(1000, new Uint8Array(1000), 1001)
    await until(() => peer.closed && a.hints.length === 2)
    expect(a.arrivals).toHaveLength(1)
    expect(a.counts).toEqual({ tcp_violations: 1 })
    expect(a.events).toHaveLength(1)
    expect(a.events[0]).toMatchObject({ level: 'warn', what: 'violation', error: { code: 'bad-bytes' } })
  })

  test('a listener that answers with nonsense, or hangs up, costs a failed handshake', async () => {
    for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', 'RFTH\u0003', '']) {
      const a = await host('a')
      const { address } = await rawListener((peer) => peer.socket.end(answer))
      a.send(address, 'x')
      await until(() => a.events.length === 1)
      expect(a.counts).toEqual({ tcp_dropped: 1, tcp_failed_handshakes: 1 })
    }
  })

  test('events about it are limited, counts are not', async () => {
    const clock = new StepClock()
    const a = await host('a', { clock })
    const nonsense = async (): Promise<void> => {
      const before = a.counts.tcp_failed_handshakes ?? 0
      const peer = await RawPeer.dial(a.address)
      peer.socket.end('nonsense')
      await until(() => peer.closed && a.counts.tcp_failed_handshakes === before + 1)
    }
    for (let i = 0; i < 25; i++) await nonsense()
    expect(a.events).toHaveLength(20)
    clock.jump(1000)
    await nonsense()
    expect(a.events).toHaveLength(21)
  })

  test('what a receiver or an observer throws ends nothing', async () => {
    const a = await host('a')
    a.onBatch = () => {
      throw new Error('against its promise')
    }
    const b = await host('b', {
      observer: {
        event: () => {
          throw new Error('out of order')
        },
        count: () => {
          throw new Error('out of order')
        },
      },
    })
    await meet(b, a)
    await meet(b, a)
    expect(a.events[0]).toMatchObject({ what: 'receiver-failed', level: 'error' })
    b.send('127.0.0.1:1', 'x')
    const peer = await RawPeer.dial(b.address)
    peer.socket.end('nonsense')
    await until(() => peer.closed)
    await meet(b, a)
  })
})

describe('F94a: too many connections', () => {
  test('in all, or from one IP address: no more are let in, until some end', async () => {
    for (const limit of ['maxConnections', 'maxConnectionsPerIp'] as const) {
      const a = await host('a', { [limit]: 2 })
      const peers = [await RawPeer.in(a.address, selfOf('b')), await RawPeer.in(a.address, selfOf('c'))]
      const third = await RawPeer.dial(a.address)
      await until(() => third.closed)
      expect(a.counts).toEqual({ tcp_refused: 1 })
      expect(a.codes('refused')).toEqual(['overloaded'])
      peers[0]!.socket.destroy()
      await until(() => a.hints.includes('b lost'))
      const fourth = await RawPeer.in(a.address, selfOf('d'))
      await until(() => a.hints.includes('d up'))
      expect([peers[1]!.closed, fourth.closed]).toEqual([false, false])
    }
  })

  test('that have not said who they are: the oldest of them makes room, nobody else', async () => {
    const a = await host('a', { maxUnauthenticated: 3 })
    const inside = await RawPeer.in(a.address)
    const mute: RawPeer[] = []
    for (let i = 0; i < 5; i++) {
      mute.push(await RawPeer.dial(a.address))
      await until(() => mute.filter(({ closed }) => closed).length === Math.max(0, i - 2))
    }
    expect(mute.map(({ closed }) => closed)).toEqual([true, true, false, false, false])
    await honest(a)
    expect(inside.closed).toBe(false)
    expect(a.counts.tcp_refused).toBeGreaterThanOrEqual(2)
  })
})
