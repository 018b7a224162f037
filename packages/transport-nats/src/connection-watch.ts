/** Whether there is a connection, as its library tells. */
import type { NatsConnection, NatsStatus } from './nats-connection.ts'

export interface ConnectionEvents {
  up(): void
  down(): void
  /** It will not come back. */
  closed(): void
  /** The server has refused something. */
  error(status: NatsStatus): void
  /** The library tells no more, though it should. */
  failed(reason: unknown): void
}

/**
 * Who is told of a connection. There is one watch for all transports that ever use it, since nothing takes back what the library was asked: a connection
 * outlives many of them, and would hold on to each.
 */
const watches = new WeakMap<NatsConnection, Set<ConnectionEvents>>()

/** Tells `events` until what this returns is called. */
export function watchConnection(nats: NatsConnection, events: ConnectionEvents): () => void {
  const told = watches.get(nats) ?? begin(nats)
  told.add(events)
  return () => void told.delete(events)
}

function begin(nats: NatsConnection): Set<ConnectionEvents> {
  const told = new Set<ConnectionEvents>()
  watches.set(nats, told)
  watch(nats, (tell) => {
    for (const events of [...told]) if (told.has(events)) tell(events)
  }).catch((reason: unknown) => {
    watches.delete(nats)
    for (const events of told) events.failed(reason)
  })
  return told
}

async function watch(
  nats: NatsConnection,
  tellAll: (tell: (events: ConnectionEvents) => void) => void,
): Promise<void> {
  // Version 2 of the library does not end the statuses of a connection that is closed.
  const closed = nats.closed().then(() => tellAll((events) => events.closed()))
  for await (const status of nats.status()) {
    if (status.type === 'disconnect') tellAll((events) => events.down())
    else if (status.type === 'reconnect') tellAll((events) => events.up())
    else if (status.type === 'error') tellAll((events) => events.error(status))
  }
  await closed
}
