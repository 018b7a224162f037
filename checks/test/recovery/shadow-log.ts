/** What a host has written to the log of one group, kept beside its disk: every entry from the first on, whatever its log has compacted away since. */
import type { GroupWrite, LogEntry, LogStore } from '@rafted/contracts'
import { EntryKind, type Position } from '@rafted/core'
import { decodeCommandPayload, decodeSessionPayload, valueCodec } from '@rafted/wire'

export class ShadowLog {
  /** `entries[i]` has the index i + 1. */
  entries: readonly LogEntry[] = []
  /** The last entry that is known to be on the disk. */
  durable: Position = { index: 0, term: 0 }

  at(index: number): LogEntry | undefined {
    return this.entries[index - 1]
  }

  get last(): Position {
    const { index = 0, term = 0 } = this.entries.at(-1) ?? {}
    return { index, term }
  }

  holds({ index, term }: Position): boolean {
    return index === 0 || this.at(index)?.term === term
  }
}

export type Shadows = Map<string, ShadowLog>

/** @param shadows of all hosts: what stands before a snapshot has been written by another one. */
export function shadowed(logs: LogStore, shadows: Shadows, host: string): LogStore {
  const shadow = new ShadowLog()
  shadows.set(host, shadow)
  const write = (writes: readonly GroupWrite[]): Promise<void> => {
    for (const each of writes) apply(shadow, each, shadows)
    const { last } = shadow
    return logs.write(writes).then(() => {
      if (shadow.holds(last)) shadow.durable = last
    })
  }
  return new Proxy(logs, {
    get(target, name) {
      if (name === 'write') return write
      const found: unknown = Reflect.get(target, name)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
}

function apply(shadow: ShadowLog, { write }: GroupWrite, shadows: Shadows): void {
  const { reset, truncateFrom, entries } = write
  if (reset !== null && reset.index > 0) {
    const giver = [...shadows.values()].find((each) => each.holds(reset))
    if (giver === undefined) throw new Error(`nobody has written entry ${reset.index}/${reset.term}`)
    shadow.entries = giver.entries.slice(0, reset.index)
  } else if (reset !== null) shadow.entries = []
  const first = truncateFrom ?? entries[0]?.index ?? Number.POSITIVE_INFINITY
  shadow.entries = [...shadow.entries.slice(0, first - 1), ...entries]
  if (!shadow.holds(shadow.durable)) shadow.durable = { index: 0, term: 0 }
}

/** What the commands of these entries have made of a list, each session's in order and once. */
export function listOf(entries: readonly LogEntry[]): string[] {
  const next = new Map<number, number>()
  const list: string[] = []
  for (const { index, kind, payload } of entries) {
    if (kind === EntryKind.session) {
      const { op, session } = decodeSessionPayload(payload)
      if (op === 'open') next.set(index, 1)
      else if (op === 'close') next.delete(session)
    } else if (kind === EntryKind.command) {
      const { session, sequence, command } = decodeCommandPayload(payload)
      if (next.get(session) !== sequence) continue
      next.set(session, sequence + 1)
      list.push((valueCodec.decode(command) as [string, string])[1])
    }
  }
  return list
}
