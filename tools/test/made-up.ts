import { formatProblem, type Problem, type Repository, repositoryOf } from '../src/tidy/repository.ts'

/** A repository of the files given; `json` values may be given as they are. */
export function madeUp(files: Record<string, unknown>): Repository {
  const texts: Record<string, unknown> = { 'package.json': { name: 'root' }, 'tsconfig.json': {}, ...files }
  return repositoryOf(Object.keys(texts).sort(), (path) => {
    const text = texts[path]
    return typeof text === 'string' ? text : JSON.stringify(text)
  })
}

/** The manifest of a published package. */
export function manifest(name: string, ...dependencies: string[]): object {
  return { name, dependencies: Object.fromEntries(dependencies.map((other) => [other, 'workspace:^'])) }
}

export function problemsOf(
  check: (repository: Repository) => Problem[],
  files: Record<string, unknown>,
): string[] {
  return check(madeUp(files)).map(formatProblem)
}
