/** Files that are hard to carry, and how many lines they have. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const text = (content: string): Buffer => Buffer.from(content, 'latin1')

export const many = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('')

export const oddBytes = text('\xff\xfe\x80\n\0\0\n\xc3\x28\n\xed\xa0\x80')

export const inputs: [string, Buffer, number][] = [
  ['an empty file', text(''), 0],
  ['one line without an end', text('alone'), 1],
  ['two lines', text('a\nb\n'), 2],
  ['empty lines, some twice', text('\n\n\na\na\n\n'), 6],
  ['CR LF and lone CR', text('a\r\nb\r\n\r\rc\r'), 3],
  ['invalid UTF-8 and zeros', oddBytes, 4],
  ['a line of 1 MB among short ones', text(`${many}${'x'.repeat(1_000_000)}\n${many}last`), 2002],
]

const directory = mkdtempSync(join(tmpdir(), 'queue-input-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0

/** @returns the path of a file with these bytes. */
export function writeInput(content: string): string {
  const path = join(directory, `${++files}.txt`)
  writeFileSync(path, text(content))
  return path
}
