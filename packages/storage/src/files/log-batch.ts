/** Builds one batch of the log. Small payloads are copied next to their heads; large ones go to the disk as they are. */
import { crc32 } from 'node:zlib'
import { entryBytes, isSpecial, type LogEntry } from '@rafted/contracts'
import {
  BATCH_HEAD_BYTES,
  BATCH_MAGIC,
  type Catalogue,
  ENTRY_FIELDS_BYTES,
  encodeCatalogue,
  encodeGroup,
  encodeNumber,
  type GroupFacts,
  type LogPlace,
  putUint,
  RECORD_HEAD_BYTES,
  RecordKind,
  STRETCH_BYTES,
  viewOf,
} from './log-format.ts'
import { type Stretch, StretchMaker } from './log-stretch.ts'
import { sumOf } from './record-sum.ts'

/** Payloads from this size on are not copied. */
const LARGE = 16 * 1024
const FIRST_ROOM = 64 * 1024
/** A buffer that has grown beyond this is given back after its batch. */
const KEPT_ROOM = 4 * 1024 * 1024

export interface BuiltBatch {
  readonly parts: readonly Uint8Array[]
  readonly bytes: number
}

interface GroupStretches {
  readonly group: number
  readonly copies: boolean
  readonly special: boolean
  readonly stretches: readonly Stretch[]
}

export class BatchBuilder {
  #bytes = Buffer.allocUnsafeSlow(FIRST_ROOM)
  #view = viewOf(this.#bytes)
  #at = 0
  /** Where what is not yet in `#parts` begins. */
  #from = 0
  #parts: Uint8Array[] = []
  /** Bytes of records so far, large payloads included. */
  #length = 0
  #records = 0
  #groups: GroupStretches[] = []
  readonly #maker = new StretchMaker()

  /** Nothing has been added since the last batch. */
  get isEmpty(): boolean {
    return this.#records === 0
  }

  /** Bytes of the records so far. */
  get bytes(): number {
    return this.#length
  }

  group(facts: GroupFacts): void {
    this.#small(RecordKind.group, facts.number, encodeGroup(facts))
  }

  forget(group: number): void {
    this.#small(RecordKind.forget, group, new Uint8Array(0))
  }

  catalogue(catalogue: Catalogue): void {
    this.#small(RecordKind.catalogue, 0, encodeCatalogue(catalogue))
  }

  drop(segment: number): void {
    this.#small(RecordKind.drop, 0, encodeNumber(segment))
  }

  /** @returns where they will stand: offsets count from the first record, until `finish` has moved them. */
  entries(group: number, entries: readonly LogEntry[], kind: 'entry' | 'copy'): readonly Stretch[] {
    const type = RecordKind[kind]
    let special = false
    for (const entry of entries) {
      special ||= isSpecial(entry.kind)
      const offset = this.#length
      this.#entry(type, group, entry)
      this.#maker.add(entry.index, entry.term, entry.time, entryBytes(entry.payload), offset, this.#length)
    }
    const stretches = this.#maker.take()
    this.#groups.push({ group, copies: kind === 'copy', special, stretches })
    return stretches
  }

