/**
 * Of objects that mostly say the same as the one before, that one again: a host has many thousands of members, and most of them have the same settings.
 */
export class LastSeen<Value extends object> {
  #last: Value | null = null

  /** @returns the one before if it has the same fields, else the value itself. */
  of(value: Value): Value {
    if (this.#last === null || !isSame(this.#last, value)) this.#last = value
    return this.#last
  }
}

function isSame<Value extends object>(one: Value, other: Value): boolean {
  const names = Object.keys(one) as (keyof Value)[]
  return (
    names.length === Object.keys(other).length && names.every((name) => Object.is(one[name], other[name]))
  )
}
