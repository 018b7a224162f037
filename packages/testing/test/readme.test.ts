/** The programs of the README print what their comments say. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const readme = readFileSync(pathOf('../README.md'), 'utf8')
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, program]) => program!)
const directory = mkdtempSync(join(tmpdir(), 'readme-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Between what two programs print. */
const border = '--- the next program ---'
let printed: string[]

// One process for all: to begin takes longer than what most of them do.
beforeAll(() => {
  const imports = programs.map((program, i) => {
    const file = join(directory, `${i}.mts`)
    // The packages' names lead to their sources.
    const sources = program.replaceAll(
      /'@rafted\/([a-z-]+)'/g,
      (_, name) => `'${pathOf(`../../${name}/src/index.ts`)}'`,
    )
    writeFileSync(file, sources)
    return `await import('./${i}.mts')\n`
  })
  const all = join(directory, 'all.mts')
  writeFileSync(all, imports.join(`console.log('${border}')\n`))
  const args = ['--import', 'tsx', '-C', '@rafted/source', all]
  printed = execFileSync(process.execPath, args, { encoding: 'utf8' }).split(`${border}\n`)
}, 120_000)

test.each(programs)('%#', (program) => {
  const promised = [...program.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, line]) => line)
  expect(printed[programs.indexOf(program)]!.trim().split('\n')).toEqual(promised)
})

test('there are eight', () => {
  expect(programs).toHaveLength(8)
})
