/** Whether there is a connection, as its library tells. */
import type { NatsConnection, NatsStatus } from './nats-connection.ts'

export interface ConnectionEvents {
  up(): void
  down(): void
  /** It will not come back. */
  closed(): void
  /** The server has refused something. */
  error(status: NatsStatus): void
}

/** Tells `events` until `isOver`. */
export async function watchConnection(
  nats: NatsConnection,
  events: ConnectionEvents,
  isOver: () => boolean,
): Promise<void> {
  // Version 2 of the library does not end the statuses of a connection that is closed.
  const closed = nats.closed().then(() => {
    if (!isOver()) events.closed()
  })
  for await (const status of nats.status()) {
    if (isOver()) return
    if (status.type === 'disconnect') events.down()
    else if (status.type === 'reconnect') events.up()
    else if (status.type === 'error') events.error(status)
  }
  await closed
}
