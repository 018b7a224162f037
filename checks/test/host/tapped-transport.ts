/** A transport whose parts of snapshots can be counted, lost, held back and garbled on their way out. All else passes. */
import type { Lane, Transport, TransportEvents } from '@rafted/contracts'
import { decodeBatch, encodeBatch, type Item, type SnapshotChunk } from '@rafted/wire'

/** What becomes of a part: it passes, is lost, or passes with one byte changed. */
export type Fate = 'passes' | 'lost' | 'garbled'

export class TappedTransport implements Transport {
  /** Parts that were sent, those that were lost included; questions are none. */
  readonly parts: { readonly to: string; readonly offset: number; readonly bytes: number }[] = []
  /** Asked for each part, and for each question. */
  fate: (to: string, chunk: SnapshotChunk) => Fate = () => 'passes'
  readonly #inner: Transport

  constructor(inner: Transport) {
    this.#inner = inner
  }

  get address(): string {
    return this.#inner.address
  }

  get maxBatchBytes(): number {
    return this.#inner.maxBatchBytes
  }

  listen(events: TransportEvents): Promise<void> {
    return this.#inner.listen(events)
  }

  send(address: string, batch: Uint8Array, lane: Lane): boolean {
    if (lane === 'urgent') return this.#inner.send(address, batch, lane)
    const { head, items } = decodeBatch(batch)
    const left = items.flatMap((item) => this.#tap(address, item))
    return left.length === 0 || this.#inner.send(address, encodeBatch(head, left), lane)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #tap(to: string, item: Item): Item[] {
    if (item.kind !== 'member' || item.chunk === null) return [item]
    const { chunk } = item
    const fate = this.fate(to, chunk)
    if (chunk.bytes.length > 0) this.parts.push({ to, offset: chunk.offset, bytes: chunk.bytes.length })
    if (fate === 'lost') return []
    if (fate === 'passes') return [item]
    const bytes = chunk.bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
    return [{ ...item, chunk: { ...chunk, bytes } }]
  }
}
