/** All planted bugs: a file beside this directory for each area, and those that the scripts of the core bring with them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Mutant } from '../mutant.ts'
import { root } from './patch.ts'

export interface Listed extends Mutant {
  /** The file it stands in, without its ending. */
  readonly area: string
}

/** The form of those in the core's own tests, where files are named within its sources. */
interface OfScripts {
  readonly name: string
  readonly edits: Mutant['edits']
  readonly caughtBy: readonly string[]
}

const files = fileURLToPath(new URL('..', import.meta.url))
const notAnArea = 'mutant.ts'

/** Sorted by area, then by name. @throws if two have one name. */
export async function allMutants(): Promise<readonly Listed[]> {
  const listed = [...(await mutantsOfScripts())]
  for (const file of readdirSync(files)) {
    if (!file.endsWith('.ts') || file === notAnArea) continue
    const area = file.slice(0, -'.ts'.length)
    for (const mutant of await mutantsIn(join(files, file))) listed.push({ ...mutant, area })
  }
  const names = listed.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`two planted bugs are named "${twice}"`)
  return listed.sort((a, b) => compare(a.area, b.area) || compare(a.name, b.name))
}

/** Whatever lists the file exports. */
async function mutantsIn(path: string): Promise<readonly Mutant[]> {
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>
  return Object.values(module).flatMap((exported) => (Array.isArray(exported) ? (exported as Mutant[]) : []))
}

async function mutantsOfScripts(): Promise<readonly Listed[]> {
  const path = join(root, 'packages/core/test/scenarios/mutants.ts')
  const { mutants } = (await import(pathToFileURL(path).href)) as { mutants: readonly OfScripts[] }
  return mutants.map(({ name, edits, caughtBy }) => ({
    area: 'scripts',
    name,
    schedule: `That of the script${caughtBy.length > 1 ? 's' : ''} ${caughtBy.join(', ')}.`,
    edits: edits.map((edit) => ({ ...edit, file: `packages/core/src/${edit.file}` })),
    caughtBy: `scenario ${caughtBy.join(' ')}`,
  }))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
