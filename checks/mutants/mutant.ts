/**
 * A planted bug: a small change to a copy of the sources, and what must notice it. The product has no switches for this: what is
 * patched is a copy outside the repository.
 */

/** One text replaced by another. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/**
 * - `simulator`: some seed has a violation.
 * - `scenario NAME …`: each of these scripts of the core fails.
 * - `explore OPTIONS`: the exhaustive exploration within these bounds finds a broken promise.
 * - `test PACKAGE FILE NAME`: of the tests whose name holds NAME one fails, in a file of this directory in `packages`, or of `checks`.
 */
export type CaughtBy = 'simulator' | `scenario ${string}` | `explore ${string}` | `test ${string}`

export interface Mutant {
  readonly name: string
  /** The schedule by which it loses data, or lies. */
  readonly schedule: string
  readonly edits: readonly Edit[]
  readonly caughtBy: CaughtBy
  /** Why nobody could ever tell the difference. Such a one is listed, and not run. */
  readonly equivalent?: string
}

/** How most of them are written down: one text of one file replaced. @param directory that of the sources, from the root. */
export function plantedIn(directory: string) {
  const edit = (file: string, find: string, replace: string): Edit => {
    return { file: `${directory}/${file}`, find, replace }
  }
  const mutant = (
    name: string,
    file: string,
    find: string,
    replace: string,
    schedule: string,
    caughtBy: CaughtBy = 'simulator',
  ): Mutant => ({ name, schedule, edits: [edit(file, find, replace)], caughtBy })
  return { edit, mutant }
}
