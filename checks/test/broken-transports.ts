/** Transports with one fault each, and a claim of the suite that finds it. */
import type { Lane, Sender, Transport, TransportEvents } from '@rafted/contracts'
import type { TransportPlace, TransportPlaceOptions } from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { brokenInTrouble } from './broken-transports-in-trouble.ts'
import { brokenOfLives } from './broken-transports-of-lives.ts'
import type { Broken } from './conformance-breaks.ts'
import { HandClock, memoryTransports } from './conformance-places.ts'
import { delegated } from './delegated-transport.ts'

type Make = (options: TransportPlaceOptions) => Promise<TransportPlace>

/** Methods in the place of a transport's own. */
type Changes = (transport: Transport, name: string, role: Sender['role']) => Partial<Transport>

/** The transport in memory with other methods, made anew for each network. */
function withChanges(make: () => Changes, more: Partial<TransportPlaceOptions> = {}): Make {
  return async (options) => {
    const place = await memoryTransports({ ...options, ...more })
    const changes = make()
    return {
      ...place,
      transport: async (name, role) => {
        const transport = await place.transport(name, role)
        return delegated(transport, changes(transport, name, role))
      },
    }
  }
}

/** What arrives, changed before it is handed over. */
function withEvents(change: (events: TransportEvents, name: string) => Partial<TransportEvents>): Make {
  return withChanges(() => (transport, name) => ({
    listen: (events) => transport.listen({ ...passedOn(events), ...change(events, name) }),
  }))
}

function passedOn(events: TransportEvents): TransportEvents {
  return {
    onBatch: (from, batch) => events.onBatch(from, batch),
    onPeer: (name, state) => events.onPeer(name, state),
  }
}

function withSend(
  change: (send: Transport['send'], address: string, batch: Uint8Array, lane: Lane) => boolean,
): Make {
  return withChanges(() => (transport) => ({
    send: (address, batch, lane) => change((...args) => transport.send(...args), address, batch, lane),
  }))
}

/** A network without copies, queues or order of its own: a map, and what its faults are. */
function bare(faults: { atOnce?: boolean; onePipe?: boolean }): Make {
  return async ({ maxBatchBytes }) => {
    const clock = new HandClock()
    const ends = new Map<string, TransportEvents>()
    return {
      transport: async (name, role) => ({
        address: name,
        maxBatchBytes,
        listen: async (events) => void ends.set(name, events),
        send: (address, batch) => {
          const events = ends.get(address)
          if (!ends.has(name) || events === undefined || batch.byteLength > maxBatchBytes) return false
          const arrive = (): void => events.onBatch({ name, role, reply: name }, new Uint8Array(batch))
          if (faults.atOnce) arrive()
          else clock.soon(arrive)
          return true
        },
        close: async () => void ends.delete(name),
      }),
      settle: async () => clock.settle(),
      noSuchAddress: 'nobody',
      dispose: async () => {},
    }
  }
}

const half = (batch: Uint8Array): Uint8Array => batch.subarray(0, Math.ceil(batch.byteLength / 2))

