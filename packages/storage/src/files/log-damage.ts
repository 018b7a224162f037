/** What is wrong with the files of a log, and what is still known (docs/disk-format.md, "Reading a damaged log"). */
import { RaftedError } from '@rafted/contracts'

/**
 * `harmless`: what is broken stands elsewhere as well. `unreadable`: entries of which all but what they say is known. `lost`: entries of which not
 * even that is known.
 */
export type DamageClass = 'harmless' | 'unreadable' | 'lost'

/** A place that could not be read as it was written, in a log that is of use all the same. */
export interface LogDamage {
  readonly damage: DamageClass
  readonly file: string
  readonly offset: number
  readonly why: string
}

/** What nobody else knows: a log without it is of no use. Whoever skips such a record forgets what it promised. */
export function damaged(file: string, offset: number, why: string): RaftedError {
  return new RaftedError(
    'damaged-storage',
    `${file} is damaged at byte ${offset}: ${why}. ` +
      'Bring the file back from a copy, or remove this member from its group and let an empty host join in its place.',
    { outcome: 'not-applied', details: { file, offset } },
  )
}
