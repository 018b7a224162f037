/** Why a directory can't be opened. */
export interface Refusal {
  readonly code: 'wrong-directory' | 'damaged-storage' | 'version-mismatch'
  /** Its path in the directory. */
  readonly file: string
  readonly offset: number
}

/** Thrown where it is found. */
export class Refused extends Error {
  readonly refusal: Refusal

  constructor(code: Refusal['code'], file: string, offset: number) {
    super(`${code} in ${file} at ${offset}`)
    this.refusal = { code, file, offset }
  }
}
