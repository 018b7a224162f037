/** What a transport says of limits, lanes, addresses and its end. */
import assert from 'node:assert/strict'
import type { Lane } from '@rafted/contracts'
import { type Claims, ODD_NAMES, rejects } from './case.ts'
import { batchOf, End, type TransportPlace } from './transport-place.ts'

/** Bytes of the batches that fill a queue. */
const FILLING = 16 * 1024
/** More of them than any queue of these tests takes. */
const TOO_MANY = 2000

/** Sends until a batch is refused. @returns how many were taken. */
function fill(from: End, to: End, lane: Lane): number {
  for (let taken = 0; taken < TOO_MANY; taken++)
    if (!from.transport.send(to.address, batchOf(FILLING, taken), lane)) return taken
  return assert.fail(`${TOO_MANY} batches of ${FILLING} bytes were taken: the queue has no bound`)
}

/** Two ends that have met on both lanes. */
export async function met(place: TransportPlace): Promise<[End, End]> {
  const [a, b] = [await End.at(place, 'a'), await End.at(place, 'b')]
  await a.deliver(b, batchOf(3, 1), 'urgent')
  await a.deliver(b, batchOf(5, 2), 'bulk')
  b.arrivals.length = 0
  return [a, b]
}

export const limits: Claims<TransportPlace> = {
  'send: false when the queue is full, and true again when it has emptied': async (place) => {
    const [a, b] = await met(place)
    for (const lane of ['urgent', 'bulk'] as const) {
      assert.ok(fill(a, b, lane) > 0, 'nothing is taken')
      await place.settle()
      await a.deliver(b, batchOf(100, 77), lane)
      b.arrivals.length = 0
    }
  },

  'send: the queue to each peer is its own': async (place) => {
    const [a, b] = await met(place)
    const c = await End.at(place, 'c')
    await a.deliver(c, batchOf(3, 1))
    fill(a, b, 'urgent')
    const sent = batchOf(100, 78)
    assert.ok(a.transport.send(c.address, sent, 'urgent'), 'a full queue to one peer refuses for another')
    assert.ok(b.transport.send(a.address, sent, 'urgent'), 'a full queue refuses the other direction')
  },

  'send: false for a batch larger than maxBatchBytes': async (place) => {
    const [a, b] = await met(place)
    const { maxBatchBytes } = a.transport
    assert.ok(Number.isSafeInteger(maxBatchBytes) && maxBatchBytes > 0, `maxBatchBytes is ${maxBatchBytes}`)
    for (const lane of ['urgent', 'bulk'] as const) {
      assert.equal(a.transport.send(b.address, batchOf(maxBatchBytes + 1, 1), lane), false)
      assert.equal(a.transport.send(b.address, batchOf(maxBatchBytes * 2, 1), lane), false)
      await place.settle()
      assert.equal(b.arrivals.length, 0)
      await a.deliver(b, batchOf(maxBatchBytes, 1), lane)
      b.arrivals.length = 0
    }
  },

  'send: a full bulk lane leaves the urgent one free': async (place) => {
    const [a, b] = await met(place)
    fill(a, b, 'bulk')
    assert.ok(a.transport.send(b.address, batchOf(100, 79), 'urgent'), 'the urgent lane is full too')
  },

  'send: a full urgent lane leaves the bulk one free': async (place) => {
    const [a, b] = await met(place)
    fill(a, b, 'urgent')
    assert.ok(a.transport.send(b.address, batchOf(100, 80), 'bulk'), 'the bulk lane is full too')
  },

  'send: what is urgent overtakes the bulk that waits': async (place) => {
    const [a, b] = await met(place)
    for (let attempt = 0; attempt < 50; attempt++) {
      fill(a, b, 'bulk')
      a.transport.send(b.address, batchOf(100, 81), 'urgent')
      await place.settle()
      const sizes = b.arrivals.map(({ batch }) => batch.byteLength)
      b.arrivals.length = 0
      // Lost, or nothing there that it could have overtaken.
      if (!sizes.includes(100) || !sizes.includes(FILLING)) continue
      return assert.ok(sizes.indexOf(100) < sizes.lastIndexOf(FILLING), 'it waited for all of the bulk')
    }
    assert.fail('an urgent batch and bulk never arrive together')
  },

  'send: false for an address at which nobody can be': async (place) => {
    const [a] = await met(place)
    for (const lane of ['urgent', 'bulk'] as const)
      assert.equal(a.transport.send(place.noSuchAddress, batchOf(10, 1), lane), false)
  },

  'send: never throws, and answers with a boolean': async (place) => {
    const [a, b] = await met(place)
    const early = await place.transport('early', 'peer')
    const addresses = ['', ' ', '\0', ':', '999999', 'a:b:c', place.noSuchAddress, b.address, ...ODD_NAMES]
    const sizes = [0, 1, a.transport.maxBatchBytes, a.transport.maxBatchBytes + 1]
    const sendAll = (from: { send: typeof a.transport.send }): void => {
      for (const address of addresses)
        for (const size of sizes)
          for (const lane of ['urgent', 'bulk'] as const)
            assert.equal(typeof from.send(address, new Uint8Array(size), lane), 'boolean')
    }
    const bound = (transport: typeof a.transport) => ({ send: transport.send.bind(transport) })
    sendAll(bound(a.transport))
    sendAll(bound(early))
    await b.transport.close()
    sendAll(bound(a.transport))
    await a.transport.close()
    sendAll(bound(a.transport))
    await place.settle()
  },

  'send: does not run the receiver before it returns': async (place) => {
    const [a, b] = await met(place)
    let sending = false
    let inside = 0
    b.onArrival = () => {
      if (sending) inside += 1
    }
    for (let seed = 0; seed < 20; seed++) {
      sending = true
      a.transport.send(b.address, batchOf(50, seed), seed % 2 === 0 ? 'urgent' : 'bulk')
      sending = false
    }
    await place.settle()
    assert.equal(inside, 0, 'send delivered before it returned')
  },
}

