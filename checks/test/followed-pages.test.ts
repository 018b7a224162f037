/**
 * Pages that are one program from top to bottom, followed word by word by somebody who has nothing but the published packages: they compile, and print what
 * the pages say.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin, installPacked, root, run } from './packed-packages.ts'
import { blocksOf, followed } from './pages/catalogue.ts'

const project = mkdtempSync(join(tmpdir(), 'pages-'))

/** The fenced blocks of one language, one after the other; but not those that only show something. */
function blocks(page: string, language: string): string {
  const text = readFileSync(join(root, page), 'utf8')
  return blocksOf(text)
    .filter((block) => block.language === language && block.isRun)
    .map(({ text: block }) => block)
    .join('')
}

const programOf = (page: string): string => page.replace(/\.md$/, '')

beforeAll(() => {
  installPacked(project)
  // What a page installs besides.
  symlinkSync(join(root, 'checks/node_modules/zod'), join(project, 'node_modules/zod'), 'junction')
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'esnext.disposable'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    types: [],
    rootDir: '.',
    outDir: 'out',
  }
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: followed.map((page) => `${programOf(page)}.ts`) }),
  )
  for (const page of followed) {
    const file = join(project, `${programOf(page)}.ts`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, blocks(page, 'ts'))
  }
  expect(run(join(bin, 'tsc'), ['-p', project], project)).toBe('')
}, 120_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

// They mostly wait, so all of them are followed at once.
test.concurrent.each(followed)('%s', { timeout: 60_000 }, async (page) => {
  const child = spawn(process.execPath, [join(project, 'out', `${programOf(page)}.js`)], { cwd: project })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(printed).toBe(blocks(page, 'text'))
  expect(code).toBe(0)
})
