/** Entries to put into logs, and their heads as the core names them. */
import { entryBytes, type LogEntry } from '@rafted/contracts'
import { type Configuration, EntryKind, type Heads, type Run } from '@rafted/core'
import {
  encodeCommandPayload,
  encodeConfiguration,
  encodeSessionPayload,
  type KeptSession,
  valueCodec,
} from '@rafted/wire'

export function entryOf(index: number, term = 1, payload: Uint8Array = new Uint8Array(index % 7)): LogEntry {
  return { index, term, kind: EntryKind.command, time: index, payload }
}

/** Entries `from … to` of one term. */
export function entriesFrom(from: number, to: number, term = 1): LogEntry[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => entryOf(from + i, term))
}

/** The heads of these entries, which follow each other; a run is cut where the term changes. */
export function headsOf(entries: readonly Pick<LogEntry, 'index' | 'term' | 'time' | 'payload'>[]): Heads {
  const runs: Run[] = []
  for (const { index, term, time, payload } of entries) {
    const last = runs.at(-1)
    const bytes = entryBytes(payload)
    if (last?.term === term) runs[runs.length - 1] = { ...last, bytes: last.bytes + bytes, time }
    else runs.push({ first: index, term, bytes, time })
  }
  return { runs, last: entries.at(-1)!.index, configurations: [] }
}

export interface CommandEntry {
  readonly index: number
  readonly term?: number
  readonly time?: number
  readonly session: number
  readonly sequence: number
  readonly acknowledged?: number
  readonly key?: string | null
  /** Encoded by the value codec, unless `bytes` says what stands there. */
  readonly command?: unknown
  /** A person has skipped it. */
  readonly skipped?: true
  readonly bytes?: Uint8Array
}

export function commandEntry(entry: CommandEntry): LogEntry {
  const { index, term = 1, time = index, session, sequence, acknowledged = 0, key = null } = entry
  const command = entry.bytes ?? valueCodec.encode(entry.command)
  const skipped = entry.skipped ? ({ skipped: true } as const) : {}
  const payload = encodeCommandPayload({ session, sequence, acknowledged, key, command, ...skipped })
  return { index, term, kind: EntryKind.command, time, payload }
}

export function sessionEntry(
  index: number,
  op: KeptSession['op'],
  { session = 0, acknowledged = 0, term = 1, time = index } = {},
): LogEntry {
  return {
    index,
    term,
    kind: EntryKind.session,
    time,
    payload: encodeSessionPayload({ op, session, acknowledged }),
  }
}

/** Withdraws a command by its place in a session, or what was called under a key. */
export function withdrawalEntry(
  index: number,
  {
    session = 0,
    sequence = 0,
    key = null as string | null,
    since = 0,
    time = index,
  }: { session?: number; sequence?: number; key?: string | null; since?: number; time?: number },
): LogEntry {
  const payload = encodeSessionPayload({ op: 'withdraw', session, sequence, key, since })
  return { index, term: 1, kind: EntryKind.session, time, payload }
}

export function configurationEntry(index: number, configuration: Configuration, term = 1): LogEntry {
  return {
    index,
    term,
    kind: EntryKind.configuration,
    time: index,
    payload: encodeConfiguration(configuration),
  }
}

/** Voters of these one-word ids, each on a host and at an address of its own name. */
export function configurationOf(...voters: string[]): Configuration {
  return {
    voters: voters.map((id) => ({
      id,
      host: `host-${id}`,
      address: `at-${id}`,
      durable: true,
      wire: [1, 1] as const,
      machine: [1, 1] as const,
    })),
    outgoing: null,
    learners: [],
  }
}
