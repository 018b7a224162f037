/** The log of one group, as the store holds it in memory: what stands on disk, and what the next batch has to say. */
import type { GroupIdentity, LogEntry, LogWrite, OpenedLog } from '@rafted/contracts'
import { faultOf } from '../write-fault.ts'
import { Extents } from './log-extents.ts'
import type { GroupFacts } from './log-format.ts'
import { SpecialEntries } from './special-entries.ts'

type Position = OpenedLog['base']

export class GroupLog implements GroupFacts {
  readonly number: number
  readonly name: string
  incarnation: string
  member: string
  removedAt: number | null = null
  term = 0
  vote: string | null = null
  base: Position = { index: 0, term: 0 }
  lostTo: number | null = null
  /** Entries that have a place on the disk. */
  readonly extents = new Extents()
  /** Entries behind those, which the next batch is to hold. */
  tail: LogEntry[] = []
  /** The entries that `open` gives whole. */
  readonly special = new SpecialEntries()
  /** The facts above have changed since the last batch. */
  isChanged = true

  constructor(number: number, name: string, { incarnation, member }: GroupIdentity) {
    this.number = number
    this.name = name
    this.incarnation = incarnation
    this.member = member
  }

  get end(): number {
    return Math.max(this.base.index, this.extents.last)
  }

  /** Index of the last entry, or of the base. */
  get last(): number {
    return this.end + this.tail.length
  }

  /** @returns why `write` doesn't fit, in which case nothing has changed, or null. */
  apply(write: LogWrite): string | null {
    const fault = faultOf(this, write)
    if (fault !== null) return fault
    const { term, vote, reset, truncateFrom, entries, lostTo = this.lostTo } = write
    if (reset !== null) {
      this.truncate(0)
      this.base = { index: reset.index, term: reset.term }
      this.isChanged = true
    }
    if (truncateFrom !== null) this.truncate(truncateFrom)
    if (term !== this.term || vote !== this.vote || lostTo !== this.lostTo) {
      this.term = term
      this.vote = vote
      this.lostTo = lostTo
      this.isChanged = true
    }
    for (const entry of entries) {
      this.tail.push(entry)
      this.special.put(entry)
    }
    return null
  }

  /** The log is another member's, of another incarnation, from here on; then `apply`. */
  renew({ incarnation, member }: GroupIdentity, write: LogWrite): string | null {
    const fault = this.apply(write)
    if (fault !== null) return fault
    this.incarnation = incarnation
    this.member = member
    this.isChanged = true
    return null
  }

  /** Forgets the entries from `index` on. */
  truncate(index: number): void {
    if (index > this.last) return
    this.tail = this.tail.slice(0, Math.max(0, index - this.end - 1))
    if (index <= this.extents.last) {
      this.extents.cutFrom(index)
      this.isChanged = true
    }
    this.special.retain((kept) => kept < index)
  }

  /** Forgets the entries up to `upTo`. @returns false if the log has no such entry. */
  compact(upTo: Position): boolean {
    if (upTo.index <= this.base.index) return true
    if (this.termAt(upTo.index) !== upTo.term) return false
    if (upTo.index > this.end) this.tail = this.tail.slice(upTo.index - this.end)
    this.extents.cutTo(upTo.index)
    this.special.retain((kept) => kept > upTo.index)
    this.base = { index: upTo.index, term: upTo.term }
    this.isChanged = true
    return true
  }

  private termAt(index: number): number | undefined {
    const { end } = this
    return index > end ? this.tail[index - end - 1]?.term : this.extents.at(index)?.term
  }
}
