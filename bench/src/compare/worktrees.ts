/** Two states of this repository, each installed and compiled in a worktree of its own, and measured by the same program: this one. */
import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** What is measured: these packages, with those that they use. */
const measured = ['packages/rafted', 'packages/rafted-memory', 'packages/testing']

export interface Worktree {
  readonly commit: string
  /** Of what is compiled there, by its name below `bench/dist`. */
  program(name: string): string
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}

/** @returns the commit of what is here now, with what is changed and not committed: as far as git knows the files. */
function commitOfHere(): string {
  // A commit that no branch has: it makes one of the changes, and takes nothing back.
  return git('stash', 'create') || git('rev-parse', 'HEAD')
}

/** @throws {Error} if `base` is no commit, or can't be built. */
export async function withWorktrees<T>(
  base: string,
  use: (base: Worktree, here: Worktree) => Promise<T>,
): Promise<T> {
  if (import.meta.url.endsWith('.ts'))
    throw new Error('What is copied to both is compiled: use `npm run bench`.')
  const commits = [git('rev-parse', '--verify', `${base}^{commit}`), commitOfHere()]
  const directory = await mkdtemp(join(tmpdir(), 'rafted-compare-'))
  const paths = commits.map((_, i) => join(directory, i === 0 ? 'base' : 'here'))
  try {
    for (const [i, commit] of commits.entries()) {
      console.error(`building ${commit.slice(0, 10)} in ${paths[i]!}`)
      git('worktree', 'add', '--quiet', '--detach', paths[i]!, commit)
      await build(paths[i]!)
    }
    const [first, second] = commits.map((commit, i): Worktree => {
      return { commit, program: (name) => join(paths[i]!, 'bench/dist', `${name}.js`) }
    })
    return await use(first!, second!)
  } finally {
    for (const path of paths) {
      try {
        git('worktree', 'remove', '--force', path)
      } catch {
        // It had not been made.
      }
    }
    await rm(directory, { recursive: true, force: true })
  }
}

async function build(path: string): Promise<void> {
  const run = (...args: readonly string[]): void => {
    execFileSync(process.execPath, args, { cwd: path, stdio: ['ignore', 2, 2] })
  }
  run(
    join(root, 'node_modules/pnpm/bin/pnpm.cjs'),
    'install',
    '--silent',
    '--frozen-lockfile',
    '--prefer-offline',
  )
  run('node_modules/typescript/bin/tsc', '-b', ...measured)
  await cp(own, join(path, 'bench/dist'), { recursive: true })
}
