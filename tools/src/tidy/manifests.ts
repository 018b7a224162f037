import { posix } from 'node:path'
import type { Workspace } from '../workspaces.ts'
import { checkPublished, type Fields } from './published.ts'
import type { Problem, Repository } from './repository.ts'

/** What every published package says alike, and the references that `tsc -b` follows. */
export function checkManifests(repository: Repository): Problem[] {
  const root = JSON.parse(repository.read('package.json')) as Fields
  return [
    ...repository.workspaces.flatMap((workspace) => [
      ...(workspace.manifest.private ? [] : checkPublished(workspace, root, repository)),
      ...checkReferences(workspace, repository),
      ...checkLongTests(workspace, repository),
    ]),
    ...checkRootReferences(repository),
  ]
}

/** A test that only `npm run test:long` runs is run by nobody unless its package says how. */
function checkLongTests({ directory, manifest }: Workspace, { paths }: Repository): Problem[] {
  const { scripts = {} } = manifest as unknown as { scripts?: Record<string, string> }
  const isLong = (path: string): boolean =>
    path.startsWith(`${directory}/`) && /\/test\/.*\.long\.ts$/.test(path)
  if (scripts['test:long'] !== undefined || !paths.some(isLong)) return []
  return [{ path: `${directory}/package.json`, message: 'it has long tests, and no script "test:long"' }]
}

type Project = { references?: { path: string }[]; compilerOptions?: { types?: string[] } }

function checkReferences(workspace: Workspace, repository: Repository): Problem[] {
  const { directory, manifest } = workspace
  const path = `${directory}/tsconfig.json`
  if (!repository.paths.includes(path)) return []
  const project = JSON.parse(repository.read(path)) as Project
  const referenced = referencesOf(path, project)
  const needed = repository.workspaces
    .filter((other) => other.manifest.name in { ...manifest.dependencies, ...manifest.devDependencies })
    .map((other) => other.directory)
  const problems = needed
    .filter((other) => !referenced.includes(other))
    .map((other) => ({ path, message: `it should refer to ${other}, which its package depends on` }))
  if (/^@rafted\/(core|contracts)$/.test(manifest.name) && project.compilerOptions?.types?.length) {
    problems.push({ path, message: 'this package is written without the types of any runtime' })
  }
  return problems
}

function checkRootReferences(repository: Repository): Problem[] {
  const path = 'tsconfig.json'
  const referenced = referencesOf(path, JSON.parse(repository.read(path)) as Project)
  return repository.workspaces.flatMap(({ directory }) =>
    [`${directory}/tsconfig.json`, `${directory}/tsconfig.test.json`]
      .filter((project) => repository.paths.includes(project))
      .filter((project) => !referenced.includes(project.replace('/tsconfig.json', '')))
      .map((project) => ({ path, message: `it should refer to ${project}` })),
  )
}

function referencesOf(path: string, project: Project): string[] {
  return (project.references ?? []).map((reference) => posix.join(posix.dirname(path), reference.path))
}
