/** Names and numbers as people read them. What comes from a disk never reaches a terminal as anything but letters. */
import { inspect } from 'node:util'

/** A name as it is, if nobody can mistake it; else in quotes, with what can't be seen written out. */
export function shownName(name: string): string {
  return /^[\p{L}\p{N}_./:@-]+$/u.test(name)
    ? name
    : JSON.stringify(name).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, escaped)
}

/** A letter that can't be seen, or does more than that, written out. */
export function escaped(letter: string): string {
  return `\\u{${letter.codePointAt(0)!.toString(16)}}`
}

/** A value on one line, whole, as JavaScript would write it. */
export function shownValue(value: unknown): string {
  const text = inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
    maxArrayLength: null,
    maxStringLength: null,
  })
  return /^[ -~]*$/.test(text) ? text : text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, escaped)
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function shownBytes(bytes: number): string {
  let size = bytes
  let unit = 'bytes'
  for (const larger of UNITS) {
    if (size < 1024) break
    size /= 1024
    unit = larger
  }
  if (unit === 'bytes') return bytes === 1 ? '1 byte' : `${bytes} bytes`
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`
}

/** Replicated time: what a group has lived through since it was created. */
export function shownTime(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** Indexes from the one to the other. */
export function shownRange({ first, last }: { readonly first: number; readonly last: number }): string {
  return first === last ? String(first) : `${first}…${last}`
}
