/** Gets in over TCP: as a host and as a client that know the secret, and as somebody who dials and does as he likes. */
import { setTimeout as pause } from 'node:timers/promises'
import { transportLink } from '@rafted/client'
import type { Transport } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { tcpTransport } from '@rafted/transport-tcp'
import type { Entrance } from './attacker.ts'
import { type Frame, validBatch } from './frames.ts'
import { CLIENT, CLUSTER, type Knowledge, PEER, SECRET } from './knowledge.ts'
import { mutated } from './mutations.ts'
import { helloOf, TcpDialler, u32 } from './tcp-dialler.ts'

/** Connections that say nothing more are kept open, so many of them, and then the oldest is closed. */
const MOST_HANGING = 24
/** Who isn't thrown out by then hangs. */
const THROWN_OUT_MS = 20

export async function tcpEntrance(): Promise<Entrance> {
  const seams = { clock: realClock, random: realRandom }
  const shared = { cluster: CLUSTER, secret: SECRET, ...seams }
  const peer = tcpTransport({ name: PEER, role: 'peer', listen: '127.0.0.1:0', ...shared })
  const client = tcpTransport({ name: CLIENT, role: 'client', listen: null, ...shared })
  await peer.listen({ onBatch: () => {}, onPeer: () => {} })
  const link = await transportLink({ transport: client, cluster: CLUSTER, name: CLIENT, ...seams })
  return new TcpEntrance(peer, client, link)
}

class TcpEntrance implements Entrance {
  readonly link: Entrance['link']
  readonly #peer: Transport
  readonly #client: Transport
  readonly #hanging: TcpDialler[] = []

  constructor(peer: Transport, client: Transport, link: Entrance['link']) {
    this.#peer = peer
    this.#client = client
    this.link = link
  }

  send({ at, as, lane }: Frame, batch: Uint8Array, { addresses }: Knowledge): boolean {
    return (as === 'peer' ? this.#peer : this.#client).send(addresses[at]!, batch, lane)
  }

  async outside(frame: Frame, knowledge: Knowledge, valid: boolean): Promise<void> {
    const { random, at } = frame
    const dialler = new TcpDialler(knowledge.addresses[at]!)
    const hello = helloOf({ name: `outsider ${random.below(1000)}`, address: '', role: 2 }, random)
    if (valid) {
      if (await dialler.shakeHands(hello))
        dialler.write(dialler.frame(validBatch(frame.batch.length, random.below(1e6), knowledge)))
      dialler.end()
      await Promise.race([dialler.closed, pause(1000)])
      dialler.drop()
      return
    }
    // A handshake with something missing leads nowhere until the host has had enough of it.
    const over = this.#misbehave(dialler, hello, frame).then(() => dialler.closed)
    await Promise.race([over, pause(THROWN_OUT_MS)])
    this.#hanging.push(dialler)
    if (this.#hanging.length > MOST_HANGING) this.#hanging.shift()!.drop()
  }

  async #misbehave(dialler: TcpDialler, hello: Buffer, { random, batch }: Frame): Promise<void> {
    switch (random.below(8)) {
      case 0:
        return dialler.write(random.bytes(1 + random.below(2000)))
      case 1:
        return dialler.write(
          Buffer.from(
            random.pick([
              'GET / HTTP/1.1\r\n\r\n',
              '\u0016\u0003\u0001\u0002\0',
              'RFTH',
              'RFTH\u0001\u0001\0\u0001\0ÿÿ',
            ]),
          ),
        )
      case 2:
        return dialler.write(mutated(hello, batch, random))
      case 3:
        await dialler.shakeHands(hello, (proof) => mutated(proof, hello, random))
        return
    }
    // Everything from here on comes from somebody who is in.
    if (!(await dialler.shakeHands(hello))) return
    const frame = dialler.frame(batch)
    switch (random.below(4)) {
      case 0:
        return dialler.write(mutated(frame, batch, random))
      case 1:
        // Said again.
        return dialler.write(Buffer.concat([frame, frame]))
      case 2:
        // Another length than that of what follows, and than anything has.
        return dialler.write(
          Buffer.concat([u32(random.pick([0, 2 ** 30, 2 ** 31 + 1, 2 ** 32 - 1, 16 * 1024 * 1024])), frame]),
        )
      default:
        // Begun, and not ended.
        return dialler.write(frame.subarray(0, random.below(frame.length)))
    }
  }

  async close(): Promise<void> {
    for (const dialler of this.#hanging) dialler.drop()
    await this.link.close()
    await this.#peer.close()
  }
}
