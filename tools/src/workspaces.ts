import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot: string = fileURLToPath(new URL('../..', import.meta.url))

/** What is read of a package.json. */
export type Manifest = {
  name: string
  version?: string
  private?: boolean
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export type Workspace = { directory: string; manifest: Manifest }

/** Every file that is tracked or would be, by its path from the root. */
export function repositoryFiles(root: string = repositoryRoot): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path))).sort()
}

/** The directory of the workspace whose package.json this is, or null if it is no workspace's. */
export function workspaceDirectory(path: string): string | null {
  return /^((?:packages|examples)\/[^/]+|[^/]+)\/package\.json$/.exec(path)?.[1] ?? null
}

/** The workspaces of the repository; its root is none of them. */
export function listWorkspaces(root: string = repositoryRoot): Workspace[] {
  return repositoryFiles(root).flatMap((path) => {
    const directory = workspaceDirectory(path)
    if (!directory) return []
    return [{ directory, manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest }]
  })
}
