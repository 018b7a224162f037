/** Values of a store, as they are typed and printed. */
import type { KvEntry } from '@rafted/recipes'
import { type Call, WrongUse } from '../command.ts'
import { isJson } from '../json.ts'
import { escaped, shownValue } from '../shown.ts'
import type { Terminal } from '../terminal.ts'

/** More is refused by the store. */
const MOST_BYTES = 2 * 1024 * 1024

/** @returns the value that is typed, or, for `-`, put into the program. @throws {WrongUse} */
export async function typedValue(call: Call, typed: string): Promise<unknown> {
  const text = typed === '-' ? await inputOf(call.terminal) : typed
  if (call.option('as') !== 'json') return text
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new WrongUse(`The value is no JSON: ${(error as Error).message}.`)
  }
}

async function inputOf({ input }: Terminal): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of input()) {
    parts.push(part)
    length += part.byteLength
    if (length > MOST_BYTES) throw new WrongUse('A value has at most a mebibyte.')
  }
  return Buffer.concat(parts).toString('utf8')
}

/** On one line, for people: text as it is, where it can be seen; all else as JavaScript writes it. */
export function valueText(value: unknown): string {
  return typeof value === 'string' && /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(value) ? value : shownValue(value)
}

/** As it is: text goes into a file or another program letter by letter; on a screen it does nothing but to be read. */
export function wholeText(value: unknown, { screen }: Terminal): string {
  if (typeof value !== 'string') return shownValue(value)
  return screen === null ? value : value.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}\n\t ]/gu, escaped)
}

/** An entry as data. What JSON has not is text; its value is left out then. */
export function entryReport({ value, ...rest }: KvEntry): Record<string, unknown> {
  return isJson(value) ? { ...rest, value } : { ...rest, text: shownValue(value) }
}
