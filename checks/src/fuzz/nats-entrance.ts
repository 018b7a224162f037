/** Gets in over NATS: as a host and as a client with the rights of these, and by publishing whatever these rights let pass. */
import { transportLink } from '@rafted/client'
import type { Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { natsTransport } from '@rafted/transport-nats'
import { connect, type NatsConnection } from 'nats'
import type { Entrance } from './attacker.ts'
import { type Frame, validBatch } from './frames.ts'
import { CLIENT, CLUSTER, HOSTS, type Knowledge, PEER } from './knowledge.ts'
import { mutated } from './mutations.ts'

/** `RFN`, version 1. */
const MAGIC = Buffer.from('52464e01', 'hex')
const KINDS = { whole: 1, part: 2, beat: 3, bye: 4, claim: 5, held: 6 } as const

export async function natsEntrance(url: string): Promise<Entrance> {
  const seams = { clock: realClock, random: realRandom }
  const open = (user: string): Promise<NatsConnection> => connect({ servers: url, user, pass: user })
  const [forPeer, forClient, raw] = await Promise.all([open(PEER), open(CLIENT), open(PEER)])
  const peer = natsTransport({ nats: forPeer, name: PEER, role: 'peer', cluster: CLUSTER, ...seams })
  const client = natsTransport({ nats: forClient, name: CLIENT, role: 'client', cluster: CLUSTER, ...seams })
  await peer.listen({ onBatch: () => {}, onPeer: () => {} })
  const link = await transportLink({ transport: client, cluster: CLUSTER, name: CLIENT, ...seams })
  return new NatsEntrance(peer, client, link, [forPeer, forClient, raw])
}

class NatsEntrance implements Entrance {
  readonly link: Entrance['link']
  readonly #peer: Transport
  readonly #client: Transport
  readonly #connections: readonly NatsConnection[]

  constructor(
    peer: Transport,
    client: Transport,
    link: Entrance['link'],
    connections: readonly NatsConnection[],
  ) {
    this.#peer = peer
    this.#client = client
    this.link = link
    this.#connections = connections
  }

  send({ at, as, lane }: Frame, batch: Uint8Array, { addresses }: Knowledge): boolean {
    return (as === 'peer' ? this.#peer : this.#client).send(addresses[at]!, batch, lane)
  }

  async outside(frame: Frame, knowledge: Knowledge, valid: boolean): Promise<void> {
    const { random, at, batch } = frame
    const nats = this.#connections.at(-1)!
    const to = HOSTS[at]!
    // Mostly as a host that nobody else is: the lives of one that is heard in two would end each other.
    const subject = `rafted.${CLUSTER}.host.host.urgent.${to}.${PEER}`
    if (valid) {
      const sound = validBatch(batch.length, random.below(1e6), knowledge)
      return nats.publish(subject, messageOf('whole', random.bytes(8), null, sound))
    }
    nats.publish(this.#subject(frame, subject), this.#message(frame))
  }

  #subject({ random, at }: Frame, usual: string): string {
    const to = HOSTS[at]!
    if (random.chance(0.7)) return usual
    return random.pick([
      `rafted.${CLUSTER}.host.host.bulk.${to}.${PEER}`,
      `rafted.${CLUSTER}.host.host.sideways.${to}.${PEER}`,
      `rafted.${CLUSTER}.client.host.urgent.caller.${PEER}`,
      // These the server doesn't let pass.
      `rafted.${CLUSTER}.host.host.urgent.${to}.a`,
      `rafted.${CLUSTER}.host.client.urgent.${to}.${PEER}`,
      `rafted.${CLUSTER}.absent.host.${to}.0.0.0`,
    ])
  }

  #message({ random, batch }: Frame): Uint8Array {
    const kind = random.pick(Object.keys(KINDS) as (keyof typeof KINDS)[])
    const instance = random.bytes(8)
    const place = {
      batch: random.below(3),
      total: random.pick([0, 1, batch.length, batch.length + 100, 16 * 1024 * 1024, 2 ** 32 - 1]),
      offset: random.pick([0, 0, 1, batch.length, 2 ** 32 - 1]),
    }
    const message = messageOf(
      kind,
      instance,
      kind === 'part' ? place : null,
      kind === 'whole' || kind === 'part' ? batch : new Uint8Array(0),
    )
    return random.chance(0.5) ? message : mutated(message, batch, random)
  }

  async close(): Promise<void> {
    await this.link.close()
    await this.#peer.close()
    await Promise.all(this.#connections.map((connection) => connection.close()))
  }
}

function messageOf(
  kind: keyof typeof KINDS,
  sender: Uint8Array,
  place: { readonly batch: number; readonly total: number; readonly offset: number } | null,
  bytes: Uint8Array,
): Uint8Array {
  const head = Buffer.concat([MAGIC, Uint8Array.of(KINDS[kind]), sender, new Uint8Array(8)])
  if (place === null) return Buffer.concat([head, bytes])
  const numbers = Buffer.alloc(12)
  numbers.writeUInt32BE(place.batch, 0)
  numbers.writeUInt32BE(place.total, 4)
  numbers.writeUInt32BE(place.offset, 8)
  return Buffer.concat([head, numbers, bytes])
}
