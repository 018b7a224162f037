import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import type { Manifest, Workspace } from '../workspaces.ts'
import { type Import, importsOf, packageNamed } from './imports.ts'
import { type Problem, type Repository, workspaceSources } from './repository.ts'

/**
 * What each published package may depend on. A package names only packages above it, so that there are no
 * cycles.
 */
export const arrows: ReadonlyMap<string, readonly string[]> = tableOfArrows([
  ['@rafted/core', []],
  ['@rafted/contracts', ['@rafted/core']],
  ['@rafted/wire', ['@rafted/core', '@rafted/contracts']],
  ['@rafted/storage', ['@rafted/contracts', '@rafted/wire']],
  ['@rafted/transport-memory', ['@rafted/contracts']],
  ['@rafted/transport-tcp', ['@rafted/contracts']],
  ['@rafted/transport-nats', ['@rafted/contracts']],
  ['@rafted/host', ['@rafted/core', '@rafted/contracts', '@rafted/wire']],
  ['@rafted/client', ['@rafted/contracts', '@rafted/wire']],
  ['@rafted/recipes', ['@rafted/contracts', '@rafted/client']],
  ['@rafted/fleet', ['@rafted/contracts', '@rafted/host', '@rafted/client']],
  ['@rafted/testing', 'all above'],
  ['rafted', 'all above but testing'],
  ['rafted-nats', 'all above but testing'],
  ['rafted-memory', 'all above but testing'],
  ['@rafted/metrics', ['@rafted/contracts']],
  ['@rafted/dashboard', 'all above'],
  ['@rafted/cli', 'all above'],
])

/** Packages that take nothing but types from these of their dependencies. */
const typesOnly: ReadonlyMap<string, readonly string[]> = new Map([['@rafted/contracts', ['@rafted/core']]])

type Row = [name: string, allowed: readonly string[] | 'all above' | 'all above but testing']

function tableOfArrows(rows: Row[]): Map<string, readonly string[]> {
  const table = new Map<string, readonly string[]>()
  for (const [name, allowed] of rows) {
    const above = [...table.keys()]
    if (allowed === 'all above') table.set(name, above)
    else if (allowed === 'all above but testing') {
      // The entry packages stand beside each other.
      table.set(
        name,
        above.filter((other) => other !== '@rafted/testing' && other.startsWith('@')),
      )
    } else table.set(name, allowed)
  }
  return table
}

const dependencyFields = [
  'dependencies',
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
] as const satisfies (keyof Manifest)[]

/** Every dependency that a package.json or an import makes, against the table. */
export function checkArrows(repository: Repository): Problem[] {
  const names = new Map(repository.workspaces.map((workspace) => [workspace.manifest.name, workspace]))
  return [
    ...repository.workspaces.flatMap((workspace) => [
      ...checkManifest(workspace, names),
      ...workspaceSources(repository, workspace).flatMap((path) =>
        importsOf(repository.parse(path)).flatMap((found) => {
          const message = importProblem(path, found, workspace, names)
          return message ? [{ path, line: found.line, message }] : []
        }),
      ),
    ]),
    ...findCycles(repository),
  ]
}

function checkManifest(workspace: Workspace, names: Map<string, Workspace>): Problem[] {
  const { directory, manifest } = workspace
  const path = `${directory}/package.json`
  const problems: Problem[] = []
  if (!manifest.private && !arrows.has(manifest.name)) {
    problems.push({
      path,
      message: `${manifest.name} is not in the table of arrows in tools/src/tidy/arrows.ts`,
    })
  }
  for (const field of dependencyFields) {
    for (const [name, version] of Object.entries(manifest[field] ?? {})) {
      const message = arrowProblem(workspace, name, names)
      if (message) problems.push({ path, message: `${field}: ${message}` })
      if (names.has(name) && version !== 'workspace:^') {
        problems.push({
          path,
          message: `${field}: ${name} is a package of this repository, so its version is workspace:^`,
        })
      }
      if (manifest.name === '@rafted/core')
        problems.push({ path, message: `${field}: the core depends on nothing` })
    }
  }
  return problems
}

/** A worker has no other way to a machine than the module its owner names. */
const importsUsersModules = 'packages/host/src/worker/modules.ts'

