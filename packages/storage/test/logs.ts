/** Small logs to write. */
import type { GroupIdentity, GroupWrite, LogEntry, LogWrite } from '@rafted/contracts'

export const identity: GroupIdentity = { incarnation: '1'.repeat(32), member: '2'.repeat(32) }

/** Entries `from … to` of term 1, of `bytes` bytes each, heads included. */
export function entries(from: number, to: number, bytes = 100): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    index: from + i,
    term: 1,
    kind: 3,
    time: 0,
    payload: new Uint8Array(bytes - 32),
  }))
}

export function writeOf(group: string, change: Partial<LogWrite>): GroupWrite {
  return {
    group,
    write: { term: 1, vote: null, reset: null, truncateFrom: null, entries: [], ...change },
  }
}
