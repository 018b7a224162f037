/** The process that attacks: it gets in, and sends what it is told to, at the pace it is told to. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Link } from '@rafted/wire'
import { type Frame, frameOf, type OwnSession, type Sessions, validFrame } from './frames.ts'
import type { Knowledge, KnownGroup, Order, Said, Sent, Way } from './knowledge.ts'
import { natsEntrance } from './nats-entrance.ts'
import { tcpEntrance } from './tcp-entrance.ts'

/** How an attacker reaches the hosts. */
export interface Entrance {
  /** Sends a batch as a host or as a client that has got in. @returns whether the transport has taken it. */
  send(frame: Frame, batch: Uint8Array, knowledge: Knowledge): boolean
  /** What no transport sends, or, for comparison, the same with nothing wrong in it. Never rejects. */
  outside(frame: Frame, knowledge: Knowledge, valid: boolean): Promise<void>
  /** Calls as the client. */
  readonly link: Link
  close(): Promise<void>
}

const SLICE_MS = 5
/** An answer that takes longer is not waited for. */
const PATIENCE_MS = 2000
/** Frames from outside that are under way at a time. */
const MOST_OUTSIDE = 16

class Attacker {
  readonly #entrance: Entrance
  readonly #seed: number
  knowledge: Knowledge
  readonly #outside = new Set<Promise<void>>()

  constructor(entrance: Entrance, seed: number, knowledge: Knowledge) {
    this.#entrance = entrance
    this.#seed = seed
    this.knowledge = knowledge
  }

  async send({ from, count, perSecond, valid }: Extract<Order, { kind: 'send' }>): Promise<Sent> {
    const sessions = {
      honest: await this.#open(this.knowledge.honest),
      sacrificed: await this.#open(this.knowledge.sacrificed),
    }
    const begun = performance.now()
    const sent: Record<string, number> = {}
    let refused = 0
    let answered: Promise<unknown> = Promise.resolve()
    for (let done = 0; done < count; ) {
      // Nobody gets ahead of the hosts by more than two slices: what waited in buffers would have reached nobody.
      await answered
      const due = Math.ceil(((performance.now() - begun) * perSecond) / 1000)
      const most = Math.ceil((SLICE_MS * 4 * perSecond) / 1000)
      const end = Math.min(count, Math.max(done + 1, Math.min(due, done + most)))
      answered = this.#probe()
      for (; done < end; done++) {
        const frame = frameOf(this.#seed, from + done, this.knowledge, sessions)
        sent[frame.sort] = (sent[frame.sort] ?? 0) + 1
        if (!(await this.#sendOne(frame, from + done, valid))) refused++
      }
      await pause(SLICE_MS)
    }
    await Promise.all(this.#outside)
    await this.#probe()
    const seconds = (performance.now() - begun) / 1000
    for (const name of ['honest', 'sacrificed'] as const)
      await this.#close(this.knowledge[name], sessions[name])
    return { sorts: sent, seconds, refused }
  }

  async #sendOne(frame: Frame, number: number, valid: boolean): Promise<boolean> {
    if (frame.sort !== 'outside') {
      const batch = valid ? validFrame(frame, number, this.knowledge) : frame.batch
      return this.#entrance.send(frame, batch, this.knowledge)
    }
    if (this.#outside.size >= MOST_OUTSIDE) await Promise.race(this.#outside)
    const under: Promise<void> = this.#entrance
      .outside(frame, this.knowledge, valid)
      .finally(() => this.#outside.delete(under))
    this.#outside.add(under)
    return true
  }

  /** Asks each host something that each answers at once. */
  async #probe(): Promise<void> {
    const { addresses, honest } = this.knowledge
    const request = { kind: 'locate', group: honest.name, incarnation: null } as const
    await Promise.all(addresses.map((address) => this.#entrance.link.call(address, request, PATIENCE_MS)))
  }

  async #open(group: KnownGroup | null): Promise<OwnSession | null> {
    if (group === null) return null
    const request = { kind: 'open-session', group: group.name, incarnation: null } as const
    const answer = await this.#entrance.link.call(group.leader, request, PATIENCE_MS)
    return answer.kind === 'session' ? { session: answer.session, sequence: 0 } : null
  }

  async #close(group: KnownGroup | null, own: Sessions['honest']): Promise<void> {
    if (group === null || own === null) return
    const { session, sequence: acknowledged } = own
    const request = {
      kind: 'close-session',
      group: group.name,
      incarnation: null,
      session,
      acknowledged,
    } as const
    await this.#entrance.link.call(group.leader, request, PATIENCE_MS)
  }

  async close(): Promise<void> {
    await this.#entrance.close()
  }
}

const entranceOf = (way: Way): Promise<Entrance> =>
  way.over === 'tcp' ? tcpEntrance() : natsEntrance(way.url)

/** In a process of its own, begun with `fork`. */
export function attack(): void {
  let attacker: Attacker | null = null
  const say = (said: Said): void => void process.send!(said)
  const obey = async (order: Order): Promise<void> => {
    if (order.kind === 'begin') {
      attacker = new Attacker(await entranceOf(order.way), order.seed, order.knowledge)
      say({ kind: 'ready' })
    } else if (order.kind === 'knowledge') attacker!.knowledge = order.knowledge
    else if (order.kind === 'send') say({ kind: 'sent', ...(await attacker!.send(order)) })
    else {
      await attacker?.close()
      process.disconnect()
    }
  }
  process.on('message', (order: Order) => {
    obey(order).catch((error: unknown) => {
      console.error('the attacker has failed:', error)
      process.exit(1)
    })
  })
  process.on('disconnect', () => process.exit(0))
}
