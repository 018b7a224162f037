import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { contentProblems } from '../src/packed/contents.ts'
import type { PackedPackage } from '../src/packed/packed-package.ts'
import { typeProblems } from '../src/packed/shape.ts'
import { packedOf } from './made-up-tarballs.ts'

const license = 'Do as you like.\n'
const manifest = {
  name: '@rafted/wire',
  version: '1.2.0',
  bin: { wire: './dist/wire.js' },
  exports: {
    '.': { '@rafted/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  files: ['dist', 'src', 'README.md', 'fixtures'],
  dependencies: { '@rafted/core': '^1.2.0', msgpackr: '2.1.3' },
}
const compiled = (name: string): Record<string, string> =>
  Object.fromEntries(
    ['.js', '.js.map', '.d.ts', '.d.ts.map'].map((ending) => [
      `dist/${name}${ending}`,
      '#!/usr/bin/env node\n',
    ]),
  )
const files: Record<string, string> = {
  LICENSE: license,
  'README.md': '# @rafted/wire\n',
  'CHANGELOG.md': '# @rafted/wire\n\n## 1.2.0\n',
  'src/index.ts': '',
  'src/wire.ts': '',
  ...compiled('index'),
  ...compiled('wire'),
  'fixtures/golden.bin': '',
}
const versions = new Map([
  ['@rafted/wire', '1.2.0'],
  ['@rafted/core', '1.2.0'],
])

type Changes = { [path: string]: string | undefined }

function problems(changes: Changes, fields: object = {}, isRelease = true): string[] {
  const packed = packedOf({ ...manifest, ...fields }, { ...files, ...changes })
  return contentProblems(packed, { license, versions, isRelease })
}

describe('the contents of a tarball', () => {
  test('may be what they should be', () => {
    expect(problems({})).toEqual([])
  })

  const cases: [Changes, string][] = [
    [{ LICENSE: undefined }, 'LICENSE is not that of the repository'],
    [{ LICENSE: 'Another.\n' }, 'LICENSE is not that of the repository'],
    [{ 'README.md': undefined }, 'README.md does not begin with "# @rafted/wire"'],
    [{ 'README.md': '# Wire\n' }, 'README.md does not begin with "# @rafted/wire"'],
    [{ 'CHANGELOG.md': undefined }, 'CHANGELOG.md does not tell of 1.2.0'],
    [{ 'CHANGELOG.md': '# @rafted/wire\n\n## 1.1.0\n' }, 'CHANGELOG.md does not tell of 1.2.0'],
    [{ 'dist/wire.js': 'go()' }, 'dist/wire.js does not begin with #!/usr/bin/env node'],
    [{ 'dist/build.tsbuildinfo': '{}' }, 'dist/build.tsbuildinfo should not be there'],
    [{ 'test/wire.test.ts': '' }, 'test/wire.test.ts should not be there'],
    [{ '.env': '' }, '.env should not be there'],
    [{ 'dist/gone.js': '' }, 'dist/gone.js was compiled from a source that is gone'],
    [{ 'src/new.ts': '', ...compiled('new'), 'dist/new.js.map': undefined }, 'dist/new.js.map is missing'],
  ]
  test.each(cases)('%o is told', (changes, problem) => {
    expect(problems(changes)).toEqual([problem])
  })

  test('lack nothing that the manifest leads to', () => {
    expect(problems({ 'dist/index.js': undefined, 'dist/wire.js': undefined })).toEqual([
      'dist/index.js, which it names, is missing',
      'dist/wire.js, which it names, is missing',
      'dist/index.js is missing',
      'dist/wire.js is missing',
    ])
  })

  test('depend on what is published beside them, and on what a registry can give', () => {
    const dependencies = { '@rafted/core': '^1.1.0', msgpackr: 'catalog:', croner: 'workspace:^' }
    expect(problems({}, { dependencies })).toEqual([
      'it depends on @rafted/core ^1.1.0, not ^1.2.0',
      'no registry can give msgpackr catalog:',
      'no registry can give croner workspace:^',
    ])
  })

  test('have the version that is released', () => {
    expect(problems({ 'CHANGELOG.md': '# @rafted/wire\n\n## 1.3.0\n' }, { version: '1.3.0' })).toEqual([
      'its version is 1.3.0, not 1.2.0',
    ])
  })

  test('need tell of no release, and may hold what an old build has left, where nothing is released', () => {
    expect(problems({ 'CHANGELOG.md': undefined, 'dist/gone.js': '' }, {}, false)).toEqual([])
  })
})

describe('the types of a tarball', () => {
  const directory = mkdtempSync(join(tmpdir(), 'types-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  function tarballOf(contents: Record<string, string>): Pick<PackedPackage, 'tarball'> {
    const place = join(mkdtempSync(join(directory, 'one-')), 'package')
    for (const [path, text] of Object.entries(contents)) {
      mkdirSync(dirname(join(place, path)), { recursive: true })
      writeFileSync(join(place, path), text)
    }
    const file = `${place}.tgz`
    execFileSync('tar', ['-czf', file, '-C', dirname(place), 'package'])
    return { tarball: new Uint8Array(readFileSync(file)) }
  }

  const typed = {
    'package.json': JSON.stringify({
      name: 'clocks',
      version: '1.0.0',
      type: 'module',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    }),
    'dist/index.js': 'export const now = 0\n',
    'dist/index.d.ts': 'export declare const now: number\n',
  }

  test('are found, however TypeScript looks for them', async () => {
    expect(await typeProblems(tarballOf(typed))).toEqual([])
  })

  test('are missed where there are none', async () => {
    const { 'dist/index.d.ts': _, ...untyped } = typed
    expect(await typeProblems(tarballOf(untyped))).toEqual(['it has no types'])
  })

  test('do not lead to what is not there', async () => {
    const broken = { ...typed, 'dist/index.d.ts': "export * from './gone.js'\n" }
    expect(await typeProblems(tarballOf(broken))).toContain('types: InternalResolutionError')
  })

  test('are of the kind that the programs are', async () => {
    const manifest = JSON.parse(typed['package.json']) as object
    const common = { ...typed, 'package.json': JSON.stringify({ ...manifest, type: 'commonjs' }) }
    expect(await typeProblems(tarballOf(common))).not.toEqual([])
  })
})
