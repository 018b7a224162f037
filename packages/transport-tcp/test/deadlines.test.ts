/** What is watched by the clock: silence, slowness, and that this side's own pauses are held against nobody. */
import { describe, expect, test } from 'vitest'
import { ALIVE } from '../src/frames.ts'
import { DiallerHandshake } from '../src/handshake.ts'
import { type End, host, meet } from './end.ts'
import { header, RawPeer, selfOf } from './raw-peer.ts'
import { StepClock } from './step-clock.ts'
import { until } from './until.ts'

let clock: StepClock

async function watching(options: Parameters<typeof host>[1] = {}): Promise<End> {
  clock = new StepClock()
  return await host('a', { clock, ...options })
}

async function raw(a: End): Promise<RawPeer> {
  const before = a.hints.length
  const peer = await RawPeer.in(a.address)
  await until(() => a.hints.length > before)
  return peer
}

describe('silence', () => {
  test('F93: a peer that says nothing any more is given up, and lost', async () => {
    const a = await watching()
    const peer = await raw(a)
    await clock.pass(4900)
    expect(a.hints).toEqual(['raw up'])
    await clock.pass(400)
    expect(a.hints).toEqual(['raw up', 'raw lost'])
    expect(a.codes('lost')).toEqual(['unreachable'])
    await until(() => peer.closed)
    // No timer for nobody.
    expect(clock.timers).toBe(0)
  })

  test('a peer that has nothing to say says that it lives, and stays', async () => {
    const a = await watching()
    const b = await host('b', { clock })
    await meet(a, b)
    await clock.pass(30_000)
    expect([a.hints, b.hints]).toEqual([['b up'], ['a up']])
    expect(a.texts).toEqual([])
  })

  test('a sign of life each second, and none while there is something else', async () => {
    const a = await watching()
    const peer = await raw(a)
    const alive = (): number =>
      peer.received.toString('hex').split(Buffer.from(header(ALIVE)).toString('hex')).length - 1
    await clock.pass(1300)
    await until(() => alive() === 1)
    for (let i = 0; i < 4; i++) {
      a.send('127.0.0.1:9', 'x')
      await clock.pass(900)
      peer.write(ALIVE)
    }
    expect(alive()).toBe(1)
  })

  test('F93: a process that stood still itself gives nobody up for it', async () => {
    const a = await watching()
    const peer = await raw(a)
    await clock.pass(2000)
    clock.jump(60_000)
    await clock.pass(2000)
    expect(a.hints).toEqual(['raw up'])
    await clock.pass(2000)
    expect(a.hints).toEqual(['raw up', 'raw lost'])
    await until(() => peer.closed)
  })
})

describe('slowness', () => {
  test('F94a: who dials and says nothing, or something bit by bit, is out when the time for it is over', async () => {
    const a = await watching()
    const [mute, slow] = [await RawPeer.dial(a.address), await RawPeer.dial(a.address)]
    const { first } = new DiallerHandshake(selfOf('raw'), 'urgent')
    for (let i = 0; i < 28; i++) {
      slow.write(first.subarray(i, i + 1))
      await clock.pass(100)
    }
    expect([mute.closed, slow.closed]).toEqual([false, false])
    await clock.pass(500)
    await until(() => mute.closed && slow.closed)
    expect(a.counts.tcp_failed_handshakes).toBe(2)
    expect(clock.timers).toBe(0)
  })

  test.each([
    ['header', header(5).subarray(0, 2), 10_000],
    ['batch', Buffer.concat([header(640_000), new Uint8Array(5)]), 20_000],
  ])('F94: a %s that is begun and not ended in its time ends the connection', async (_, bytes, ms) => {
    const a = await watching()
    const peer = await raw(a)
    peer.write(bytes)
    await clock.pass(100)
    for (let passed = 100; passed < ms - 500; passed += 900) {
      // It says something all the time.
      if (bytes.byteLength > 4) peer.write(Uint8Array.of(1))
      else await raw(a)
      await clock.pass(900)
    }
    if (bytes.byteLength > 4) {
      expect(peer.closed).toBe(false)
      await clock.pass(2000)
    }
    await until(() => peer.closed)
    expect(a.codes('lost')).toContain('unreachable')
  })

  test('F94d: a peer that lives and does not read keeps a bounded queue, and is given up', async () => {
    const a = await watching({ maxQueueBytes: 2_000_000, maxBatchBytes: 100_000 })
    const peer = await raw(a)
    peer.socket.pause()
    const batch = new Uint8Array(100_000)
    let refused = false
    for (let round = 0; round < 1000 && !refused; round++) {
      refused = !a.transport.send('127.0.0.1:9', batch, 'urgent')
      for (let i = 0; i < 9; i++) a.transport.send('127.0.0.1:9', batch, 'urgent')
      await clock.pass(50)
    }
    expect(refused).toBe(true)
    // Other peers are served meanwhile, and this one on its other lane.
    const other = await RawPeer.in(a.address, selfOf('other', { address: '127.0.0.1:10' }))
    const bulk = await RawPeer.in(a.address, selfOf('bulk', { address: '127.0.0.1:9' }), 'bulk')
    await until(() => a.hints.length === 3)
    expect([a.send('127.0.0.1:10', 'x'), a.send('127.0.0.1:9', 'x', 'bulk')]).toEqual([true, true])
    await until(() => other.received.byteLength > 0 && bulk.received.byteLength > 0)
    for (let ms = 0; ms < 40_000 && !a.hints.includes('raw lost'); ms += 1000) {
      for (const one of [peer, other, bulk]) one.write(ALIVE)
      await clock.pass(1000)
    }
    expect(a.hints).toEqual(['raw up', 'other up', 'bulk up', 'raw lost'])
    expect(a.counts.tcp_dropped).toBeGreaterThan(0)
    peer.socket.resume()
    await until(() => peer.closed)
  })
})
