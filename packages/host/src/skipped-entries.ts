/**
 * Which entries hold a command and changed nothing: repeated ones, and such as have failed or were refused. The log alone doesn't tell; whoever has
 * applied it knows. Few of the entries of a log are among them, and none that it no longer holds.
 */
import type { LogEntry } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import type { Reply } from './replies.ts'

const PRUNED_FROM = 1024

export class SkippedEntries {
  /** Ascending. */
  #indexes: number[] | null = null
  #pruneAt = PRUNED_FROM
  #since = 0

  /** Entries up to here were not applied here: nothing is known of them. */
  get since(): number {
    return this.#since
  }

  /** Begins with a state that holds all up to `index`. */
  restart(index: number): void {
    this.#since = index
    this.#indexes = null
    this.#pruneAt = PRUNED_FROM
  }

  /** An entry has been applied. @param base the log holds nothing up to here any more. */
  applied({ kind, index }: LogEntry, reply: Pick<Reply, 'status' | 'index'>, base: number): void {
    if (isOfMachine(kind) && (reply.status !== 'ok' || reply.index !== index)) this.add(index, base)
  }

  /** @param base as above. */
  add(index: number, base: number): void {
    let indexes = this.#indexes ?? []
    if (indexes.length >= this.#pruneAt) {
      indexes = indexes.slice(placeOf(indexes, base + 1))
      this.#pruneAt = Math.max(PRUNED_FROM, indexes.length * 2)
    }
    indexes.push(index)
    this.#indexes = indexes
  }

  has(index: number): boolean {
    const indexes = this.#indexes
    return indexes !== null && indexes[placeOf(indexes, index)] === index
  }
}

function isOfMachine(kind: EntryKind): boolean {
  return kind === EntryKind.command || kind === EntryKind.time
}

/** How many are below `index`. */
function placeOf(indexes: readonly number[], index: number): number {
  let low = 0
  let high = indexes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (indexes[middle]! < index) low = middle + 1
    else high = middle
  }
  return low
}
