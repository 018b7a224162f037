/** Files that a command is given by their names, or makes. */
import { resolve } from 'node:path'
import { RaftedError } from '@rafted/contracts'
import type { Terminal } from './terminal.ts'

/** No configuration, secret or certificate is near so long. */
const MOST_TEXT_BYTES = 1024 * 1024
const READ_BYTES = 1024 * 1024

export type Place = Pick<Terminal, 'directory' | 'files'>

/** @param what it is, for the message. @throws {RaftedError} `invalid-argument` if it can't be read, or is far too long. */
export async function readText(place: Place, path: string, what: string): Promise<string> {
  const bytes: Uint8Array[] = []
  let length = 0
  for await (const part of readFile(place, path, what)) {
    bytes.push(part)
    length += part.byteLength
    if (length > MOST_TEXT_BYTES) throw refused(`${what} ${path} has more than ${MOST_TEXT_BYTES} bytes.`)
  }
  return Buffer.concat(bytes).toString('utf8')
}

/** @returns how many bytes it has. @throws {RaftedError} `invalid-argument`. */
export async function sizeOf({ directory, files }: Place, path: string, what: string): Promise<number> {
  const file = await files
    .open(resolve(directory, path), 'read')
    .catch((error) => cannotRead(path, what, error))
  try {
    return await file.size()
  } finally {
    await file.close()
  }
}

/** Its bytes, in order, a part at a time. @throws {RaftedError} `invalid-argument` if it can't be read. */
export async function* readFile(
  { directory, files }: Place,
  path: string,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await files
    .open(resolve(directory, path), 'read')
    .catch((error) => cannotRead(path, what, error))
  try {
    for (let at = 0; ; ) {
      const part = await file.read(at, READ_BYTES).catch((error) => cannotRead(path, what, error))
      if (part.byteLength === 0) return
      at += part.byteLength
      yield part
    }
  } finally {
    await file.close()
  }
}

/**
 * Writes a file that is whole as soon as it has its name, and durable when this resolves. What there is of it is removed where that fails.
 * @returns how many bytes it has. @throws what `parts` throws; `storage-failed`.
 */
export async function writeWhole(
  { directory, files }: Place,
  path: string,
  parts: AsyncIterable<Uint8Array>,
): Promise<number> {
  const whole = resolve(directory, path)
  const begun = `${whole}.part`
  await files.remove(begun)
  const file = await files.open(begun, 'create').catch((error) => cannotWrite(path, error))
  let at = 0
  try {
    for await (const part of parts) {
      await file.write([part], at).catch((error) => cannotWrite(path, error))
      at += part.byteLength
    }
    await file.sync().catch((error) => cannotWrite(path, error))
  } catch (error) {
    await file.close()
    await files.remove(begun)
    throw error
  }
  await file.close()
  await files.rename(begun, whole).catch(async (error) => {
    await files.remove(begun)
    cannotWrite(path, error)
  })
  await files.syncDirectory(resolve(whole, '..')).catch((error) => cannotWrite(path, error))
  return at
}

function cannotRead(path: string, what: string, cause: unknown): never {
  throw refused(`${what} ${path} can't be read: ${reasonOf(cause)}.`, cause)
}

function cannotWrite(path: string, cause: unknown): never {
  throw new RaftedError(
    'storage-failed',
    `${path} can't be written: ${reasonOf(cause, 'there is no such directory')}.`,
    {
      outcome: 'not-applied',
      cause,
    },
  )
}

function reasonOf(cause: unknown, missing = 'there is no such file'): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return missing
  if (code === 'EACCES') return 'there is no right to'
  if (code === 'EISDIR') return 'it is a directory'
  return message
}

function refused(message: string, cause?: unknown): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied', cause })
}
