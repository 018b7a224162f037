/** The core with a planted fault: a copy of its sources, outside the repository, with a text replaced. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CoreClass } from '@rafted/testing'

export interface Edit {
  /** A file of the core. */
  readonly file: string
  /** Stands in it exactly once. */
  readonly find: string
  readonly replace: string
}

const sources = fileURLToPath(new URL('../../packages/core/src', import.meta.url))

export async function mutatedCore({ file, find, replace }: Edit): Promise<CoreClass> {
  const text = readFileSync(join(sources, file), 'utf8')
  if (text.split(find).length !== 2) throw new Error(`${file} holds this not exactly once: ${find}`)
  const copy = mkdtempSync(join(tmpdir(), 'rafted-core-'))
  try {
    cpSync(sources, copy, { recursive: true })
    writeFileSync(
      join(copy, file),
      text.replace(find, () => replace),
    )
    const { Core } = (await import(/* @vite-ignore */ join(copy, 'index.ts'))) as { Core: CoreClass }
    return Core
  } finally {
    rmSync(copy, { recursive: true })
  }
}
