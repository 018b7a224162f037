/** Ends of tests over a real broker, and all that they have told. */
import type { RaftedEvent, Sender, Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { natsTransport } from '@rafted/transport-nats'
import type { NatsConnection } from 'nats'
import { until } from '../../src/until.ts'

export class NatsEnd {
  readonly transport: Transport
  readonly arrivals: { readonly from: Sender; readonly text: string }[] = []
  readonly hints: string[] = []
  readonly outcomes: string[] = []
  readonly events: Extract<RaftedEvent, { kind: 'transport' }>[] = []
  readonly counts: Record<string, number> = {}

  constructor(nats: NatsConnection, name: string, role: Sender['role'] = 'peer', cluster = 'shop') {
    this.transport = natsTransport({
      nats,
      name,
      role,
      cluster,
      clock: realClock,
      random: realRandom,
      observer: {
        event: (event) => void (event.kind === 'transport' && this.events.push(event)),
        count: (counter, by) => {
          this.counts[counter] = (this.counts[counter] ?? 0) + by
        },
      },
    })
  }

  async listen(): Promise<this> {
    await this.transport.listen({
      onBatch: (from, batch) =>
        void this.arrivals.push({ from, text: Buffer.from(batch).toString('latin1') }),
      onPeer: (name, state) => void this.hints.push(`${name} ${state}`),
      onUnreachable: (address, lane, { outcome }) => void this.outcomes.push(`${address} ${lane} ${outcome}`),
    })
    return this
  }

  send(to: string, text: string): boolean {
    return this.transport.send(to, Buffer.from(text, 'latin1'), 'urgent')
  }

  has(text: string): boolean {
    return this.arrivals.some((arrival) => arrival.text === text)
  }

  /** Who has sent it. Not whoever was heard last: what `deliver` has sent once too often still arrives. */
  senderOf(text: string): Sender {
    return this.arrivals.find((arrival) => arrival.text === text)!.from
  }

  /** Sends until it has arrived: batches may be lost. */
  async deliver(to: NatsEnd, text: string, address = to.transport.address): Promise<void> {
    await until(() => {
      if (!to.has(text)) this.send(address, text)
      return to.has(text)
    })
  }
}
