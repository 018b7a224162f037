/** How an edit changes the text of its file. */
import { fileURLToPath } from 'node:url'
import type { Edit } from '../mutant.ts'

/** The repository's root. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

/** @throws if the text of the edit does not stand there exactly once. */
export function patched(text: string, { file, find, replace }: Edit): string {
  if (text.split(find).length !== 2) throw new Error(`${file} holds this not exactly once: ${find}`)
  return text.replace(find, () => replace)
}
