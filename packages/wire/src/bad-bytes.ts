/** What decoding throws, and nothing else: bytes from outside must not be able to raise any other error. */
import { RaftedError } from '@rafted/contracts'

/** `bad-bytes`: no such layout. `wrong-cluster`: another cluster's batch. `version-mismatch`: a version this build doesn't read. */
export type BadBytesCode = 'bad-bytes' | 'wrong-cluster' | 'version-mismatch'

/** Bytes that are refused. Nothing of them has taken effect, so the outcome is always `not-applied`. */
export class BadBytes extends RaftedError {
  override readonly name = 'BadBytes'
  /** Where in the bytes the fault was noticed. */
  readonly offset: number

  constructor(
    code: BadBytesCode,
    message: string,
    offset: number,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(code, message, { outcome: 'not-applied', details: { ...details, offset } })
    this.offset = offset
  }
}

/** @throws {RaftedError} `invalid-argument`: the caller asked to encode what the layout has no place for. */
export function cannotEncode(problem: string): never {
  throw new RaftedError('invalid-argument', `This can't be encoded: ${problem}.`, { outcome: 'not-applied' })
}