export const ending: Claims<TransportPlace> = {
  'listen: the address is known once it has resolved': async (place) => {
    const a = await End.at(place, 'a')
    assert.ok(typeof a.address === 'string' && a.address.length > 0, `the address is "${a.address}"`)
    const b = await End.at(place, 'b')
    assert.notEqual(a.address, b.address)
  },

  'listen: address-in-use if the address is taken, which goes on': async (place) => {
    const [a, b] = await met(place)
    const second = new End(place, await place.transport('b', 'peer'), 'second b')
    await rejects(second.listen(), 'address-in-use', 'listen')
    await a.deliver(b, batchOf(50, 1))
    assert.equal(second.arrivals.length, 0)
    await second.transport.close()
    await a.deliver(b, batchOf(51, 2))
  },

  'listen: a closed transport gives its address back': async (place) => {
    const [a, b] = await met(place)
    await b.transport.close()
    const next = await End.at(place, 'b')
    await a.deliver(next, batchOf(50, 1))
    await a.deliver(next, batchOf(51, 2), 'bulk')
    assert.equal(b.arrivals.length, 0)
  },

  'close: nothing is delivered after it has resolved': async (place) => {
    const [a, b] = await met(place)
    for (let seed = 0; seed < 50; seed++)
      a.transport.send(b.address, batchOf(2000, seed), seed % 2 === 0 ? 'urgent' : 'bulk')
    await b.transport.close()
    const [batches, hints] = [b.arrivals.length, b.hints.length]
    a.transport.send(b.address, batchOf(20, 1), 'urgent')
    await place.settle()
    await a.transport.close()
    await place.settle()
    assert.equal(b.arrivals.length, batches, 'a batch arrived after close')
    assert.equal(b.hints.length, hints, 'a hint came after close')
  },

  'close: send answers false after it': async (place) => {
    const [a, b] = await met(place)
    await a.transport.close()
    for (const lane of ['urgent', 'bulk'] as const)
      assert.equal(a.transport.send(b.address, batchOf(10, 1), lane), false)
    await place.settle()
    assert.equal(b.arrivals.length, 0)
  },
}
