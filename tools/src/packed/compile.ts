import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { complaintsOf } from '../command.ts'
import { listWorkspaces, repositoryRoot } from '../workspaces.ts'

/** Compiles the published packages of the repository in `root`. @returns what the compiler complains of. */
export function compile(root: string): Promise<string[]> {
  const compiler = join(repositoryRoot, 'node_modules/typescript/bin/tsc')
  return complaintsOf(root, compiler, '-b', ...published(root))
}

/** The same from nothing, so that no program is left of a source that is gone. */
export function compileAnew(root: string): Promise<string[]> {
  for (const directory of published(root))
    rmSync(join(root, directory, 'dist'), { recursive: true, force: true })
  return compile(root)
}

function published(root: string): string[] {
  return listWorkspaces(root)
    .filter(({ manifest }) => !manifest.private)
    .map(({ directory }) => directory)
}
