/** What a core wants written, with the bytes it speaks of. */
import type { GroupWrite, LogEntry, LogWrite } from '@rafted/contracts'
import type { Write } from '@rafted/core'
import type { Member } from './member.ts'
import type { LogTail } from './tail.ts'

const NO_ENTRIES: readonly LogEntry[] = []

/** What the log store is told of a write. */
export function logWriteOf(write: Write, tail: LogTail): LogWrite {
  const { term, vote, reset, truncateFrom, entries: heads, healed } = write
  const entries = heads === null ? NO_ENTRIES : tail.entriesOf(heads)
  if (entries === null) throw new TypeError(`the entries up to ${heads?.last} of a write are not in the tail`)
  return { term, vote, reset, truncateFrom, entries, ...(healed ? { lostTo: null } : {}) }
}

/** A write, and what to tell the core when it is durable. */
export interface MemberWrite extends GroupWrite {
  readonly member: Member
  readonly seq: number
}