const carrying: Broken<Make>[] = [
  {
    fault: 'large batches lose their last byte',
    claim: 'send: the same bytes arrive, on either lane, whatever their number',
    make: withSend((send, address, batch, lane) =>
      send(address, batch.byteLength > 65_536 ? batch.subarray(0, -1) : batch, lane),
    ),
  },
  {
    fault: 'what is called bulk is lost',
    claim: 'send: the same bytes arrive, on either lane, whatever their number',
    make: withSend((send, address, batch, lane) => (lane === 'bulk' ? true : send(address, batch, lane))),
  },
  {
    fault: 'half a batch now and then',
    claim: 'send: a batch arrives whole or not at all, and nothing that was not sent',
    make: withChanges(() => {
      let count = 0
      return (transport) => ({
        send: (address, batch, lane) =>
          transport.send(address, ++count % 7 === 0 ? half(batch) : batch, lane),
      })
    }),
  },
  {
    fault: 'two batches in a row become one',
    claim: 'send: a batch arrives whole or not at all, and nothing that was not sent',
    make: withChanges(() => {
      const held = new Map<string, Uint8Array>()
      return (transport) => ({
        send: (address, batch, lane) => {
          const before = held.get(address)
          held.delete(address)
          if (before !== undefined) return transport.send(address, Buffer.concat([before, batch]), lane)
          if (batch.byteLength % 3 !== 0) return transport.send(address, batch, lane)
          held.set(address, batch)
          return true
        },
      })
    }),
  },
  {
    fault: 'everybody gets everything',
    claim: 'send: arrives where it was sent, and nowhere else',
    make: withChanges(() => {
      const all = new Set<string>()
      return (transport, name) => {
        all.add(name)
        return {
          send: (address, batch, lane) =>
            [...all].map((to) => transport.send(to, batch, lane)).some(Boolean) && all.has(address),
        }
      }
    }),
  },
  {
    fault: 'the name is read from the batch (F94b)',
    claim: 'onBatch: from.name and from.role are those of the sender, whatever the batch says',
    make: withEvents((events) => ({
      onBatch: (from, batch) => events.onBatch({ ...from, name: nameIn(batch) ?? from.name }, batch),
    })),
  },
  {
    fault: 'everybody is a peer',
    claim: 'onBatch: from.name and from.role are those of the sender, whatever the batch says',
    make: withEvents((events) => ({
      onBatch: (from, batch) => events.onBatch({ ...from, role: 'peer' }, batch),
    })),
  },
  {
    fault: 'clients can not be answered',
    claim: 'onBatch: an answer to from.reply arrives at the sender',
    make: withEvents((events) => ({
      onBatch: (from, batch) =>
        events.onBatch(from.role === 'client' ? { ...from, reply: 'somewhere' } : from, batch),
    })),
  },
  {
    fault: 'receivers get the sender’s array',
    claim: 'onBatch: the array is the receiver’s own',
    make: sharing(0),
  },
  {
    fault: 'receivers get the sender’s array if it is large',
    claim: 'onBatch: the array is the receiver’s own',
    make: sharing(4096),
  },
  {
    fault: 'one buffer for all that arrives',
    claim: 'onBatch: the transport doesn’t touch the array again',
    make: withChanges(() => {
      const buffer = new Uint8Array(256 * 1024)
      return (transport) => ({
        listen: (events) =>
          transport.listen({
            ...passedOn(events),
            onBatch: (from, batch) => {
              buffer.set(batch)
              events.onBatch(from, buffer.subarray(0, batch.byteLength))
            },
          }),
      })
    }),
  },
  {
    fault: 'small batches lie one byte over each other',
    claim: 'onBatch: the transport doesn’t touch the array again',
    make: withChanges(() => {
      const slab = new Uint8Array(256 * 1024)
      let used = 0
      return (transport) => ({
        listen: (events) =>
          transport.listen({
            ...passedOn(events),
            onBatch: (from, batch) => {
              if (batch.byteLength > 1024) return events.onBatch(from, batch)
              slab.set(batch, used)
              used += batch.byteLength
              events.onBatch(from, slab.subarray(used - batch.byteLength, used))
              used -= 1
            },
          }),
      })
    }),
  },
  {
    fault: 'the whole buffer of a batch is sent',
    claim: 'send: a part of a larger array is sent alone, and the array stays as it is',
    make: withSend((send, address, batch, lane) => send(address, new Uint8Array(batch.buffer), lane)),
  },
  {
    fault: 'it clears what it has sent',
    claim: 'send: a part of a larger array is sent alone, and the array stays as it is',
    make: withSend((send, address, batch, lane) => {
      const taken = send(address, new Uint8Array(batch), lane)
      batch.fill(0)
      return taken
    }),
  },
  {
    fault: 'clients are announced like hosts',
    claim: 'onPeer: tells names and states, of hosts only',
    make: withEvents((events) => ({
      onBatch: (from, batch) => {
        events.onPeer(from.name, 'up')
        events.onBatch(from, batch)
      },
    })),
  },
]

