import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { complaintsOf, environment } from '../command.ts'
import { repositoryRoot } from '../workspaces.ts'

const program = join(repositoryRoot, 'node_modules/@changesets/cli/bin.js')

/** Turns the changesets of the repository in `root` into versions and change logs. @returns why it could not. */
export function makeVersions(root: string): Promise<string[]> {
  return complaintsOf(root, program, 'version')
}

/**
 * Publishes every version in `root` that the registry does not have yet, and tags it. What it prints is for whoever
 * started this, and for the workflow, which finds there what was published. @returns why it could not.
 */
export function publishVersions(root: string): string[] {
  const { status, error } = spawnSync(process.execPath, [program, 'publish'], {
    cwd: root,
    env: environment(),
    stdio: 'inherit',
  })
  if (error) return [error.message]
  return status === 0 ? [] : [`changeset publish ended with ${status}`]
}
