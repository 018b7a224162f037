import { RaftedError } from '@rafted/contracts'

/** @returns the error, if it is one of Rafted's; else one that names the place of this error of the system. */
export function storageFailed(what: string, path: string, error: unknown): RaftedError {
  if (error instanceof RaftedError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new RaftedError(
    'storage-failed',
    `${what} ${path} can't be used: ${why}. Look at its disk, the room on it, and the rights on it.`,
    { outcome: 'not-applied', details: { path }, cause: error },
  )
}
