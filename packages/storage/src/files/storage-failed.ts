import { RaftedError } from '@rafted/contracts'
import { codeOf } from './text-record.ts'

/** Whether there is no room for what was to be written: on the disk, or for this user. */
export function isFull(error: unknown): boolean {
  const code = error instanceof RaftedError ? error.details.code : codeOf(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** @returns the error, if it is one of Rafted's; else one that names the place of this error of the system. */
export function storageFailed(what: string, path: string, error: unknown): RaftedError {
  if (error instanceof RaftedError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new RaftedError(
    'storage-failed',
    `${what} ${path} can't be used: ${why}. Look at its disk, the room on it, and the rights on it.`,
    { outcome: 'not-applied', details: { path, code: codeOf(error) ?? null }, cause: error },
  )
}

/**
 * @returns the error, if it is one of Rafted's; else one that says where the log can't be written. What it held of the write is not known, and a
 * later flush may succeed without having written it (F78): nothing goes on here.
 */
export function logNotWritten(file: string, offset: number, cause: unknown): RaftedError {
  if (cause instanceof RaftedError) return cause
  const code = codeOf(cause) ?? null
  const why = cause instanceof Error ? cause.message : String(cause)
  const first = isFull(cause) ? 'Make room on its disk' : 'Look at its disk'
  return new RaftedError(
    'storage-failed',
    `The log can't be written, in ${file} at byte ${offset}: ${why}. Nothing is acknowledged here any more. ${first}, and start this host anew: what was acknowledged is kept.`,
    { outcome: 'unknown', details: { file, offset, code }, cause },
  )
}

export function notRead(file: string, offset: number, cause: unknown): RaftedError {
  if (cause instanceof RaftedError) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  return new RaftedError(
    'storage-failed',
    `${file} can't be read at byte ${offset}: ${why}. Look at its disk, and start this host anew.`,
    { outcome: 'not-applied', details: { file, offset, code: codeOf(cause) ?? null }, cause },
  )
}
