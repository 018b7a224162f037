import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from '../packed/packed-package.ts'
import { measureSizes, type Sizes } from './measure.ts'
import { gzippedCoreIn, installsIn, kilobytes, sizesPage } from './page.ts'

/** What the core may weigh, bundled, minified and gzipped, in bytes. It is what a page of the web has to load. */
export const coreLimit = 20 * 1024

/** By how much what is measured may differ from what the page says before the page is no longer true. */
const tolerance = 0.15

const remedy = 'npm run sizes writes what is'

export async function sizeProblems(root: string, packages: PackedPackage[]): Promise<string[]> {
  const path = join(root, sizesPage)
  return driftOf(await measureSizes(root, packages), existsSync(path) ? readFileSync(path, 'utf8') : '')
}

/** What the page says that is not so, and what is too large whatever the page says. */
export function driftOf(sizes: Sizes, page: string): string[] {
  const said = installsIn(page)
  const problems = sizes.installs.flatMap(({ name, packages, bytes }) => {
    const row = said.get(name)
    said.delete(name)
    if (!row) return [`it says nothing of ${name}: ${remedy}`]
    if (row.packages !== packages)
      return [`${name} comes as ${packages} packages, not ${row.packages}: ${remedy}`]
    return differs(row.bytes, bytes)
      ? [`${name} takes ${kilobytes(bytes)} installed, not ${kilobytes(row.bytes)}: ${remedy}`]
      : []
  })
  for (const name of said.keys()) problems.push(`it tells of ${name}, which is not published: ${remedy}`)
  return [...problems, ...coreProblems(sizes.core.gzippedBytes, gzippedCoreIn(page))]
}

function coreProblems(bytes: number, said: number | null): string[] {
  const problems: string[] = []
  if (said === null || differs(said, bytes))
    problems.push(`the core has ${kilobytes(bytes)} gzipped, not ${kilobytes(said ?? Number.NaN)}: ${remedy}`)
  if (bytes > coreLimit)
    problems.push(
      `the core has ${bytes} bytes gzipped, of at most ${coreLimit}: make it smaller, or say there why it can't be`,
    )
  return problems
}

function differs(said: number, measured: number): boolean {
  return Math.abs(said - measured) > tolerance * measured
}
