/** The short texts of a directory: its marker and its locks. */
import { checksum, readableOr, textIn, Unreadable } from './bytes.ts'

interface TextRecord {
  readonly version: number
  readonly fields: ReadonlyMap<string, unknown>
}

const LAST_LINE = /^crc32 ([0-9a-f]{8})\n$/
/** Bytes of the last line. */
const LAST_BYTES = 'crc32 00000000\n'.length

/** @param kind the first words of the first line. @returns null if it is damaged. The fields of a newer version are not read. */
export function readTextRecord(bytes: Uint8Array, kind: string): TextRecord | null {
  return readableOr(() => parse(bytes, kind))
}

function parse(bytes: Uint8Array, kind: string): TextRecord {
  const before = bytes.subarray(0, Math.max(0, bytes.length - LAST_BYTES))
  const last = LAST_LINE.exec(textIn(bytes.subarray(before.length)))
  if (last === null || Number.parseInt(last[1]!, 16) !== checksum(before)) throw new Unreadable('checksum')
  const [first, ...lines] = textIn(before).split('\n')
  const version = /^(.+) ([1-9][0-9]*)$/.exec(first!)
  if (version?.[1] !== kind || lines.pop() !== '') throw new Unreadable('first or last line')
  const number = Number(version[2])
  return { version: number, fields: new Map(number > 1 ? [] : lines.map(field)) }
}

function field(line: string): [string, unknown] {
  const space = line.indexOf(' ')
  if (space < 1) throw new Unreadable('a line without a field')
  try {
    return [line.slice(0, space), JSON.parse(line.slice(space + 1))]
  } catch {
    throw new Unreadable('a field without a value')
  }
}
