/** One object on one line. Numbers that JSON has none for, as those of a BigInt, are for whoever makes the object to write as text. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}

/** Whether JSON has it: no `Map`, `Set`, `Date`, BigInt, bytes, `undefined`, nor a number that is none. */
export function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  return (
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isJson)
  )
}
