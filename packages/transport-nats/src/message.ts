/**
 * The bytes of one NATS message.
 *
 *     magic and version   4   'RFN' 1
 *     kind                1   whole 1, part 2, beat 3, bye 4, claim 5, held 6
 *     sender              8   which life of whose connection
 *     receiver            8   the same of the one that is meant, or zeros: whoever it is
 *     of a part:  batch 4, bytes of all of it 4, place of this part in it 4
 *     then the bytes of the batch, or of the part
 *
 * Who has sent it is said by the subject, and by nothing in here.
 */

const MAGIC = 0x52_46_4e_01
export const HEAD_BYTES = 21
/** More of the head, of a part. */
export const PART_BYTES = 12

/** Eight bytes in hexadecimal. */
export type Instance = string
const INSTANCE_BYTES = 8
export const ANY_INSTANCE: Instance = '0'.repeat(16)

export const KIND = { whole: 1, part: 2, beat: 3, bye: 4, claim: 5, held: 6 } as const
export type Kind = keyof typeof KIND
const kinds = new Map<number, Kind>(Object.entries(KIND).map(([kind, byte]) => [byte, kind as Kind]))

/** Which part of which batch. */
export interface Place {
  /** The number of the batch. It only has to differ from those before. */
  readonly batch: number
  /** Bytes of the whole batch. */
  readonly total: number
  readonly offset: number
}

export interface Message {
  readonly kind: Kind
  readonly sender: Instance
  readonly receiver: Instance
  /** Of a part, and of nothing else. */
  readonly place: Place | null
  /** A view of the message. */
  readonly bytes: Uint8Array
}

const empty = new Uint8Array(0)

/** Writes the messages of one sender. */
export class MessageWriter {
  readonly #sender: Uint8Array

  constructor(sender: Instance) {
    this.#sender = Buffer.from(sender, 'hex')
  }

  write(
    kind: Kind,
    receiver: Instance | null,
    bytes: Uint8Array = empty,
    place: Place | null = null,
  ): Uint8Array {
    const head = HEAD_BYTES + (place === null ? 0 : PART_BYTES)
    const message = Buffer.allocUnsafeSlow(head + bytes.byteLength)
    message.writeUInt32BE(MAGIC, 0)
    message[4] = KIND[kind]
    message.set(this.#sender, 5)
    message.write(receiver ?? ANY_INSTANCE, 5 + INSTANCE_BYTES, 'hex')
    if (place !== null) {
      message.writeUInt32BE(place.batch, HEAD_BYTES)
      message.writeUInt32BE(place.total, HEAD_BYTES + 4)
      message.writeUInt32BE(place.offset, HEAD_BYTES + 8)
    }
    message.set(bytes, head)
    return message
  }
}

/** @returns null if these are not the bytes of a message. Nothing is allocated by what they say. */
export function readMessage(data: Uint8Array): Message | null {
  const message = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (message.byteLength < HEAD_BYTES || message.readUInt32BE(0) !== MAGIC) return null
  const kind = kinds.get(message[4]!)
  if (kind === undefined) return null
  const sender = message.toString('hex', 5, 5 + INSTANCE_BYTES)
  const receiver = message.toString('hex', 5 + INSTANCE_BYTES, HEAD_BYTES)
  if (kind === 'whole') return { kind, sender, receiver, place: null, bytes: data.subarray(HEAD_BYTES) }
  if (kind !== 'part')
    return message.byteLength === HEAD_BYTES ? { kind, sender, receiver, place: null, bytes: empty } : null
  const head = HEAD_BYTES + PART_BYTES
  if (message.byteLength <= head) return null
  const batch = message.readUInt32BE(HEAD_BYTES)
  const total = message.readUInt32BE(HEAD_BYTES + 4)
  const offset = message.readUInt32BE(HEAD_BYTES + 8)
  const bytes = data.subarray(head)
  if (offset + bytes.byteLength > total) return null
  return { kind, sender, receiver, place: { batch, total, offset }, bytes }
}
