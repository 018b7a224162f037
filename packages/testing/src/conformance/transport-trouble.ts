/** What a transport says when an end vanishes without a word, or somebody sends what belongs to no protocol. */
import assert from 'node:assert/strict'
import { type Claims, numbersFrom } from './case.ts'
import { met } from './transport-limits.ts'
import { batchOf, End, type TransportPlace } from './transport-place.ts'

async function vanish(place: TransportPlace, name: string): Promise<void> {
  assert.ok(place.vanish !== undefined, 'the place has no `vanish`: say so with `without`')
  await place.vanish(name)
}

export const vanishing: Claims<TransportPlace> = {
  'a peer that has vanished: others are served meanwhile, whatever is sent to it': async (place) => {
    const [a, b] = await met(place)
    const c = await End.at(place, 'c')
    const client = await End.at(place, 'cli', 'client')
    await a.deliver(c, batchOf(3, 1))
    await vanish(place, 'b')
    // More than any queue holds, and what is on the way to it. The transport may drop at once, too.
    const batch = batchOf(16 * 1024, 6)
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 500; i++)
        assert.equal(typeof a.transport.send(b.address, batch, 'urgent'), 'boolean')
      await place.settle()
    }
    await a.deliver(c, batchOf(100, 2))
    await c.deliver(a, batchOf(101, 3), 'bulk')
    const { from } = await client.deliver(a, batchOf(102, 4))
    await a.deliver(client, batchOf(103, 5), 'urgent', from.reply)
    assert.equal(b.arrivals.length, 0, 'it hears, though it has vanished')
  },

  'a peer that has vanished and comes back is reached again, both ways': async (place) => {
    const [a, b] = await met(place)
    await vanish(place, 'b')
    for (let seed = 0; seed < 20; seed++) {
      a.transport.send(b.address, batchOf(1000, seed), seed % 2 === 0 ? 'urgent' : 'bulk')
      b.transport.send(a.address, batchOf(1000, seed), seed % 2 === 0 ? 'urgent' : 'bulk')
    }
    await place.settle()
    await place.comeBack?.('b')
    await a.deliver(b, batchOf(99, 101))
    await a.deliver(b, batchOf(98, 102), 'bulk')
    await b.deliver(a, batchOf(97, 103))
    await b.deliver(a, batchOf(96, 104), 'bulk')
  },
}

/** Bytes such as strangers send, by chance or by mistake, and none that anybody here has sent. */
function strangeBytes(seed: number): Uint8Array {
  const number = numbersFrom(seed)
  const texts = [
    'GET / HTTP/1.1\r\n\r\n',
    '\r\n',
    'INFO {}\r\n',
    '{"name":"a","role":"peer"}',
    '\u0016\u0003\u0001',
  ]
  if (seed % 3 === 0) return new TextEncoder().encode(texts[(seed / 3) % texts.length]!)
  const bytes = new Uint8Array(1 + Math.floor(number() * (seed % 3 === 1 ? 40 : 70_000)))
  for (let i = 0; i < bytes.byteLength; i++) bytes[i] = Math.floor(number() * 256)
  return bytes
}

export const strangers: Claims<TransportPlace> = {
  'the bytes of strangers reach nobody, and cost nobody anything': async (place) => {
    const { strange } = place
    assert.ok(strange !== undefined, 'the place has no `strange`: say so with `without`')
    const [a, b] = await met(place)
    for (let seed = 1; seed <= 40; seed++) await strange.call(place, b.address, strangeBytes(seed))
    assert.equal(b.arrivals.length, 0, 'what a stranger has sent is delivered')
    assert.deepEqual(
      b.hints.filter(({ state }) => state === 'lost'),
      [],
      'an honest peer is lost because of a stranger',
    )
    await a.deliver(b, batchOf(60, 1))
    await a.deliver(b, batchOf(61, 2), 'bulk')
    await b.deliver(a, batchOf(62, 3))
    assert.ok(b.arrivals.every(({ from }) => from.name === 'a'))
  },
}
