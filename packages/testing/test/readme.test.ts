/** The programs of the README print what their comments say. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const readme = readFileSync(pathOf('../README.md'), 'utf8')
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, program]) => program!)
const directory = mkdtempSync(join(tmpdir(), 'readme-'))
afterAll(() => rmSync(directory, { recursive: true }))

test.each(programs)('%#', (program) => {
  const file = join(directory, `${programs.indexOf(program)}.mts`)
  // The packages' names lead to their sources.
  const sources = program.replaceAll(
    /'@rafted\/([a-z-]+)'/g,
    (_, name) => `'${pathOf(`../../${name}/src/index.ts`)}'`,
  )
  writeFileSync(file, sources)
  const promised = [...program.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, printed]) => printed)
  const args = ['--import', 'tsx', '-C', '@rafted/source', file]
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n')).toEqual(promised)
})

test('there are seven', () => {
  expect(programs).toHaveLength(7)
})