  /**
   * The batch. The stretches that `entries` gave have their places in the segment from then on. The parts are as they are until the next
   * batch is begun.
   * @param start where the batch will begin in its segment.
   */
  finish(start: number, salt: number, sequence: number, durable: LogPlace): BuiltBatch {
    this.#cut()
    const stretches = this.#groups.reduce((sum, group) => sum + group.stretches.length, 0)
    const head = Buffer.allocUnsafe(BATCH_HEAD_BYTES + stretches * STRETCH_BYTES)
    const view = viewOf(head)
    head.set(BATCH_MAGIC)
    view.setUint32(12, salt, true)
    view.setUint32(16, stretches, true)
    view.setUint32(20, this.#records, true)
    putUint(view, 24, sequence)
    putUint(view, 32, durable.segment)
    putUint(view, 40, durable.offset)
    putUint(view, 48, this.#length)
    putUint(view, 56, 0)
    let at = BATCH_HEAD_BYTES
    for (const group of this.#groups)
      for (const stretch of group.stretches) {
        writeStretch(view, at, group, stretch)
        at += STRETCH_BYTES
        moveTo(stretch, start + head.length)
      }
    view.setUint32(8, crc32(head.subarray(12)), true)
    const built = { parts: [head, ...this.#parts], bytes: head.length + this.#length }
    this.#reset()
    return built
  }

  /** The buffer is written again only by the next batch, when this one has reached the disk. */
  #reset(): void {
    if (this.#bytes.length > KEPT_ROOM) {
      this.#bytes = Buffer.allocUnsafeSlow(FIRST_ROOM)
      this.#view = viewOf(this.#bytes)
    }
    this.#at = 0
    this.#from = 0
    this.#parts = []
    this.#length = 0
    this.#records = 0
    this.#groups = []
  }

  #entry(type: RecordKind, group: number, { index, term, kind, time, payload }: LogEntry): void {
    const { length } = payload
    const inline = length < LARGE
    const at = this.#head(type, kind, group, ENTRY_FIELDS_BYTES + length, inline ? length : 0)
    const view = this.#view
    putUint(view, at + RECORD_HEAD_BYTES, index)
    putUint(view, at + RECORD_HEAD_BYTES + 8, term)
    putUint(view, at + RECORD_HEAD_BYTES + 16, time)
    const fields = at + RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES
    if (inline) {
      this.#bytes.set(payload, fields)
      this.#at = fields + length
      view.setUint32(at, sumOf(this.#bytes, at + 4, this.#at), true)
    } else {
      this.#at = fields
      view.setUint32(at, crc32(payload, crc32(this.#bytes.subarray(at + 4, fields))), true)
      this.#cut()
      this.#parts.push(payload)
    }
    this.#length += RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES + length
  }

  #small(type: RecordKind, group: number, content: Uint8Array): void {
    const at = this.#head(type, 0, group, content.length, content.length)
    this.#bytes.set(content, at + RECORD_HEAD_BYTES)
    this.#at = at + RECORD_HEAD_BYTES + content.length
    this.#view.setUint32(at, sumOf(this.#bytes, at + 4, this.#at), true)
    this.#length += RECORD_HEAD_BYTES + content.length
  }

  /** @returns where the record begins. @param inline bytes of the content that will stand in the buffer, besides an entry's fields. */
  #head(type: RecordKind, kind: number, group: number, length: number, inline: number): number {
    this.#room(RECORD_HEAD_BYTES + ENTRY_FIELDS_BYTES + inline)
    const at = this.#at
    const view = this.#view
    view.setUint32(at + 4, length, true)
    view.setUint8(at + 8, type)
    view.setUint8(at + 9, kind)
    view.setUint16(at + 10, 0, true)
    view.setUint32(at + 12, group, true)
    this.#records++
    return at
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    // What the parts hold of the old one stays as it is.
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at - this.#from + count))
    this.#bytes.copy(larger, 0, this.#from, this.#at)
    this.#at -= this.#from
    this.#from = 0
    this.#bytes = larger
    this.#view = viewOf(larger)
  }

  #cut(): void {
    if (this.#at > this.#from) this.#parts.push(this.#bytes.subarray(this.#from, this.#at))
    this.#from = this.#at
  }
}

function writeStretch(view: DataView, at: number, group: GroupStretches, stretch: Stretch): void {
  view.setUint32(at, group.group, true)
  view.setUint32(at + 4, (group.copies ? 1 : 0) | (group.special ? 2 : 0), true)
  putUint(view, at + 8, stretch.first)
  view.setUint32(at + 16, stretch.last - stretch.first + 1, true)
  view.setUint32(at + 20, stretch.bytes, true)
  putUint(view, at + 24, stretch.term)
  putUint(view, at + 32, stretch.time)
}

function moveTo(stretch: Stretch, start: number): void {
  stretch.offset += start
  stretch.end += start
}
