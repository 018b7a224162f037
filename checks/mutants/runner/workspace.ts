/** A copy of the repository's sources outside of it, to be patched and run. Nothing has to be compiled: programs run from TypeScript. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Edit } from '../mutant.ts'
import { patched, root } from './patch.ts'

const copied = ['packages', 'checks', 'package.json', 'tsconfig.base.json', 'vitest.shared.ts']
/** Only read, or installed: these stay where they are. */
const linked = ['node_modules', 'docs']
const compiled = /[\\/]dist([\\/]|$)/

export class Workspace {
  /** Where it is. */
  readonly path: string
  readonly #onExit = (): void => this.remove()
  #originals = new Map<string, string>()

  constructor() {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'rafted-mutants-')))
    process.on('exit', this.#onExit)
    // The links between the workspaces are relative: in the copy they lead to the copy.
    const options = {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from: string) => !compiled.test(from),
    }
    for (const name of copied) cpSync(join(root, name), join(this.path, name), options)
    for (const name of linked) symlinkSync(join(root, name), join(this.path, name))
  }

  /** @throws if the text of an edit does not stand there exactly once. */
  patch(edits: readonly Edit[]): void {
    for (const edit of edits) {
      const path = join(this.path, edit.file)
      const text = readFileSync(path, 'utf8')
      if (!this.#originals.has(path)) this.#originals.set(path, text)
      writeFileSync(path, patched(text, edit))
    }
  }

  restore(): void {
    for (const [path, text] of this.#originals) writeFileSync(path, text)
    this.#originals.clear()
  }

  remove(): void {
    process.off('exit', this.#onExit)
    rmSync(this.path, { recursive: true, force: true })
  }
}
