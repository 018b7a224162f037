/** The core with a planted fault: a copy of its sources, outside the repository, with texts replaced. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CoreClass } from '@rafted/testing'
import type { Edit } from '../mutants/mutant.ts'
import { patched, root } from '../mutants/runner/patch.ts'

const sources = 'packages/core/src'

export async function mutatedCore(edits: readonly Edit[]): Promise<CoreClass> {
  const copy = mkdtempSync(join(tmpdir(), 'rafted-core-'))
  try {
    cpSync(join(root, sources), join(copy, sources), { recursive: true })
    for (const edit of edits) {
      const path = join(copy, edit.file)
      writeFileSync(path, patched(readFileSync(path, 'utf8'), edit))
    }
    const { Core } = (await import(/* @vite-ignore */ join(copy, sources, 'index.ts'))) as { Core: CoreClass }
    return Core
  } finally {
    rmSync(copy, { recursive: true })
  }
}
