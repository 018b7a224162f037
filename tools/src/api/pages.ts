import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from '../tidy/repository.ts'
import { listWorkspaces, repositoryFiles, repositoryRoot } from '../workspaces.ts'
import type { ReadFile } from './declarations.ts'
import { entryPointsOf, pages } from './entry-points.ts'
import { type ReferencePage, referencePages } from './reference.ts'
import { type Report, reportsOf } from './report.ts'

/** Says what the pages are and how they come about; no report. */
const aboutPages = `${pages}/README.md`
const linesShown = 12

/** The reports of this repository as its sources are. Throws what the compiler says. */
export function currentReports(root: string = repositoryRoot): Report[] {
  compilePackages(root)
  return reportsOf(entryPointsOf(listWorkspaces(root)), filesOf(root))
}

/** The pages for people to read, which will be in `directory` (from the root), likewise. */
export function currentReference(directory: string, root: string = repositoryRoot): ReferencePage[] {
  compilePackages(root)
  return referencePages(listWorkspaces(root), filesOf(root), directory)
}

/** Compiles what was changed since. */
function compilePackages(root: string): void {
  const projects = repositoryFiles(root).filter((path) =>
    /^packages\/[^/]+\/tsconfig(?!\.test)[^/]*\.json$/.test(path),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [compiler, '-b', ...projects], { cwd: root, encoding: 'utf8' })
  } catch (error) {
    throw new Error(`the packages don't compile\n${(error as { stdout?: string }).stdout ?? error}`)
  }
}

function filesOf(root: string): ReadFile {
  return (path) => {
    const file = join(root, path)
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }
}

/** The pages that are there, by path. */
export function writtenPages(root: string = repositoryRoot): Map<string, string> {
  const paths = repositoryFiles(root).filter((path) => path.startsWith(`${pages}/`) && path !== aboutPages)
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** Where the pages don't say what users get. */
export function driftOf(reports: readonly Report[], written: ReadonlyMap<string, string>): Problem[] {
  const left = new Map(written)
  const problems: Problem[] = []
  for (const { entry, text } of reports) {
    const before = left.get(entry.page)
    left.delete(entry.page)
    if (before === text) continue
    const message =
      before === undefined
        ? `${entry.name} has no report: run npm run api`
        : `${entry.name} has another public interface than this: run npm run api and look at the diff\n${difference(before, text)}`
    problems.push({ path: entry.page, message })
  }
  for (const path of left.keys())
    problems.push({ path, message: 'no entry point has this page: run npm run api' })
  return problems
}

/** Lines that only one of the two has, or has more often. */
function difference(before: string, after: string): string {
  const lines = [
    ...surplus(before, after).map((line) => `- ${line}`),
    ...surplus(after, before).map((line) => `+ ${line}`),
  ]
  if (lines.length === 0) return 'the same lines, in another order'
  const more = lines.length - linesShown
  return [...lines.slice(0, linesShown), ...(more > 0 ? [`… and ${more} more lines`] : [])].join('\n')
}

function surplus(text: string, other: string): string[] {
  const left = new Map<string, number>()
  for (const line of other.split('\n')) left.set(line, (left.get(line) ?? 0) + 1)
  return text.split('\n').filter((line) => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return line !== '' && count <= 0
  })
}

/** What must have a docstring and has none; once, from however many entry points it is reached. */
export function undocumented(reports: readonly Report[]): Problem[] {
  const names = reports.flatMap(({ missing }) =>
    missing.filter(({ isField }) => !isField).map(({ path, name }) => `${path} ${name}`),
  )
  return [...new Set(names)].map((found) => {
    const [path, name] = found.split(' ') as [string, string]
    return { path, message: `${name} has no docstring: say what it means to those who use it` }
  })
}
