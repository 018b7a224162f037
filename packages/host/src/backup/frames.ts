/**
 * The bytes of a backup (docs/disk-format.md): a head, then frames. Each frame has a checksum over its number, its kind and its content, so that one that
 * is damaged, missing, repeated or in another place is noticed before anything is made of it.
 */
import { crc32 } from 'node:zlib'
import { RaftedError } from '@rafted/contracts'
import { joined } from '../joined.ts'

const MAGIC = new TextEncoder().encode('RFTDBKUP')
const VERSION = 1
/** Magic and version. */
const HEAD_BYTES = 10
/** Kind, length, checksum. */
const FRAME_HEAD_BYTES = 9
/** Of content in a frame, but for one with a single entry that is longer. */
export const FRAME_BYTES = 1024 * 1024
/** No entry is near so long. */
const MOST_BYTES = 1024 * 1024 * 1024

export const FrameKind = {
  /** What it is a backup of. The first frame, and only that one. */
  begin: 1,
  /** A piece of the snapshot's content. */
  content: 2,
  /** The content has ended. */
  contentEnd: 3,
  /** Entries behind the snapshot. */
  entries: 4,
  /** The last frame. */
  end: 5,
} as const
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind]

export interface Frame {
  /** Counted from 0. */
  readonly number: number
  readonly kind: FrameKind
  readonly content: Uint8Array
}

export class FrameWriter {
  #number = 0

  /** @returns the next frame; the first has what stands before all of them in front. */
  frame(kind: FrameKind, content: Uint8Array): Uint8Array {
    const at = this.#number === 0 ? HEAD_BYTES : 0
    const bytes = new Uint8Array(at + FRAME_HEAD_BYTES + content.byteLength)
    const view = new DataView(bytes.buffer)
    if (at > 0) {
      bytes.set(MAGIC)
      view.setUint16(MAGIC.length, VERSION, true)
    }
    bytes[at] = kind
    view.setUint32(at + 1, content.byteLength, true)
    view.setUint32(at + 5, checksumOf(this.#number++, kind, content), true)
    bytes.set(content, at + FRAME_HEAD_BYTES)
    return bytes
  }
}

function checksumOf(number: number, kind: number, content: Uint8Array): number {
  const head = new Uint8Array(5)
  new DataView(head.buffer).setUint32(0, number, true)
  head[4] = kind
  return crc32(content, crc32(head))
}

/**
 * @param source in pieces of any length.
 * @throws {RaftedError} `damaged-storage` where it is not what was written, or ends before its last frame; `version-mismatch`.
 */
export async function* framesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame, void, undefined> {
  const bytes = new Taker(source)
  const head = await bytes.take(HEAD_BYTES)
  if (!MAGIC.every((byte, at) => head[at] === byte))
    throw damagedBackup(0, 'it is none, or its head is damaged')
  const version = new DataView(head.buffer).getUint16(MAGIC.length, true)
  if (version !== VERSION)
    throw new RaftedError(
      'version-mismatch',
      `The backup is of version ${version}, and this build reads version ${VERSION}. Use the build that wrote it, or a newer one.`,
      { outcome: 'not-applied', details: { version } },
    )
  for (let number = 0; ; number++) {
    const at = bytes.taken
    const frame = await nextFrame(bytes, number)
    if (frame === null) throw damagedBackup(at, `frame ${number}`)
    yield frame
    if (frame.kind !== FrameKind.end) continue
    if (await bytes.isMore()) throw damagedBackup(bytes.taken, 'something stands behind its end')
    return
  }
}

async function nextFrame(bytes: Taker, number: number): Promise<Frame | null> {
  const head = await bytes.take(FRAME_HEAD_BYTES)
  const view = new DataView(head.buffer)
  const length = view.getUint32(1, true)
  if (length > MOST_BYTES) return null
  const content = await bytes.take(length)
  if (view.getUint32(5, true) !== checksumOf(number, head[0]!, content)) return null
  return { number, kind: head[0]! as FrameKind, content }
}

/** Takes a stream apart. Never holds more than was asked for and one piece. */
class Taker {
  readonly #source: AsyncIterator<Uint8Array>
  #left: Uint8Array = new Uint8Array(0)
  taken = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let missing = count
    while (missing > 0) {
      if (!(await this.isMore())) throw damagedBackup(this.taken, 'it ends there')
      const part = this.#left.subarray(0, missing)
      parts.push(part)
      missing -= part.byteLength
      this.taken += part.byteLength
      this.#left = this.#left.subarray(part.byteLength)
    }
    return joined(parts, count)
  }

  async isMore(): Promise<boolean> {
    while (this.#left.byteLength === 0) {
      const { done, value } = await this.#source.next()
      if (done) return false
      if (!(value instanceof Uint8Array))
        throw new RaftedError(
          'invalid-argument',
          'A backup is a stream of bytes: pieces that are Uint8Arrays.',
          {
            outcome: 'not-applied',
          },
        )
      this.#left = value
    }
    return true
  }
}

/** @param offset in the backup. */
export function damagedBackup(offset: number, what: string, cause?: unknown): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `The backup is damaged at byte ${offset}: ${what}. Nothing of it is used. Take another copy of it, or an older backup.`,
    { outcome: 'not-applied', details: { offset }, ...(cause === undefined ? {} : { cause }) },
  )
}
