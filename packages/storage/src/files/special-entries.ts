/**
 * The entries of one log that `open` gives whole: its configurations and settings, kept for as long as they stand in it. Nobody looks at them before the log is opened again, and a
 * host has many thousands of logs, so their payloads are kept as text, a character for a byte: that weighs half of what an array of so few bytes does, and keeps nothing else in memory.
 */
import { isSpecial, type LogEntry } from '@rafted/contracts'

interface Kept extends Omit<LogEntry, 'payload'> {
  readonly text: string
}

const NONE: readonly Kept[] = []

export class SpecialEntries {
  #kept = NONE

  /** In the order of their indexes. */
  list(): LogEntry[] {
    const kept = this.#kept.toSorted((a, b) => a.index - b.index)
    return kept.map(({ text, ...head }) => ({ ...head, payload: bytesOf(text) }))
  }

  /** What stands at its index from now on, if it is one of them; nothing else stands there any more. */
  put({ index, term, kind, time, payload }: LogEntry): void {
    if (this.#kept.some((kept) => kept.index === index)) this.retain((other) => other !== index)
    if (isSpecial(kind))
      this.#kept = this.#kept.concat({ index, term, kind, time, text: textOf(kind, payload) })
  }

  /** Forgets all others. */
  retain(isKept: (index: number) => boolean): void {
    this.#kept = this.#kept.filter(({ index }) => isKept(index))
  }
}

/** The newest of each kind: groups are mostly begun with the same settings, and share their text. */
const newest: string[] = []

function textOf(kind: number, { buffer, byteOffset, byteLength }: Uint8Array): string {
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
  if (newest[kind] !== text) newest[kind] = text
  return newest[kind]!
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
