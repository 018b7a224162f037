/** How much of what the attacker sends gets how far: to a host, decoded; and, of what members say to each other, to a member that lives. */
import type { RaftedEvent, Sender, Transport } from '@rafted/contracts'
import type { Host } from '@rafted/host'
import { CLIENT, PEER } from './knowledge.ts'
import { FIRST_TRANSFER, itemsOf, kindOf } from './samples.ts'

type Member = NonNullable<ReturnType<Host['inspect']>>

const isAttacker = ({ name }: Sender): boolean =>
  name === PEER || name === CLIENT || name.startsWith('outsider')

export class Reached {
  /** Batches of the attacker that a transport has handed over. */
  batches = 0
  /** Those of them that can be read. */
  readable = 0
  /** Batches that hosts have refused. */
  refused = 0
  /** What else was told, by what it was: `violation`, `member-stopped` … */
  readonly told: Record<string, number> = {}
  /** By kind: of requests and responses those that a host took, of the rest those that came to the member that is addressed. */
  readonly kinds = new Map<string, number>()
  /** The newest batch of the attacker, for whoever looks into a crash. */
  newest: { readonly from: Sender; readonly batch: Uint8Array } | null = null
  readonly #watched = new WeakSet<Member>()

  readonly event = (event: RaftedEvent): void => {
    if (event.kind === 'refused-batch') this.refused++
    const what = event.kind === 'transport' ? event.what : event.kind
    this.told[what] = (this.told[what] ?? 0) + 1
  }

  /** The same transport, which counts what arrives. */
  tapped(transport: Transport): Transport {
    return {
      get address() {
        return transport.address
      },
      maxBatchBytes: transport.maxBatchBytes,
      send: (address, batch, lane) => transport.send(address, batch, lane),
      close: () => transport.close(),
      listen: (events) =>
        transport.listen({
          onBatch: (from, batch) => {
            if (isAttacker(from)) this.#arrived(from, batch)
            events.onBatch(from, batch)
          },
          onPeer: (name, state) => events.onPeer(name, state),
          onUnreachable: (address, lane, error) => events.onUnreachable?.(address, lane, error),
        }),
    }
  }

  #arrived(from: Sender, batch: Uint8Array): void {
    this.newest = { from, batch }
    this.batches++
    const items = itemsOf(batch)
    if (items.length > 0) this.readable++
    for (const item of items)
      if (item.kind === 'request' || item.kind === 'response') this.#count(kindOf(item))
  }

  #count(kind: string): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1)
  }

  /** From now on what comes to this member is counted. Its host calls these methods on it. */
  watch(member: Member): void {
    if (this.#watched.has(member)) return
    this.#watched.add(member)
    const { onItem, onProgress, onRepairItem } = member
    const isTaken = (to: string): boolean => to === member.id && member.ended === null
    member.onItem = (item, from) => {
      if (isAttacker(from) && isTaken(item.message.to)) this.#count(kindOf(item))
      onItem.call(member, item, from)
    }
    member.onProgress = (item) => {
      // Who has sent it is not said here, but by the number.
      if (item.transfer >= FIRST_TRANSFER && isTaken(item.to)) this.#count(item.kind)
      onProgress.call(member, item)
    }
    member.onRepairItem = (item, from) => {
      if (isAttacker(from) && isTaken(item.to)) this.#count(item.kind)
      onRepairItem.call(member, item, from)
    }
  }
}