function nameIn(batch: Uint8Array): string | null {
  const match = /"name":"(\w+)"/.exec(new TextDecoder().decode(batch))
  return match?.[1] ?? null
}

/** Hands over the very array that was sent, from this size on. */
function sharing(from: number): Make {
  return withChanges(() => {
    const sent: Uint8Array[] = []
    return (transport) => ({
      send: (address, batch, lane) => {
        if (batch.byteLength >= from) sent.push(batch)
        return transport.send(address, batch, lane)
      },
      listen: (events) =>
        transport.listen({
          ...passedOn(events),
          onBatch: (from, batch) => {
            const original = sent.find((one) => Buffer.compare(one, batch) === 0)
            events.onBatch(from, original ?? batch)
          },
        }),
    })
  })
}

const limits: Broken<Make>[] = [
  {
    fault: 'the queue has no bound',
    claim: 'send: false when the queue is full, and true again when it has emptied',
    make: bare({}),
  },
  {
    fault: 'a queue that was full stays full',
    claim: 'send: false when the queue is full, and true again when it has emptied',
    make: withChanges(() => {
      let full = false
      return (transport) => ({
        send: (address, batch, lane) => {
          full ||= !transport.send(address, batch, lane)
          return !full
        },
      })
    }),
  },
  {
    fault: 'one queue for all peers',
    claim: 'send: the queue to each peer is its own',
    make: withChanges(oneQueue(() => 'all')),
  },
  {
    fault: 'it takes batches of any size',
    claim: 'send: false for a batch larger than maxBatchBytes',
    make: withChanges(
      () => (transport) =>
        Object.defineProperty({ send: transport.send.bind(transport) }, 'maxBatchBytes', {
          value: 128 * 1024,
          enumerable: true,
        }),
    ),
  },
  {
    fault: 'it says true to what is too large, and drops it',
    claim: 'send: false for a batch larger than maxBatchBytes',
    make: withSend(
      (send, address, batch, lane) => send(address, batch, lane) || batch.byteLength > 256 * 1024,
    ),
  },
  {
    fault: 'one queue for both lanes, with room for bulk only',
    claim: 'send: a full bulk lane leaves the urgent one free',
    make: withChanges(oneQueue((address) => address)),
  },
  {
    fault: 'one queue for both lanes',
    claim: 'send: a full urgent lane leaves the bulk one free',
    make: withChanges(oneQueue((address) => address)),
  },
  {
    fault: 'both lanes are one pipe',
    claim: 'send: what is urgent overtakes the bulk that waits',
    make: withChanges(onePipe),
  },
  {
    fault: 'it says true for whatever address',
    claim: 'send: false for an address at which nobody can be',
    make: withSend((send, address, batch, lane) => send(address, batch, lane) || address === 'nobody'),
  },
  {
    fault: 'it throws for an unknown address',
    claim: 'send: never throws, and answers with a boolean',
    make: withSend((send, address, batch, lane) => {
      if (address === '') throw new Error('no address')
      return send(address, batch, lane)
    }),
  },
  {
    fault: 'it throws when it is closed',
    claim: 'send: never throws, and answers with a boolean',
    make: withChanges(() => (transport) => {
      let closed = false
      return {
        close: async () => {
          closed = true
          await transport.close()
        },
        send: (address, batch, lane) => {
          if (closed) throw new Error('closed')
          return transport.send(address, batch, lane)
        },
      }
    }),
  },
  {
    fault: 'it delivers at once',
    claim: 'send: does not run the receiver before it returns',
    make: bare({ atOnce: true }),
  },
]

