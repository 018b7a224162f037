import { RaftedError } from '@rafted/contracts'

/** What can't be read or can't be true. Nothing of it is skipped: whoever skips a record forgets what it promised. */
export function damaged(file: string, offset: number, why: string): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `${file} is damaged at byte ${offset}: ${why}. ` +
      'Bring the file back from a copy, or remove this member from its group and let an empty host join in its place.',
    { outcome: 'not-applied', details: { file, offset } },
  )
}
