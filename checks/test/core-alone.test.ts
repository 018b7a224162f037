import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bin, root, run } from './packed-packages.ts'

/** Packed, installed and run as a stranger would, who knows nothing of this repository. */
describe('the core alone, from its tarball', () => {
  const project = mkdtempSync(join(tmpdir(), 'core-alone-'))
  const installed = join(project, 'node_modules/@rafted/core')

  beforeAll(() => {
    run(join(bin, 'tsc'), ['-b', 'packages/core'], root)
    run(join(bin, 'pnpm'), ['pack', '--pack-destination', project], join(root, 'packages/core'))
    const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'))
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], project)
  }, 60_000)

  afterAll(() => rmSync(project, { recursive: true, force: true }))

  test('brings no other package', () => {
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      '@rafted',
    ])
    expect(readdirSync(join(project, 'node_modules/@rafted'))).toEqual(['core'])
  })

  test('holds what it says it does and no more', () => {
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'src'])
    expect(
      readdirSync(join(installed, 'dist')).filter((name) => !/\.(js|d\.ts)(\.map)?$/.test(name)),
    ).toEqual([])
  })

  test('runs the program of its README, which prints what the README says', () => {
    const readme = readFileSync(join(installed, 'README.md'), 'utf8')
    const [, program, after] = /^```js\n(.*?)^```\n(.*)/ms.exec(readme) ?? []
    expect(program, 'a fenced block of js').toBeDefined()
    const promised = /It prints:?\s+`([^`]+)`/.exec(after!)?.[1]
    expect(promised, 'a line after it that says: It prints: `…`').toBeDefined()
    writeFileSync(join(project, 'readme.js'), program!)
    expect(run(process.execPath, ['readme.js'], project).trimEnd().split('\n').at(-1)).toBe(promised)
  })
})