/** Refuses what would be more than 1 MiB since the last arrival, by whatever `key` says. */
function oneQueue(key: (address: string) => string): () => Changes {
  return () => {
    const bytes = new Map<string, number>()
    return (transport) => ({
      send: (address, batch, lane) => {
        const queue = key(address)
        const waiting = (bytes.get(queue) ?? 0) + batch.byteLength
        if (waiting > 1024 * 1024 || !transport.send(address, batch, lane)) return false
        bytes.set(queue, waiting)
        return true
      },
      listen: (events) =>
        transport.listen({
          ...passedOn(events),
          onBatch: (from, batch) => {
            bytes.clear()
            events.onBatch(from, batch)
          },
        }),
    })
  }
}

/** Bulk goes the urgent way, up to a bound of its own. */
function onePipe(): Changes {
  let count = 0
  return (transport) => ({
    send: (address, batch, lane) => {
      if (lane === 'urgent') {
        count = 0
        return transport.send(address, batch, lane)
      }
      count += 1
      return count < 50 && transport.send(address, batch, 'urgent')
    },
  })
}

const ending: Broken<Make>[] = [
  {
    fault: 'it has no address',
    claim: 'listen: the address is known once it has resolved',
    make: withChanges(
      () => () => Object.defineProperty({}, 'address', { value: '', enumerable: true }) as Partial<Transport>,
    ),
  },
  {
    fault: 'the last to listen takes the address',
    claim: 'listen: address-in-use if the address is taken, which goes on',
    make: bare({}),
  },
  {
    fault: 'closing one that never listened frees the address of another',
    claim: 'listen: address-in-use if the address is taken, which goes on',
    make: withChanges(() => {
      const byName = new Map<string, Transport>()
      return (transport, name) => ({
        listen: async (events) => {
          await transport.listen(events)
          byName.set(name, transport)
        },
        close: async () => await (byName.get(name) ?? transport).close(),
      })
    }),
  },
  {
    fault: 'an address is taken for ever',
    claim: 'listen: a closed transport gives its address back',
    make: withChanges(() => {
      const taken = new Set<string>()
      return (transport, name) => ({
        listen: async (events) => {
          if (taken.has(name)) throw new Error('taken')
          taken.add(name)
          await transport.listen(events)
        },
      })
    }),
  },
  {
    fault: 'what was under way arrives after close',
    claim: 'close: nothing is delivered after it has resolved',
    make: withChanges(() => (transport) => ({ close: async () => void transport })),
  },
  {
    fault: 'hints come after close',
    claim: 'close: nothing is delivered after it has resolved',
    make: hintsAfterClose(),
  },
  {
    fault: 'a closed transport still sends',
    claim: 'close: send answers false after it',
    make: withChanges(() => () => ({ close: async () => {} })),
  },
  {
    fault: 'a closed transport says true',
    claim: 'close: send answers false after it',
    make: withChanges(() => (transport) => {
      let closed = false
      return {
        close: async () => {
          closed = true
          await transport.close()
        },
        send: (address, batch, lane) => transport.send(address, batch, lane) || closed,
      }
    }),
  },
]

/** A network whose hints go to whoever has ever listened. */
function hintsAfterClose(): Make {
  return async (options) => {
    const clock = new HandClock()
    const network = memoryNetwork({ clock, ...options })
    const all: TransportEvents[] = []
    return {
      transport: async (name, role) => {
        const transport = network.transport({ name, role })
        return delegated(transport, {
          listen: (events) => {
            all.push(events)
            return transport.listen(passedOn(events))
          },
          close: async () => {
            await transport.close()
            for (const events of all) clock.soon(() => events.onPeer(name, 'lost'))
          },
        })
      },
      settle: async () => clock.settle(),
      noSuchAddress: 'nobody',
      dispose: async () => {},
    }
  }
}

export const brokenTransports: readonly Broken<Make>[] = [
  ...carrying,
  ...limits,
  ...ending,
  ...brokenInTrouble,
  ...brokenOfLives,
]
