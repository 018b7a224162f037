/** Whether a file is the segment that its name says, also where its head is broken. */
import { RaftedError } from '@rafted/contracts'
import { damaged, type LogDamage } from './log-damage.ts'
import { decodeSegmentHead, encodeSegmentHead, SEGMENT_HEAD_BYTES } from './log-format.ts'
import type { LogBytes } from './log-walk.ts'

/** Where the id of the directory stands. */
const DIRECTORY_AT = 24
const DIRECTORY_END = 40
const NUMBER_AT = 16

export interface SegmentName {
  readonly file: string
  /** Id of the directory the log belongs to. */
  readonly directory: string
  readonly number: number
}

export interface KnownHead {
  readonly salt: number
  /** What is wrong with the head, if something is. */
  readonly damage: LogDamage | null
}

/** @throws {RaftedError} `damaged-storage` if it is not known to be this segment; `version-mismatch`, `wrong-directory`. */
export function knownHead(log: LogBytes, name: SegmentName): KnownHead {
  const { file, directory, number } = name
  const head = decodeSegmentHead(log.bytes)
  if (head === 'newer-version')
    throw refused('version-mismatch', `${file} was written by a newer version of Rafted. Use that one.`)
  if (head === 'no-head') {
    const salt = recognisedSalt(log, name)
    if (salt === null) throw damaged(file, 0, 'it does not begin as a segment of a log does')
    const why = 'its head is broken, and says nothing that is not known'
    return { salt, damage: { damage: 'harmless', file, offset: 0, why } }
  }
  if (head.directory !== directory)
    throw refused('wrong-directory', `${file} belongs to another directory. Put back the log that was here.`)
  if (head.number !== number) throw damaged(file, 0, `it is segment ${head.number} under another name`)
  return { salt: head.salt, damage: null }
}

/** By what of a broken head still stands, and by the batch behind it. One byte of the directory's id may be what is broken. */
function recognisedSalt(log: LogBytes, { directory, number }: SegmentName): number | null {
  if (log.length < SEGMENT_HEAD_BYTES) return null
  const salt = log.saltAt(SEGMENT_HEAD_BYTES)
  if (log.batchAt(SEGMENT_HEAD_BYTES, salt) === null) return null
  const expected = encodeSegmentHead({ number, directory, salt })
  const differing = (from: number, to: number): number => {
    let count = 0
    for (let i = from; i < to; i++) if (log.bytes[i] !== expected[i]) count++
    return count
  }
  const isThis = differing(NUMBER_AT, DIRECTORY_AT) === 0 && differing(DIRECTORY_AT, DIRECTORY_END) <= 1
  return isThis ? salt : null
}

function refused(code: 'version-mismatch' | 'wrong-directory', message: string): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}
