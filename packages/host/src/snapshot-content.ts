/**
 * What a snapshot holds, as a stream: the length of the head (four bytes, lowest first), the head (sessions, results kept by key, settings,
 * what the last leader with leases asks), then the machine's own chunks up to the end. `format` in the snapshot's meta names this layout.
 */

import { crc32 } from 'node:zlib'
import { RaftedError, type SnapshotMeta } from '@rafted/contracts'
import { decodeLease, encodeLease, Reader, readSettings, Writer, writeSettings } from '@rafted/wire'
import { checkLevel } from './feature-level.ts'
import { joined } from './joined.ts'
import { KeptResults } from './kept-results.ts'
import { checkVersion, versionsOf } from './machine-versions.ts'
import { ReplicatedState, type StateOptions } from './replicated-state.ts'
import { NO_PAYLOAD } from './replies.ts'
import { Sessions } from './sessions.ts'

export const SNAPSHOT_FORMAT = 1

const LENGTH_BYTES = 4

/** A snapshot's chunks as they are written: the view is frozen when this is made, and pulled piece by piece. */
export class SnapshotWriter {
  readonly #head: Uint8Array
  readonly #chunks: Iterator<Uint8Array>
  readonly #meta: Omit<SnapshotMeta, 'size' | 'checksum'>
  /** All chunks were made when this was. */
  readonly #isAtOnce: boolean
  #begun = false
  #size = 0
  #largest = 0
  #checksum = 0

  constructor(state: ReplicatedState, incarnation: string) {
    if (state.configuration === null) throw new TypeError('a snapshot of a log without a configuration')
    this.#head = headOf(state)
    const { machineVersion } = state.settings
    this.#isAtOnce = state.instance.encodesAtOnce === true
    this.#chunks = state.instance.snapshot(machineVersion)[Symbol.iterator]()
    this.#meta = {
      ...state.applied,
      time: state.time,
      configuration: state.configuration,
      incarnation,
      format: SNAPSHOT_FORMAT,
      machineVersion,
    }
  }

  get index(): number {
    return this.#meta.index
  }

  /**
   * The next chunk, or null at the end.
   * @param spent the one before, where it is not needed any more: its memory may be written to again.
   */
  next(spent?: Uint8Array): Uint8Array | null {
    let chunk: Uint8Array | undefined = this.#head
    if (this.#begun) {
      const { done, value } = this.#chunks.next(spent)
      chunk = done ? undefined : value
    }
    this.#begun = true
    if (chunk === undefined) return null
    this.#size += chunk.byteLength
    this.#largest = Math.max(this.#largest, chunk.byteLength)
    this.#checksum = crc32(chunk, this.#checksum)
    return chunk
  }

  /** All chunks. One is good until the next is asked for. */
  *[Symbol.iterator](): Generator<Uint8Array, void, undefined> {
    for (let chunk = this.next(); chunk !== null; chunk = this.next(chunk)) yield chunk
  }

  /** No more is wanted: the view is not needed any longer. */
  end(): void {
    this.#chunks.return?.()
  }

  /** The most bytes that the machine has given at one go. */
  get atOnceBytes(): number {
    return this.#isAtOnce ? this.#size : this.#largest
  }

  /** Complete once `next` has given null. */
  meta(): SnapshotMeta {
    return { ...this.#meta, size: this.#size, checksum: this.#checksum }
  }
}

function headOf({ sessions, results, settings, lease }: ReplicatedState): Uint8Array {
  const w = new Writer()
  w.begin(4096)
  w.room(LENGTH_BYTES)
  w.at += LENGTH_BYTES
  sessions.write(w)
  results.write(w)
  writeSettings(w, settings)
  // Nothing for none: an entry of that kind is never empty.
  w.block(lease === null ? NO_PAYLOAD : encodeLease(lease))
  w.patchU32(w.at - w.length, w.length - LENGTH_BYTES)
  return w.finish()
}

/**
 * The state a snapshot holds. @throws {RaftedError} `damaged-storage` if it can't be one, `unsupported` if a newer build wrote it, `version-mismatch` if that wrote it by a
 * feature level that this one doesn't know, `machine-too-old`, `machine-too-new` if the machine doesn't know the version in force there;
 * and whatever `chunks` or the machine throws.
 */
export async function restoreState(
  meta: SnapshotMeta,
  chunks: AsyncIterable<Uint8Array>,
  options: StateOptions,
): Promise<ReplicatedState> {
  if (meta.format !== SNAPSHOT_FORMAT)
    throw new RaftedError(
      'unsupported',
      `The snapshot at ${meta.index} is of format ${meta.format}, and this build reads ${SNAPSHOT_FORMAT}. Upgrade this host.`,
      { outcome: 'not-applied' },
    )
  const { machine, codec } = options
  const { machineVersion } = meta
  checkVersion(versionsOf(machine), machineVersion, `in the snapshot at ${meta.index}`)
  const source = new Cut(chunks)
  const length = await source.take(LENGTH_BYTES)
  const size = new DataView(length.buffer, length.byteOffset).getUint32(0, true)
  if (size > meta.size - LENGTH_BYTES) throw damaged(meta, `a head of ${size} bytes in ${meta.size}`)
  const head = new Reader(await source.take(size))
  const sessions = Sessions.read(head)
  const results = KeptResults.read(head)
  const settings = readSettings(head)
  const lease = head.block()
  head.done()
  checkLevel(settings.featureLevel, `in the snapshot at ${meta.index}`)
  if (settings.machineVersion !== machineVersion)
    throw damaged(
      meta,
      `its content is of version ${settings.machineVersion} of the machine, not ${machineVersion}`,
    )
  const instance = await machine.restore(source.rest(), codec, machineVersion)
  const state = new ReplicatedState(options, instance, sessions, results)
  state.applied = { index: meta.index, term: meta.term }
  state.time = meta.time
  state.settings = settings
  state.configuration = meta.configuration
  state.lease = lease.length === 0 ? null : decodeLease(lease)
  return state
}

/** Takes a stream apart: some bytes first, then what is left as it comes. */
class Cut {
  readonly #chunks: AsyncIterator<Uint8Array>
  #left: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let missing = count
    while (missing > 0) {
      if (this.#left.byteLength === 0) {
        const { done, value } = await this.#chunks.next()
        if (done)
          throw new RaftedError('damaged-storage', 'A snapshot ends within its head.', {
            outcome: 'not-applied',
          })
        this.#left = value
      }
      const part = this.#left.subarray(0, missing)
      parts.push(part)
      missing -= part.byteLength
      this.#left = this.#left.subarray(part.byteLength)
    }
    return joined(parts, count)
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#left.byteLength > 0) yield this.#left
    for (;;) {
      const { done, value } = await this.#chunks.next()
      if (done) return
      yield value
    }
  }
}

function damaged(meta: SnapshotMeta, what: string): RaftedError {
  return new RaftedError('damaged-storage', `The snapshot at ${meta.index} can't be read: ${what}.`, {
    outcome: 'not-applied',
  })
}
