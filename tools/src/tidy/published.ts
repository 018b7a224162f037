import type { Workspace } from '../workspaces.ts'
import { checkReadme } from './readmes.ts'
import type { Problem, Repository } from './repository.ts'

export type Fields = Record<string, unknown>

const repositoryUrl = 'https://github.com/rafted/rafted'

/** What every package brings, whatever else it has. The LICENSE of the repository is added when it is packed. */
const everyPackageBrings = ['dist', '!dist/*.tsbuildinfo', 'src', 'README.md', 'CHANGELOG.md']

/**
 * What a published package says of itself: whoever finds it in a registry learns whose it is, what it may be used
 * for, where it is from, where to complain, and which Node.js it needs.
 * @param root the manifest of the repository, whose `engines` are those of all.
 */
export function checkPublished(workspace: Workspace, root: Fields, repository: Repository): Problem[] {
  const { directory, manifest } = workspace
  const fields = manifest as unknown as Fields
  const path = `${directory}/package.json`
  const messages = [...fieldsThatDiffer(fields, expectedOf(directory, root)), ...freeFields(fields)]
  const problems = messages.map((message) => ({ path, message }))
  const readme = `${directory}/README.md`
  if (repository.paths.includes(readme))
    problems.push(...checkReadme(repository.read(readme)).map((message) => ({ path: readme, message })))
  else problems.push({ path, message: 'it has no README.md' })
  return [...problems, ...checkExports(path, (fields.exports ?? {}) as Fields)]
}

function expectedOf(directory: string, root: Fields): Fields {
  return {
    license: 'MIT',
    author: 'The Rafted authors',
    type: 'module',
    sideEffects: false,
    engines: root.engines,
    repository: { type: 'git', url: `git+${repositoryUrl}.git`, directory },
    homepage: `${repositoryUrl}/tree/main/${directory}#readme`,
    bugs: { url: `${repositoryUrl}/issues` },
    // A registry shows from which commit and by which run a package with provenance was made.
    publishConfig: { access: 'public', provenance: true },
  }
}

function fieldsThatDiffer(fields: Fields, expected: Fields): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => JSON.stringify(fields[name]) !== JSON.stringify(value))
    .map(([name, value]) => `${name} should be ${JSON.stringify(value)}`)
}

/** What differs from package to package, and must be there. */
function freeFields({ description, version, keywords, files }: Fields): string[] {
  const messages: string[] = []
  if (typeof description !== 'string' || description === '') messages.push('it has no description')
  if (typeof version !== 'string') messages.push('it has no version')
  const words = Array.isArray(keywords) ? (keywords as unknown[]) : []
  if (!words.includes('raft') || new Set(words).size !== words.length)
    messages.push('keywords should name "raft", and each word once')
  const brought = Array.isArray(files) ? (files as unknown[]) : []
  for (const file of everyPackageBrings)
    if (!brought.includes(file)) messages.push(`files should name "${file}"`)
  return messages
}

/** Sources for whoever works here, types and programs for everybody else, and no way in to anything more. */
function checkExports(path: string, exports: Fields): Problem[] {
  const missing = ['.', './package.json']
    .filter((entry) => !(entry in exports))
    .map((entry) => ({ path, message: `exports should have "${entry}"` }))
  const wrong = Object.entries(exports).flatMap(([entry, value]) => {
    const expected = exportOf(entry)
    if (JSON.stringify(value) === JSON.stringify(expected)) return []
    return [{ path, message: `exports["${entry}"] should be ${JSON.stringify(expected)}` }]
  })
  return [...missing, ...wrong]
}

function exportOf(entry: string): unknown {
  if (entry === './package.json') return entry
  const name = entry === '.' ? 'index' : entry.slice(2)
  return {
    '@rafted/source': `./src/${name}.ts`,
    types: `./dist/${name}.d.ts`,
    default: `./dist/${name}.js`,
  }
}
