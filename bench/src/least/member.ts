/** What each member has of a command: an entry that is kept, and applied once to a value, by the session it was sent in. */
import { valueCodec } from '@rafted/wire'
import { LENGTH_BYTES } from './frames.ts'

/** Before the command: its number in the session, and up to which answers have been heard. */
export const REQUEST_HEAD_BYTES = 8
/** Before that, of an entry: its index and its time. */
export const ENTRY_HEAD_BYTES = 16

interface Entry {
  readonly index: number
  readonly time: number
  readonly sequence: number
  readonly acknowledged: number
  readonly command: Uint8Array
}

/** Entries and results that are kept at most. */
const KEPT = 1 << 16

type Value = Uint8Array
type Run = (value: Value, ...args: unknown[]) => readonly [result: unknown, value: Value]

const commands: Readonly<Record<string, Run>> = {
  put: (_value, bytes) => [null, bytes as Value],
}

export class LeastMember {
  readonly #entries: (Entry | undefined)[] = new Array(KEPT).fill(undefined)
  readonly #results: (Uint8Array | undefined)[] = new Array(KEPT).fill(undefined)
  #last = 0
  #heard = 0
  #added = 0
  #applied = 0
  #value: Value = new Uint8Array(0)

  get value(): Value {
    return this.#value
  }

  get applied(): number {
    return this.#applied
  }

  /** Keeps the entry that stands there, as a view. @throws {Error} where too many wait to be applied. */
  add(bytes: Buffer, at: number, end: number): void {
    if (this.#added - this.#applied >= KEPT) throw new Error(`more than ${KEPT} entries wait to be applied`)
    const head = at + LENGTH_BYTES
    const entry: Entry = {
      index: bytes.readUInt32LE(head),
      time: bytes.readDoubleLE(head + 8),
      sequence: bytes.readUInt32LE(head + ENTRY_HEAD_BYTES),
      acknowledged: bytes.readUInt32LE(head + ENTRY_HEAD_BYTES + 4),
      command: bytes.subarray(head + ENTRY_HEAD_BYTES + REQUEST_HEAD_BYTES, end),
    }
    this.#entries[++this.#added % KEPT] = entry
  }

  /** Applies the next entry. @returns the number of its command; what came of that is `result`. */
  applyNext(): number {
    const { sequence, acknowledged, command } = this.#entries[++this.#applied % KEPT]!
    if (sequence > this.#last) {
      const [name, ...args] = valueCodec.decode(command) as [string, ...unknown[]]
      const [result, value] = commands[name]!(this.#value, ...args)
      this.#value = value
      this.#last = sequence
      this.#results[sequence % KEPT] = valueCodec.encode(result)
    }
    while (this.#heard < acknowledged) this.#results[++this.#heard % KEPT] = undefined
    return sequence
  }

  result(sequence: number): Uint8Array {
    return this.#results[sequence % KEPT]!
  }
}
