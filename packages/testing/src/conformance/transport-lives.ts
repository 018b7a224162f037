/** What a transport says of ends that come and go: each life is reached, and none leaves anything behind. */
import assert from 'node:assert/strict'
import type { Claims } from './case.ts'
import { batchOf, End, sameBytes, type TransportPlace, textOf } from './transport-place.ts'

/** How often an end comes and goes where that is all there is to see. */
const LIVES = 8

export const lives: Claims<TransportPlace> = {
  'close: a name that comes and goes is reached each time, both ways, on both lanes': async (place) => {
    const a = await End.at(place, 'a')
    let seed = 0
    for (let life = 0; life < LIVES; life++) {
      const b = await End.at(place, 'b')
      for (const lane of ['urgent', 'bulk'] as const) {
        // Whoever has come speaks first: others may leave alone for a while whom they have just lost.
        await b.deliver(a, batchOf(41, ++seed), lane)
        await a.deliver(b, batchOf(40, ++seed), lane)
      }
      await b.transport.close()
    }
  },

  'close: what was under way to one that has closed reaches its next life whole or not at all': async (
    place,
  ) => {
    const a = await End.at(place, 'a')
    const sent: Uint8Array[] = []
    for (let life = 0; life < LIVES; life++) {
      const b = await End.at(place, 'b')
      for (const lane of ['urgent', 'bulk'] as const) {
        await b.deliver(a, batchOf(42, 1000 + life), lane)
        const first = batchOf(43, sent.length + 1)
        sent.push(first)
        await a.deliver(b, first, lane)
      }
      for (let i = 0; i < 20; i++) {
        const batch = batchOf(i % 5 === 0 ? a.transport.maxBatchBytes : 3000 + i, sent.length + 1)
        sent.push(batch)
        a.transport.send(b.address, batch, i % 2 === 0 ? 'urgent' : 'bulk')
      }
      await b.transport.close()
      for (const { from, batch } of b.arrivals) {
        assert.equal(from.name, 'a')
        assert.ok(
          sent.some((one) => sameBytes(one, batch)),
          `${textOf(batch)} arrived, and was never sent`,
        )
      }
    }
  },

  'send: large batches of several senders at a time, on both lanes, arrive as they were': async (place) => {
    const d = await End.at(place, 'd')
    const senders = [
      await End.at(place, 'a'),
      await End.at(place, 'b'),
      await End.at(place, 'c', 'client'),
    ] as const
    const size = d.transport.maxBatchBytes
    const missing = new Map<string, { readonly from: End; readonly batch: Uint8Array }>()
    for (const [i, from] of senders.entries())
      for (let k = 0; k < 4; k++)
        missing.set(`${from.name} ${k}`, { from, batch: batchOf(size - k, 1 + i * 4 + k) })
    for (let attempt = 0; attempt < 50 && missing.size > 0; attempt++) {
      // One after the other, so that what they send is mixed on the way.
      for (const [name, { from, batch }] of missing)
        from.transport.send(d.address, batch, Number(name.at(-1)) % 2 === 0 ? 'urgent' : 'bulk')
      await place.settle()
      for (const { from, batch } of d.arrivals.splice(0)) {
        const found = [...missing].find(([, one]) => sameBytes(one.batch, batch))
        if (found !== undefined) {
          assert.equal(from.name, found[1].from.name)
          missing.delete(found[0])
        } else
          assert.ok(
            senders.some((_, i) =>
              [0, 1, 2, 3].some((k) => sameBytes(batchOf(size - k, 1 + i * 4 + k), batch)),
            ),
            `${textOf(batch)} from "${from.name}" is none that was sent`,
          )
      }
    }
    assert.deepEqual([...missing.keys()], [], 'these never arrive')
  },
}

/** What ends send each other that are to be forgotten, bytes. */
const LEFT_BYTES = 64 * 1024
/** Ends that come and go before anything is counted, and after that. */
const FIRST_LIVES = 4
const MORE_LIVES = 12

/** One end comes, says something both ways, on both lanes, and goes. */
async function comeAndGo(place: TransportPlace, a: End, life: number): Promise<void> {
  // A host of a name that was there before, and a client that nobody has seen.
  const ends = [await End.at(place, 'b'), await End.at(place, `client ${life}`, 'client')]
  for (const end of ends) {
    const seed = 1 + life * 4
    const { from } = await end.deliver(a, batchOf(LEFT_BYTES, seed))
    await end.deliver(a, batchOf(LEFT_BYTES, seed + 1), 'bulk')
    await a.deliver(end, batchOf(LEFT_BYTES, seed + 2), 'urgent', from.reply)
    // Nobody is there to take the last of it.
    a.transport.send(from.reply, batchOf(LEFT_BYTES, seed + 3), 'bulk')
    a.arrivals.length = 0
    await end.transport.close()
  }
}

export const leaving: Claims<TransportPlace> = {
  'close: ends that have come and gone leave nothing behind': async (place) => {
    assert.ok(place.held !== undefined, 'the place has no `held`: say so with `without`')
    const a = await End.at(place, 'a')
    let life = 0
    for (; life < FIRST_LIVES; life++) await comeAndGo(place, a, life)
    await place.settle()
    const before = await place.held()
    for (; life < FIRST_LIVES + MORE_LIVES; life++) await comeAndGo(place, a, life)
    let more: string[] = []
    // What is on its way out has as long as a batch that may be lost.
    for (let attempt = 0; attempt < 50; attempt++) {
      await place.settle()
      const after = await place.held()
      more = Object.keys(after).filter((what) => after[what]! > (before[what] ?? 0) + slackOf(what))
      if (more.length === 0) return
    }
    assert.fail(`more is held after ${2 * MORE_LIVES} ends have come and gone: ${more.join(', ')}`)
  },
}

/** Of bytes a process holds now more, now less: by half a batch for each end that has come and gone it does not. */
const slackOf = (what: string): number => (what === 'bytes' ? (2 * MORE_LIVES * LEFT_BYTES) / 2 : 0)
