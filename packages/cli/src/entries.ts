/** Entries of a log, as they are printed: what stands in each, as far as it can be read without the machine that it is for. */
import type { LogEntry } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import {
  decodeCommandPayload,
  decodeConfiguration,
  decodeLease,
  decodeSessionPayload,
  decodeSettingsPayload,
  valueCodec,
  type Withdrawal,
} from '@rafted/wire'
import { type ConfigurationReport, configurationReport, shownConfiguration } from './configurations.ts'
import { isJson } from './json.ts'
import { shownName, shownTime, shownValue } from './shown.ts'

export interface EntryReport {
  readonly index: number
  readonly term: number
  readonly kind: keyof typeof EntryKind
  /** Replicated time, milliseconds. */
  readonly time: number
  /** Of the payload. */
  readonly bytes: number
  /** Commands and sessions: the session, which is named by the index of the entry that opened it. */
  readonly session?: number
  /** Sessions. */
  readonly operation?: 'open' | 'keep' | 'close' | 'withdraw'
  /** Commands: their number in the session. */
  readonly sequence?: number
  /** Commands and sessions: every command of the session below this number has been answered. */
  readonly acknowledged?: number
  /** Commands: the caller's idempotency key. */
  readonly key?: string | null
  /** What the payload says, as text; null if it can't be decoded. */
  readonly text: string | null
  /** The same as data, if JSON can hold it. */
  readonly value?: unknown
  /** Bytes that can't be decoded, as hexadecimal digits. */
  readonly hex?: string
  readonly configuration?: Omit<ConfigurationReport, 'index'>
}

const kinds = Object.keys(EntryKind) as (keyof typeof EntryKind)[]

export function entryReport(entry: LogEntry): EntryReport {
  const { index, term, time, payload } = entry
  const kind = kinds.find((name) => EntryKind[name] === entry.kind)!
  const common = { index, term, kind, time, bytes: payload.byteLength }
  try {
    return { ...common, ...contentOf(entry) }
  } catch {
    return { ...common, text: null, hex: Buffer.from(payload).toString('hex') }
  }
}

type Content = Omit<EntryReport, 'index' | 'term' | 'kind' | 'time' | 'bytes'>

/** @throws if the payload can't be decoded. */
function contentOf({ index, kind, payload }: LogEntry): Content {
  switch (kind) {
    case EntryKind.configuration: {
      const { index: _, ...configuration } = configurationReport({
        index,
        configuration: decodeConfiguration(payload),
      })
      return { text: shownConfiguration(configuration), configuration }
    }
    case EntryKind.command: {
      const { session, sequence, acknowledged, key, command, skipped } = decodeCommandPayload(payload)
      const content = skipped ? { text: 'skipped by a person' } : valueContent(command)
      return { session, sequence, acknowledged, key, ...content }
    }
    case EntryKind.session: {
      const decoded = decodeSessionPayload(payload)
      if (decoded.op === 'withdraw') return withdrawalContent(decoded)
      const { op, session, acknowledged } = decoded
      const opened = op === 'open' ? index : session
      return { session: opened, operation: op, acknowledged, text: op }
    }
    case EntryKind.lease: {
      const { leader, abstainMs } = decodeLease(payload)
      return { text: `followers of ${leader} abstain for ${abstainMs} ms` }
    }
    case EntryKind.settings: {
      const { ifSettingsAt, changes } = decodeSettingsPayload(payload)
      const value = Object.fromEntries(changes.map((change) => [change.setting, change.value]))
      const based = ifSettingsAt === null ? '' : ` if those in effect come from ${ifSettingsAt}`
      return { text: `${shownValue(value)}${based}`, value }
    }
    default:
      return payload.byteLength === 0 ? { text: '' } : valueContent(payload)
  }
}

function withdrawalContent({ op, session, sequence, key }: Withdrawal): Content {
  const what = session === 0 ? `what was called as ${key}` : `command ${sequence} of session ${session}`
  const place = session === 0 ? {} : { session, sequence }
  return { ...place, operation: op, key, text: `withdraws ${what}, unless it was applied` }
}

/** A value of a user's, who may have given it a codec that nobody knows here. */
function valueContent(bytes: Uint8Array): Content {
  let value: unknown
  try {
    value = valueCodec.decode(bytes)
  } catch {
    return { text: null, hex: Buffer.from(bytes).toString('hex') }
  }
  const text = shownValue(value)
  return isJson(value) ? { text, value } : { text }
}

/** On one line: index/term, time, kind, and what it says. */
export function entryLine(entry: EntryReport): string {
  const { index, term, time, kind } = entry
  return `${`${index}/${term}  ${shownTime(time)}  ${kind}  ${saying(entry)}`.trimEnd()}\n`
}

function saying({ session, sequence, key, operation, text, hex }: EntryReport): string {
  const content = text ?? `bytes ${hex}`
  if (operation !== undefined) return `${operation} session ${session}`
  if (sequence === undefined) return content
  const named = key == null ? '' : ` key ${shownName(key)}`
  return `session ${session} number ${sequence}${named}  ${content}`
}
