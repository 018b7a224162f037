import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { git } from '../command.ts'
import { listWorkspaces } from '../workspaces.ts'

/**
 * A copy of what is committed in the repository in `root`, in which versions can be made and packages be compiled as on
 * a machine that has nothing else of it. What is installed is shared with the repository.
 */
export async function openStage(root: string): Promise<string> {
  const stage = mkdtempSync(join(tmpdir(), 'release-'))
  await git(root, 'clone', '--quiet', '--no-tags', root, stage)
  // The repository ignores directories of this name, which a link is not.
  appendFileSync(join(stage, '.git/info/exclude'), '/node_modules\n')
  symlinkSync(join(root, 'node_modules'), join(stage, 'node_modules'), 'junction')
  for (const { directory } of listWorkspaces(stage)) {
    const installed = join(root, directory, 'node_modules')
    // These are links from one directory of the repository to another, so they lead from here to here.
    if (existsSync(installed))
      cpSync(installed, join(stage, directory, 'node_modules'), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => path === installed || !basename(path).startsWith('.'),
      })
  }
  return stage
}

export function closeStage(stage: string): void {
  rmSync(stage, { recursive: true, force: true })
}
