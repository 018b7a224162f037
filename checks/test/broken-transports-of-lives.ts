/** Transports that can't cope with ends that come and go, or with several at a time. */
import type { Transport } from '@rafted/contracts'
import type { TransportPlace, TransportPlaceOptions } from '@rafted/testing'
import type { Broken } from './conformance-breaks.ts'
import { memoryTransports } from './conformance-places.ts'
import { delegated } from './delegated-transport.ts'

type Make = (options: TransportPlaceOptions) => Promise<TransportPlace>

/** The network in memory; `change` gives methods in the place of a transport's own, from what is known of all of them. */
function withKnown<Known>(
  makeKnown: () => Known,
  change: (known: Known, transport: Transport, name: string) => Partial<Transport>,
): Make {
  return async (options) => {
    const place = await memoryTransports(options)
    const known = makeKnown()
    return {
      ...place,
      transport: async (name, role) => {
        const transport = await place.transport(name, role)
        return delegated(transport, change(known, transport, name))
      },
    }
  }
}

const add = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1)

export const brokenOfLives: readonly Broken<Make>[] = [
  {
    fault: 'who has gone three times is given up (F93b)',
    claim: 'close: a name that comes and goes is reached each time, both ways, on both lanes',
    make: withKnown(
      () => new Map<string, number>(),
      (closed, transport, name) => ({
        send: (address, batch, lane) =>
          (closed.get(address) ?? 0) < 3 && transport.send(address, batch, lane),
        close: async () => {
          add(closed, name)
          await transport.close()
        },
      }),
    ),
  },
  {
    fault: 'what was under way goes on in the next life, where it was',
    claim: 'close: what was under way to one that has closed reaches its next life whole or not at all',
    make: withKnown(
      () => ({
        lives: new Map<string, number>(),
        newest: new Map<string, [life: number, batch: Uint8Array]>(),
      }),
      ({ lives, newest }, transport, name) => ({
        listen: async (events) => {
          await transport.listen(events)
          add(lives, name)
        },
        send: (address, batch, lane) => {
          const life = lives.get(address) ?? 0
          const before = newest.get(address)
          newest.set(address, [life, batch])
          if (before !== undefined && before[0] < life)
            transport.send(address, before[1].subarray(before[1].length >> 1), lane)
          return transport.send(address, batch, lane)
        },
      }),
    ),
  },
  {
    fault: 'parts of two senders meet in one buffer',
    claim: 'send: large batches of several senders at a time, on both lanes, arrive as they were',
    make: withKnown(
      () => ({ newest: null as { readonly name: string; readonly batch: Uint8Array } | null }),
      (known, transport, name) => ({
        send: (address, batch, lane) => {
          const { newest } = known
          if (batch.length > 200_000) known.newest = { name, batch }
          if (batch.length <= 200_000 || newest === null || newest.name === name)
            return transport.send(address, batch, lane)
          const half = batch.length >> 1
          return transport.send(
            address,
            Buffer.concat([batch.subarray(0, half), newest.batch.subarray(half)]),
            lane,
          )
        },
      }),
    ),
  },
  {
    fault: 'it remembers everybody it has ever met',
    claim: 'close: ends that have come and gone leave nothing behind',
    make: withKnown(
      () => new Set<Transport>(),
      (met, transport) => {
        met.add(transport)
        // What is kept is reached from here, for as long as others are.
        return { send: (address, batch, lane) => met.size > 0 && transport.send(address, batch, lane) }
      },
    ),
  },
  {
    fault: 'it keeps what it has sent to those who have gone',
    claim: 'close: ends that have come and gone leave nothing behind',
    make: withKnown(
      () => [] as Uint8Array[],
      (kept, transport) => ({
        send: (address, batch, lane) => {
          kept.push(new Uint8Array(batch))
          return transport.send(address, batch, lane)
        },
      }),
    ),
  },
]
