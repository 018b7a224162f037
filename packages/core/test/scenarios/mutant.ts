/** A planted bug. */

export interface Edit {
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  readonly edits: readonly Edit[]
  /** The script that fails, alone; or some of those that fail. */
  readonly caughtBy: readonly string[]
}

/** One edit. `caughtBy`: names, with a space between them. */
export function mutant(name: string, caughtBy: string, file: string, find: string, replace: string): Mutant {
  return { name, edits: [{ file, find, replace }], caughtBy: caughtBy.split(' ') }
}
