/**
 * The pages of docs/recipes, followed word by word by somebody who has nothing but the published packages: their programs compile, and print what the
 * pages say.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin, installPacked, root, run } from '../packed-packages.ts'

const project = mkdtempSync(join(tmpdir(), 'recipes-'))
const directory = join(root, 'docs/recipes')
const pages = readdirSync(directory)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.slice(0, -'.md'.length))

/** The fenced blocks of one language, one after the other. */
function blocks(page: string, language: string): string {
  const text = readFileSync(join(directory, `${page}.md`), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))]
    .map(([, block]) => block)
    .join('')
}

beforeAll(() => {
  installPacked(project)
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'esnext.disposable'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    types: [],
    outDir: 'out',
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: pages.map((page) => `${page}.ts`) }),
  )
  for (const page of pages) writeFileSync(join(project, `${page}.ts`), blocks(page, 'ts'))
  expect(run(join(bin, 'tsc'), ['-p', project], project)).toBe('')
}, 120_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

// They mostly wait, so all of them are followed at once.
test.concurrent.each(pages)('%s', { timeout: 60_000 }, async (page) => {
  const child = spawn(process.execPath, [join(project, 'out', `${page}.js`)], { cwd: project })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(printed).toBe(blocks(page, 'text'))
  expect(code).toBe(0)
})
