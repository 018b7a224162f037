/** The parts of a definition are looked at when it is made, and not when the first command is: nothing has happened yet. */
import { RaftedError } from './errors.ts'

/** @throws {RaftedError} `invalid-argument` unless `definition` is an object with a function of each of these names. */
export function checkFunctions(definition: unknown, names: readonly string[]): void {
  for (const name of names)
    if (typeof partOf(definition, name) !== 'function')
      throw missing(name, 'a function', partOf(definition, name))
}

/** @throws {RaftedError} `invalid-argument` unless `definition` is an object with an object of this name. */
export function checkObject(definition: unknown, name: string): void {
  const part = partOf(definition, name)
  if (typeof part !== 'object' || part === null) throw missing(name, 'an object of functions', part)
}

function partOf(definition: unknown, name: string): unknown {
  if (typeof definition === 'object' && definition !== null)
    return (definition as Record<string, unknown>)[name]
  throw invalid(`A definition must be an object, not ${kindOf(definition)}.`)
}

function missing(name: string, wanted: string, part: unknown): RaftedError {
  return invalid(`\`${name}\` of a definition must be ${wanted}, not ${kindOf(part)}.`)
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a ${typeof value}`
}

function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
