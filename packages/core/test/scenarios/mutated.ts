/**
 * Loads the core with a planted bug. The edited files and all that import them are copied to a directory outside the
 * repository; what they import besides is shared with the real core.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Edit } from './mutant.ts'
import type { CoreModule } from './runner/world.ts'

const directory = fileURLToPath(new URL('../../src', import.meta.url))
const sources = new Map(
  readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), 'utf8')]),
)
const imported = / from '\.\/([^']+)'/g

/** @throws if the text of an edit does not stand there exactly once. */
export async function loadMutated(edits: readonly Edit[]): Promise<CoreModule> {
  const changed = importersOf(edits.map(({ file }) => file))
  const copy = mkdtempSync(join(tmpdir(), 'rafted-core-'))
  try {
    for (const file of changed) {
      const text = sources.get(file)!
      const mutated = edits.filter((edit) => edit.file === file).reduce(apply, text)
      const linked = mutated.replace(imported, (whole, other) =>
        changed.has(other) ? whole : ` from '${join(directory, other)}'`,
      )
      writeFileSync(join(copy, file), linked)
    }
    return (await import(/* @vite-ignore */ join(copy, 'index.ts'))) as CoreModule
  } finally {
    rmSync(copy, { recursive: true })
  }
}

function apply(text: string, { file, find, replace }: Edit): string {
  if (text.split(find).length !== 2) throw new Error(`${file} holds this not exactly once: ${find}`)
  return text.replace(find, () => replace)
}

/** These files and whatever imports them, directly or not. */
function importersOf(files: readonly string[]): Set<string> {
  const found = new Set(files)
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const [file, text] of sources)
      if ([...text.matchAll(imported)].some(([, other]) => found.has(other!))) found.add(file)
  }
  return found
}
