import type { Transport } from '@rafted/contracts'

/** A transport with other methods in the place of some of its own. */
export function delegated(transport: Transport, changes: Partial<Transport>): Transport {
  return {
    get address() {
      return transport.address
    },
    get maxBatchBytes() {
      return transport.maxBatchBytes
    },
    listen: (events) => transport.listen(events),
    send: (address, batch, lane) => transport.send(address, batch, lane),
    close: () => transport.close(),
    ...changes,
  }
}
