/** What a transport says of batches that arrive, and of whom they are from. */
import assert from 'node:assert/strict'
import type { Lane } from '@rafted/contracts'
import type { Claims } from './case.ts'
import { batchOf, End, sameBytes, type TransportPlace, textOf } from './transport-place.ts'

const LANES: readonly Lane[] = ['urgent', 'bulk']

export const carrying: Claims<TransportPlace> = {
  'send: the same bytes arrive, on either lane, whatever their number': async (place) => {
    const [a, b] = [await End.at(place, 'a'), await End.at(place, 'b')]
    let seed = 0
    for (const lane of LANES)
      for (const size of [1, 2, 100, 4096, 65_537, a.transport.maxBatchBytes]) {
        const batch = batchOf(size, ++seed)
        await a.deliver(b, batch, lane)
        b.arrivals.length = 0
      }
  },

  'send: a batch arrives whole or not at all, and nothing that was not sent': async (place) => {
    const [a, b, c] = [await End.at(place, 'a'), await End.at(place, 'b'), await End.at(place, 'c', 'client')]
    const sent = new Map<string, Uint8Array[]>([
      ['a', []],
      ['c', []],
    ])
    let seed = 0
    for (let round = 0; round < 10; round++) {
      for (const from of [a, c])
        for (let i = 0; i < 10; i++) {
          const batch = batchOf(4 + ((seed * 61) % 3000), ++seed)
          sent.get(from.name)!.push(batch)
          from.transport.send(b.address, batch, LANES[i % 2]!)
        }
      await place.settle()
    }
    await a.deliver(b, batchOf(10, ++seed))
    sent.get('a')!.push(batchOf(10, seed))
    for (const { from, batch } of b.arrivals)
      assert.ok(
        sent.get(from.name)?.some((one) => sameBytes(one, batch)),
        `${textOf(batch)} arrived from "${from.name}", who never sent it`,
      )
  },

  'send: arrives where it was sent, and nowhere else': async (place) => {
    const ends = await Promise.all(['a', 'b', 'c'].map((name) => End.at(place, name)))
    let seed = 0
    for (const from of ends)
      for (const to of ends) if (from !== to) await from.deliver(to, batchOf(8, ++seed))
    seed = 0
    const allowed = new Map(ends.map((end) => [end, [] as number[]]))
    for (const from of ends) for (const to of ends) if (from !== to) allowed.get(to)!.push(++seed)
    for (const end of ends)
      for (const { batch } of end.arrivals)
        assert.ok(
          allowed.get(end)!.some((seed) => sameBytes(batchOf(8, seed), batch)),
          `"${end.name}" received what was for another`,
        )
  },

  'onBatch: from.name and from.role are those of the sender, whatever the batch says': async (place) => {
    const b = await End.at(place, 'b')
    const client = await End.at(place, 'mallory', 'client')
    const host = await End.at(place, 'a')
    const forged = new TextEncoder().encode('{"name":"a","role":"peer","reply":"a","from":"a"}')
    const { from } = await client.deliver(b, forged)
    assert.deepEqual([from.name, from.role], ['mallory', 'client'])
    const { from: true_ } = await host.deliver(b, batchOf(20, 1))
    assert.deepEqual([true_.name, true_.role], ['a', 'peer'])
  },

  'onBatch: an answer to from.reply arrives at the sender': async (place) => {
    const b = await End.at(place, 'b')
    let seed = 0
    for (const from of [await End.at(place, 'a'), await End.at(place, 'cli', 'client')]) {
      const arrival = await from.deliver(b, batchOf(9, ++seed))
      const answer = await b.deliver(from, batchOf(10, ++seed), 'urgent', arrival.from.reply)
      assert.deepEqual([answer.from.name, answer.from.role], ['b', 'peer'])
    }
  },

  'onBatch: the array is the receiver’s own': async (place) => {
    const [a, b, c] = [await End.at(place, 'a'), await End.at(place, 'b'), await End.at(place, 'c')]
    for (const size of [50, 5000]) {
      // Each receiver overwrites what it gets, after a look at it.
      const seen: [string, boolean][] = []
      const batch = batchOf(size, 7)
      for (const end of [b, c])
        end.onArrival = (arrival) => {
          seen.push([end.name, sameBytes(arrival.batch, batchOf(size, 7))])
          arrival.batch.fill(0)
        }
      const reached = (): string[] => [...new Set(seen.map(([name]) => name))].sort()
      for (let attempt = 0; attempt < 50 && reached().length < 2; attempt++) {
        for (const end of [b, c]) for (const lane of LANES) a.transport.send(end.address, batch, lane)
        await place.settle()
      }
      assert.deepEqual(reached(), ['b', 'c'])
      assert.ok(
        seen.every(([, same]) => same),
        'a receiver found what another one had written',
      )
      assert.ok(sameBytes(batch, batchOf(size, 7)), 'the sender’s array was written by a receiver')
    }
  },

  'onBatch: the transport doesn’t touch the array again': async (place) => {
    const [a, b] = [await End.at(place, 'a'), await End.at(place, 'b')]
    const sizes = [3000, 5, 60, 61, 500, 1023, 1024, 1025, 20_000]
    const kept: [Uint8Array, Uint8Array][] = []
    for (let seed = 1; seed <= 90; seed++) {
      const batch = batchOf(sizes[seed % sizes.length]!, seed)
      kept.push([(await a.deliver(b, batch, LANES[seed % 2]!)).batch, batch])
      b.arrivals.length = 0
    }
    // Each receiver’s array is written once it has been looked at: none lies over another.
    for (const [i, [arrived, sent]] of kept.entries()) {
      assert.ok(sameBytes(arrived, sent), `batch ${i} changed after it had arrived`)
      arrived.fill(0xff)
    }
  },

  'send: a part of a larger array is sent alone, and the array stays as it is': async (place) => {
    const [a, b] = [await End.at(place, 'a'), await End.at(place, 'b')]
    const pool = Buffer.alloc(2000, 0xee)
    pool.set(batchOf(1000, 5), 500)
    const { batch } = await a.deliver(b, pool.subarray(500, 1500))
    assert.ok(sameBytes(batch, batchOf(1000, 5)), 'other bytes arrived')
    const before = Buffer.alloc(2000, 0xee)
    before.set(batchOf(1000, 5), 500)
    assert.ok(sameBytes(pool, before), 'the sender’s bytes were changed')
  },

  'onPeer: tells names and states, of hosts only': async (place) => {
    const [a, b] = [await End.at(place, 'a'), await End.at(place, 'b')]
    const client = await End.at(place, 'cli', 'client')
    await client.deliver(a, batchOf(5, 1))
    await a.deliver(b, batchOf(5, 2))
    await b.transport.close()
    await client.transport.close()
    await place.settle()
    // There may be no hint at all; those there are make sense.
    for (const end of [a, b, client])
      for (const { name, state } of end.hints) {
        assert.ok(['a', 'b'].includes(name) && name !== end.name, `a hint of "${name}" at "${end.name}"`)
        assert.ok(['up', 'lost'].includes(state), `a hint says "${state}"`)
      }
  },
}
