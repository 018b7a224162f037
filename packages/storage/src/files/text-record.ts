/**
 * Small files that people may want to read: a first line that says what it is and in which version, one line for each field, and a
 * last line with the CRC-32 of all before it. First and last line have this form in every version, so that damage and a newer version
 * can be told apart.
 *
 *     rafted directory 1
 *     cluster "shop"
 *     crc32 0badcafe
 */
import { crc32 } from 'node:zlib'
import { type FileSystem, RaftedError } from '@rafted/contracts'

/** A record is never longer. */
export const MAX_BYTES = 8 * 1024

export type RecordFields = Readonly<Record<string, string | number>>

export interface RecordKind {
  /** The word in the first line. */
  readonly what: string
  /** Version that is written, and the newest that is read. */
  readonly version: number
}

export function encodeRecord(kind: RecordKind, fields: RecordFields): Uint8Array {
  return encodeLines(kind, linesOf(fields))
}

/** The lines of fields, in their order. */
export function linesOf(fields: RecordFields): string {
  let lines = ''
  for (const [name, value] of Object.entries(fields)) lines += `${name} ${JSON.stringify(value)}\n`
  return lines
}

/** @param lines those of all fields, as `linesOf` gives them. */
export function encodeLines({ what, version }: RecordKind, lines: string): Uint8Array {
  const text = `rafted ${what} ${version}\n${lines}`
  const sum = crc32(text).toString(16).padStart(8, '0')
  return Buffer.from(`${text}crc32 ${sum}\n`, 'utf8')
}

/**
 * @returns the fields, or null if the bytes are no such record or a damaged one.
 * @throws {RaftedError} `version-mismatch` if they are sound and of a newer version.
 */
export function decodeRecord(kind: RecordKind, bytes: Uint8Array, path: string): RecordFields | null {
  const text = Buffer.from(bytes).toString('utf8')
  const [, what, version, lines, sum] =
    /^rafted ([a-z]+) (\d{1,9})\n((?:[a-z]+ .*\n)*)crc32 ([0-9a-f]{8})\n$/.exec(text) ?? []
  if (what !== kind.what || lines === undefined) return null
  const summed = bytes.subarray(0, bytes.byteLength - 'crc32 01234567\n'.length)
  if (crc32(summed) !== Number.parseInt(sum!, 16)) return null
  if (Number(version) > kind.version) throw newer(kind, Number(version), path)
  return fieldsOf(lines)
}

function fieldsOf(lines: string): RecordFields | null {
  const fields: Record<string, string | number> = Object.create(null)
  for (const line of lines.split('\n').slice(0, -1)) {
    const space = line.indexOf(' ')
    try {
      fields[line.slice(0, space)] = JSON.parse(line.slice(space + 1))
    } catch {
      return null
    }
  }
  return fields
}

/** @returns the bytes of a small file, or null if it does not exist. One that is too long is cut. */
export async function readSmallFile(files: FileSystem, path: string): Promise<Uint8Array | null> {
  const file = await files.open(path, 'read').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
  if (file === null) return null
  try {
    return await file.read(0, MAX_BYTES)
  } finally {
    await file.close()
  }
}

/** Node's code of an error, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code
}

function newer({ what, version }: RecordKind, found: number, path: string): RaftedError {
  return new RaftedError(
    'version-mismatch',
    `${path} is of version ${found} of the ${what} format, and this build reads up to version ${version}. Use the build that wrote it, or a newer one.`,
    { outcome: 'not-applied', details: { file: path, version: found } },
  )
}