/** Why `workspace` may not depend on the package `name`, or null. */
function arrowProblem(workspace: Workspace, name: string, names: Map<string, Workspace>): string | null {
  const own = workspace.manifest
  const other = names.get(name)
  if (name === own.name || (!other && !arrows.has(name))) return null
  if (other?.manifest.private) return `${name} is private, and nothing depends on a private workspace`
  if (own.private || arrows.get(own.name)?.includes(name)) return null
  return `${own.name} may not depend on ${name}`
}

function importProblem(
  path: string,
  found: Import,
  workspace: Workspace,
  names: Map<string, Workspace>,
): string | null {
  const own = workspace.manifest
  const inSource = path.startsWith(`${workspace.directory}/src/`)
  const { specifier } = found
  if (specifier === null) {
    return inSource && !own.private && path !== importsUsersModules
      ? 'a published package imports only what it names in its text'
      : null
  }
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(path), specifier)
    return target.startsWith(`${workspace.directory}/`)
      ? null
      : `${specifier} leaves the package: import it by its name`
  }
  if (specifier.startsWith('/')) return `${specifier} is an absolute path`
  if (isOfNode(specifier)) {
    if (!specifier.startsWith('node:'))
      return `write node:${specifier}, so that no package can take its place`
    return own.name === '@rafted/core' && inSource
      ? 'the core runs anywhere: it imports nothing of Node.js'
      : null
  }
  const name = packageNamed(specifier)
  return name && !own.private
    ? publishedImportProblem(name, found, workspace, inSource, names)
    : name
      ? arrowProblem(workspace, name, names)
      : null
}

function publishedImportProblem(
  name: string,
  found: Import,
  workspace: Workspace,
  inSource: boolean,
  names: Map<string, Workspace>,
): string | null {
  const own = workspace.manifest
  const message = arrowProblem(workspace, name, names)
  if (message || !inSource || name === own.name) return message
  const declared = { ...own.dependencies, ...own.peerDependencies, ...own.optionalDependencies }
  if (!(name in declared)) return `${name} is not among the dependencies of ${own.name}`
  if (typesOnly.get(own.name)?.includes(name) && !found.typesOnly) {
    return `${own.name} takes only types from ${name}: import type { … }`
  }
  return null
}

const builtins = new Set(builtinModules)

export function isOfNode(specifier: string): boolean {
  return specifier.startsWith('node:') || builtins.has(specifier)
}

/** Cycles among the workspaces, and cycles of values among the files of each package. */
function findCycles(repository: Repository): Problem[] {
  const packages = new Map(
    repository.workspaces.map(({ manifest }) => [
      manifest.name,
      dependencyFields.flatMap((field) => Object.keys(manifest[field] ?? {})),
    ]),
  )
  const directories = new Map(
    repository.workspaces.map(({ directory, manifest }) => [manifest.name, directory]),
  )
  const problems = cyclesOf(packages).map((cycle) => ({
    path: `${directories.get(cycle[0]!)}/package.json`,
    message: `a cycle of packages: ${cycle.join(' → ')}`,
  }))
  for (const workspace of repository.workspaces) {
    const files = new Map(
      workspaceSources(repository, workspace).map((path) => [path, valueNeighbours(path, repository)]),
    )
    for (const cycle of cyclesOf(files)) {
      problems.push({ path: cycle[0]!, message: `a cycle of files: ${cycle.join(' → ')}` })
    }
  }
  return problems
}

function valueNeighbours(path: string, repository: Repository): string[] {
  return importsOf(repository.parse(path)).flatMap(({ specifier, typesOnly: types }) =>
    specifier?.startsWith('.') && !types
      ? [posix.join(posix.dirname(path), specifier).replace(/\.([cm]?)js$/, '.$1ts')]
      : [],
  )
}

/** Each cycle once, as the path that leads back to its start. */
function cyclesOf(graph: Map<string, string[]>): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  const visit = (name: string, trail: string[]): void => {
    const at = trail.indexOf(name)
    if (at !== -1) cycles.push([...trail.slice(at), name])
    if (at !== -1 || done.has(name)) return
    for (const next of graph.get(name) ?? []) if (graph.has(next)) visit(next, [...trail, name])
    done.add(name)
  }
  for (const name of graph.keys()) visit(name, [])
  return cycles
}
