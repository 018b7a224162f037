/** Values as people read them in a finding. */
import { inspect } from 'node:util'

const LONGEST = 160

/** One short line, whatever the value is. */
export function shown(value: unknown): string {
  const options = { breakLength: Number.POSITIVE_INFINITY, depth: 4, maxArrayLength: 8, maxStringLength: 60 }
  const line = inspect(value, options).replaceAll(/\s*\n\s*/g, ' ')
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** What was thrown, without its stack. */
export function shownError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : shown(error)
}
