/** One object on one line. Numbers that JSON has none for, as those of a BigInt, are for whoever makes the object to write as text. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}
