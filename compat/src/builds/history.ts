/** The history of this repository, as far as this clone has it. */
import { execFileSync } from 'node:child_process'
import { root } from './sources.ts'

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
}

/** Whether this is a clone with all that came before. */
export function isWhole(): boolean {
  try {
    return git('rev-parse', '--is-shallow-repository') === 'false'
  } catch {
    // No clone at all: an unpacked archive, or no git.
    return false
  }
}

/** The first commit that has the file. Found by what it brought, since a commit that is not published yet may get another id. */
export function commitThatBrought(path: string): string {
  return git('log', '--diff-filter=A', '--format=%H', '--reverse', '--', path).split('\n')[0]!
}
