/**
 * Invariants are checked always, in production too: a member that sees its own state broken stops and says which
 * invariant failed, rather than lie. The numbers are those of docs/invariants.md.
 */

/** An invariant does not hold. The member must take part in nothing from here on. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  readonly code = 'invariant'
  /** Its number in docs/invariants.md. */
  readonly invariant: number

  constructor(invariant: number, detail: string) {
    super(`invariant ${invariant} does not hold: ${detail}`)
    this.invariant = invariant
  }
}

type Detail = number | string | null | undefined

/**
 * @param detail text in which each `{}` stands for the next of `a`, `b`, `c`: it is put together only if it is needed, as these checks
 * stand on the hottest paths.
 * @throws {InvariantError} if `condition` is false.
 */
export function invariant(
  number: number,
  condition: boolean,
  detail: string,
  a?: Detail,
  b?: Detail,
  c?: Detail,
): asserts condition {
  if (condition) return
  const values = [a, b, c]
  throw new InvariantError(
    number,
    detail.replaceAll('{}', () => String(values.shift())),
  )
}

/** Whether `value` can be an index, a term, a round: an integer in [0, 2^53 − 1]. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
