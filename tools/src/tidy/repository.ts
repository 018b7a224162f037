import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Manifest,
  repositoryFiles,
  repositoryRoot,
  type Workspace,
  workspaceDirectory,
} from '../workspaces.ts'
import { parseSource, type Source } from './source.ts'

/** The files that the rules look at: those of this repository, or some that a test made up. */
export type Repository = {
  paths: string[]
  workspaces: Workspace[]
  read(path: string): string
  parse(path: string): Source
}

export function openRepository(root: string = repositoryRoot): Repository {
  return repositoryOf(repositoryFiles(root), (path) => readFileSync(join(root, path), 'utf8'))
}

export function repositoryOf(paths: string[], readFile: (path: string) => string): Repository {
  const texts = new Map<string, string>()
  const sources = new Map<string, Source>()
  const read = (path: string): string => remember(texts, path, readFile)
  const workspaces = paths.flatMap((path) => {
    const directory = workspaceDirectory(path)
    return directory ? [{ directory, manifest: JSON.parse(read(path)) as Manifest }] : []
  })
  return {
    paths,
    workspaces,
    read,
    parse: (path) => remember(sources, path, () => parseSource(path, read(path))),
  }
}

function remember<T>(known: Map<string, T>, path: string, make: (path: string) => T): T {
  const found = known.get(path)
  if (found !== undefined) return found
  const made = make(path)
  known.set(path, made)
  return made
}

/** One thing that is not as it should be. */
export type Problem = { path: string; line?: number; message: string }

export function formatProblem({ path, line, message }: Problem): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${message}`
}

const sourceName = /\.[cm]?[jt]sx?$/

export function isSource(path: string): boolean {
  return sourceName.test(path)
}

/** A source that is published: it lies in the `src` of one of `packages/*`. */
export function isPublishedSource(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && isSource(path)
}

/** A program of a page that is published, which browsers run as it is. */
export function isPublishedPage(path: string): boolean {
  return /^packages\/[^/]+\/page\//.test(path) && isSource(path)
}

/** The sources of a workspace, without the settings of its tools, which lie beside its package.json. */
export function workspaceSources(repository: Repository, workspace: Workspace): string[] {
  const start = `${workspace.directory}/`
  return repository.paths.filter(
    (path) => path.startsWith(start) && isSource(path) && path.slice(start.length).includes('/'),
  )
}
