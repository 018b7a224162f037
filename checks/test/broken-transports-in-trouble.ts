/** Transports that can't cope with peers that vanish, or with strangers. */
import type { TransportEvents } from '@rafted/contracts'
import type { TransportPlace, TransportPlaceOptions } from '@rafted/testing'
import type { Broken } from './conformance-breaks.ts'
import { memoryTransports } from './conformance-places.ts'
import { delegated } from './delegated-transport.ts'

type Make = (options: TransportPlaceOptions) => Promise<TransportPlace>

/** A network in memory that also takes what strangers send, if only to do the wrong thing with it. */
function withStrangers(
  heard: (at: { events: TransportEvents; close(): Promise<void> }, bytes: Uint8Array) => Promise<void>,
): Make {
  return async (options) => {
    const place = await memoryTransports(options)
    const ends = new Map<string, { events: TransportEvents; close(): Promise<void> }>()
    return {
      ...place,
      transport: async (name, role) => {
        const transport = await place.transport(name, role)
        return delegated(transport, {
          listen: async (events) => {
            await transport.listen(events)
            ends.set(transport.address, { events, close: () => transport.close() })
          },
        })
      },
      strange: async (address, bytes) => await heard(ends.get(address)!, bytes),
    }
  }
}

export const brokenInTrouble: readonly Broken<Make>[] = [
  {
    fault: 'it throws for a peer that has vanished (F93)',
    claim: 'a peer that has vanished: others are served meanwhile, whatever is sent to it',
    make: withVanished(({ vanished }, address) => {
      if (vanished.has(address)) throw new Error('vanished')
      return null
    }),
  },
  {
    fault: 'nothing is sent to anybody while somebody has vanished',
    claim: 'a peer that has vanished: others are served meanwhile, whatever is sent to it',
    make: withVanished(({ vanished }) => (vanished.size > 0 ? false : null)),
  },
  {
    fault: 'who has vanished is given up for ever',
    claim: 'a peer that has vanished and comes back is reached again, both ways',
    make: withVanished(({ everVanished }, address) => (everVanished.has(address) ? false : null)),
  },
  {
    fault: 'what strangers send is delivered (F94)',
    claim: 'the bytes of strangers reach nobody, and cost nobody anything',
    make: withStrangers(async ({ events }, bytes) =>
      events.onBatch({ name: 'stranger', role: 'client', reply: 'nowhere' }, bytes),
    ),
  },
  {
    fault: 'a stranger’s nonsense ends the transport',
    claim: 'the bytes of strangers reach nobody, and cost nobody anything',
    make: withStrangers(({ close }) => close()),
  },
  {
    fault: 'a stranger’s nonsense is held against a peer',
    claim: 'the bytes of strangers reach nobody, and cost nobody anything',
    make: withStrangers(async ({ events }) => events.onPeer('a', 'lost')),
  },
]

interface Vanished {
  readonly vanished: Set<string>
  readonly everVanished: Set<string>
}

/** A network in memory that knows who has vanished, and answers for `send` what `change` says, if anything. */
function withVanished(change: (who: Vanished, address: string) => boolean | null): Make {
  return async (options) => {
    const place = await memoryTransports(options)
    const who: Vanished = { vanished: new Set(), everVanished: new Set() }
    return {
      ...place,
      vanish: async (name) => {
        who.vanished.add(name)
        who.everVanished.add(name)
        await place.vanish!(name)
      },
      comeBack: async (name) => {
        who.vanished.delete(name)
        await place.comeBack!(name)
      },
      transport: async (name, role) => {
        const transport = await place.transport(name, role)
        return delegated(transport, {
          send: (address, batch, lane) => change(who, address) ?? transport.send(address, batch, lane),
        })
      },
    }
  }
}
