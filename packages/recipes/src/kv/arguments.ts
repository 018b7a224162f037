/** What any client may have sent is looked at before anything is changed: from here on it is what the types say. */
import { CommandError } from '@rafted/contracts'
import { isWhole } from '../is-whole.ts'
import type { KvLimits } from './entry.ts'
import { type Bounds, boundsOf } from './ranges.ts'
import type { KvNumber } from './transaction-types.ts'
import { sizeOf } from './values.ts'

/** UTF-16 units of a key. */
export const MAX_KEY = 1024
export const MAX_VALUE_BYTES = 1024 * 1024
/** Entries in an answer, and keys in a question. */
export const MAX_PAGE = 1000
/** Ten years. */
const MAX_TTL_MS = 315_576_000_000
const MAX_HISTORY_EVENTS = 100_000
/** Beside its key and its value. */
const ENTRY_BYTES = 100

export type Fields = Readonly<Record<string, unknown>>

/** A put that has been looked at. */
export interface Put {
  readonly key: string
  readonly value: unknown
  /** Of the entry. */
  readonly size: number
  readonly ttlMs: number | 'keep' | null
  readonly lease: number | null
  readonly previous: boolean
}

export interface Page extends Bounds {
  readonly limit: number
}

/** @throws {CommandError} always: `bad-argument`. */
export function refuse(problem: string): never {
  throw new CommandError('bad-argument', problem)
}

/** @returns an object with none but these properties; nothing is one without any. @throws {CommandError} */
export function fieldsOf(what: string, given: unknown, names: readonly string[]): Fields {
  if (given === undefined || given === null) return {}
  const prototype = typeof given === 'object' ? Object.getPrototypeOf(given) : undefined
  if (prototype !== Object.prototype && prototype !== null) refuse(`${what} is an object.`)
  for (const name of Object.keys(given))
    if (!names.includes(name))
      refuse(`${what} has ${names.join(', ')} at most, and not ${JSON.stringify(name.slice(0, 32))}.`)
  return given as Fields
}

export function keyOf(key: unknown): string {
  if (typeof key !== 'string' || key === '') refuse('A key is a string, and not the empty one.')
  if (key.length > MAX_KEY) refuse(`A key has ${MAX_KEY} UTF-16 units at most.`)
  return key
}

export function flagOf(name: string, given: unknown): boolean {
  if (given !== undefined && typeof given !== 'boolean') refuse(`\`${name}\` is true or false.`)
  return given === true
}

export function wholeOf(name: string, given: unknown, least: number, most: number): number {
  if (!isWhole(given, least, most)) refuse(`\`${name}\` is an integer from ${least} to ${most}.`)
  return given
}

/** 0 stands for a key that isn't there; null: it may be of any. */
export function revisionOf({ ifRevision, ifAbsent }: Fields): number | null {
  const isAbsent = flagOf('ifAbsent', ifAbsent)
  if (ifRevision === undefined) return isAbsent ? 0 : null
  if (isAbsent) refuse('A put has `ifRevision` or `ifAbsent`, not both.')
  return wholeOf('ifRevision', ifRevision, 0, Number.MAX_SAFE_INTEGER)
}

export function ttlOf(given: unknown): number {
  return wholeOf('ttlMs', given, 1, MAX_TTL_MS)
}

export function leaseOf(given: unknown): number {
  return wholeOf('lease', given, 1, Number.MAX_SAFE_INTEGER)
}

export function putOf(key: unknown, value: unknown, { ttlMs, lease, previous }: Fields): Put {
  if (ttlMs !== undefined && lease !== undefined) refuse('A key has `ttlMs` or a `lease`, not both.')
  const own = keyOf(key)
  const size = sizeOf(value)
  if (size > MAX_VALUE_BYTES)
    throw new CommandError('too-large', `A value takes ${MAX_VALUE_BYTES} bytes and 80 levels at most.`, {
      size: Number.isFinite(size) ? size : null,
    })
  return {
    key: own,
    value,
    size: ENTRY_BYTES + 2 * own.length + size,
    ttlMs: ttlMs === undefined ? null : ttlMs === 'keep' ? ttlMs : ttlOf(ttlMs),
    lease: lease === undefined ? null : leaseOf(lease),
    previous: flagOf('previous', previous),
  }
}

const BOUNDS = ['prefix', 'from', 'after', 'to', 'before'] as const

/** Bounds need not be keys: the empty string is before all of them. */
export function rangeOf(given: unknown): Bounds {
  return bounded(fieldsOf('A range', given, BOUNDS), false)
}

export function pageOf(given: unknown, most = MAX_PAGE): Page {
  const fields = fieldsOf('A range', given, [...BOUNDS, 'limit', 'reverse'])
  const { limit = most, reverse } = fields
  return { ...bounded(fields, flagOf('reverse', reverse)), limit: wholeOf('limit', limit, 1, most) }
}

function bounded(fields: Fields, reverse: boolean): Bounds {
  for (const name of BOUNDS) {
    const bound = fields[name]
    if (bound !== undefined && (typeof bound !== 'string' || bound.length > MAX_KEY))
      refuse(`\`${name}\` of a range is a string of ${MAX_KEY} UTF-16 units at most.`)
  }
  const { from, after, to, before } = fields
  if ((from !== undefined && after !== undefined) || (to !== undefined && before !== undefined))
    refuse('A range has one bound on each side: `from` or `after`, `to` or `before`.')
  return boundsOf(fields, reverse)
}

/** What a watcher wants of the keys: one, or those of a range. */
export function filterOf(given: unknown): Bounds {
  const { key, range } = fieldsOf('What is watched', given, ['key', 'range'])
  if (key === undefined) return rangeOf(range)
  if (range !== undefined) refuse('A key is watched, or a range, not both.')
  return boundsOf({ from: keyOf(key), to: keyOf(key) }, false)
}

export function listOf(what: string, given: unknown, most: number): readonly unknown[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.length > most) refuse(`${what} are an array of ${most} at most.`)
  return given as readonly unknown[]
}

/** @returns whether a number is as wanted; null: it may be any. */
export function numberTest(name: string, given: unknown): ((value: number) => boolean) | null {
  if (given === undefined) return null
  if (typeof given === 'number') {
    const wanted = wholeOf(name, given, 0, Number.MAX_SAFE_INTEGER)
    return (value) => value === wanted
  }
  if (given === null) refuse(`\`${name}\` is a number, or \`{ above, below }\`.`)
  const { above, below } = fieldsOf(`\`${name}\``, given, ['above', 'below']) as Exclude<KvNumber, number>
  for (const bound of [above, below])
    if (bound !== undefined && !Number.isSafeInteger(bound))
      refuse(`\`above\` and \`below\` of \`${name}\` are integers.`)
  return (value) => (above === undefined || value > above) && (below === undefined || value < below)
}

export function limitsOf(given: unknown, now: KvLimits): KvLimits {
  const fields = fieldsOf('Limits', given, ['maxBytes', 'historyEvents', 'historyBytes'])
  const limit = (name: keyof KvLimits, least: number, most: number): number =>
    fields[name] === undefined ? now[name] : wholeOf(name, fields[name], least, most)
  return {
    maxBytes: limit('maxBytes', 0, Number.MAX_SAFE_INTEGER),
    historyEvents: limit('historyEvents', 1, MAX_HISTORY_EVENTS),
    historyBytes: limit('historyBytes', 1, Number.MAX_SAFE_INTEGER),
  }
}
