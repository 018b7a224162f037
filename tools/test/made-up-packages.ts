import { entryPointsOf } from '../src/api/entry-points.ts'
import { type ReferencePage, referencePages } from '../src/api/reference.ts'
import { type Report, reportsOf } from '../src/api/report.ts'
import { madeUp } from './made-up.ts'

/** The manifest of a package with these doors: `''`, `/node`. */
export function packageWith(name: string, ...doors: string[]): object {
  const exports = doors.map((door) => [`.${door}`, { types: `./dist/${door.slice(1) || 'index'}.d.ts` }])
  return { name, exports: { ...Object.fromEntries(exports), './package.json': './package.json' } }
}

/** The reports of packages that consist of these files, in the order of their entry points' names. */
export function reports(files: Record<string, unknown>): Report[] {
  const repository = madeUp(files)
  return reportsOf(entryPointsOf(repository.workspaces), readerOf(files))
}

/** The reference of packages that consist of these files, as it would stand in `site/reference`. */
export function reference(files: Record<string, unknown>): ReferencePage[] {
  return referencePages(madeUp(files).workspaces, readerOf(files), 'site/reference')
}

function readerOf(files: Record<string, unknown>): (path: string) => string | null {
  const repository = madeUp(files)
  return (path) => (path in files ? repository.read(path) : null)
}

/** The one package `clocks`, with the declarations of its only entry point and of other files. */
export function reportOf(index: string, files: Record<string, string> = {}): Report {
  const [report] = reports({
    'packages/clocks/package.json': packageWith('clocks', ''),
    'packages/clocks/dist/index.d.ts': index,
    ...files,
  })
  return report!
}
