import { describe, expect, test } from 'vitest'
import { arrows, checkArrows } from '../src/tidy/arrows.ts'
import { manifest, problemsOf } from './made-up.ts'

const core = { 'packages/core/package.json': manifest('@rafted/core') }
const contracts = { 'packages/contracts/package.json': manifest('@rafted/contracts', '@rafted/core') }
const wire = { 'packages/wire/package.json': manifest('@rafted/wire', '@rafted/core', '@rafted/contracts') }
const published = { ...core, ...contracts, ...wire }
const checks = { 'checks/package.json': { ...manifest('@rafted/checks', '@rafted/wire'), private: true } }

function problems(files: Record<string, unknown>): string[] {
  return problemsOf(checkArrows, { ...published, ...files })
}

test('the table only points up', () => {
  const above = new Set<string>()
  for (const [name, allowed] of arrows) {
    expect([...above]).toEqual(expect.arrayContaining([...allowed]))
    above.add(name)
  }
})

test('a tidy repository has no problems', () => {
  expect(
    problems({
      ...checks,
      'packages/wire/src/index.ts':
        "import { a } from '@rafted/core'\nimport type { B } from '@rafted/contracts'\nimport './message.ts'",
      'packages/wire/src/message.ts': "export * from '@rafted/contracts'",
      'packages/wire/test/message.test.ts': "import { test } from 'vitest'\nimport '../src/message.ts'",
      'packages/contracts/src/index.ts': "import type { A } from '@rafted/core'",
      'packages/contracts/src/node.ts': "import { randomBytes } from 'node:crypto'",
      'checks/test/all.test.ts': "import { a } from '@rafted/wire'\nawait import(process.argv[2])",
    }),
  ).toEqual([])
})

describe('a package.json', () => {
  test('may not depend on a package that the table does not allow', () => {
    const expected =
      'packages/contracts/package.json: devDependencies: @rafted/contracts may not depend on @rafted/wire'
    const files = {
      'packages/contracts/package.json': {
        ...manifest('@rafted/contracts', '@rafted/core'),
        devDependencies: { '@rafted/wire': 'workspace:^' },
      },
    }
    expect(problems(files)).toContain(expected)
  })

  test('may not depend on a private workspace', () => {
    const files = { ...checks, 'packages/wire/package.json': manifest('@rafted/wire', '@rafted/checks') }
    expect(problems(files)).toContain(
      'packages/wire/package.json: dependencies: @rafted/checks is private, and nothing depends on a private workspace',
    )
  })

  test('names the packages of the repository by workspace:^', () => {
    const files = {
      'packages/wire/package.json': { name: '@rafted/wire', dependencies: { '@rafted/core': '1.0.0' } },
    }
    expect(problems(files)).toEqual([
      'packages/wire/package.json: dependencies: @rafted/core is a package of this repository, so its version is workspace:^',
    ])
  })

  test('of a published package stands in the table', () => {
    expect(problems({ 'packages/spare/package.json': manifest('@rafted/spare') })).toEqual([
      'packages/spare/package.json: @rafted/spare is not in the table of arrows in tools/src/tidy/arrows.ts',
    ])
  })

  test('of the core has no dependency at all', () => {
    const files = {
      'packages/core/package.json': { name: '@rafted/core', devDependencies: { semver: '7.0.0' } },
    }
    expect(problems(files)).toEqual([
      'packages/core/package.json: devDependencies: the core depends on nothing',
    ])
  })

  test('closes no cycle', () => {
    const files = { 'packages/core/package.json': manifest('@rafted/core', '@rafted/contracts') }
    expect(problems(files)).toContain(
      'packages/contracts/package.json: a cycle of packages: @rafted/contracts → @rafted/core → @rafted/contracts',
    )
  })
})

describe('an import that the table does not allow is found', () => {
  test.each([
    "import { a } from '@rafted/wire'",
    "import type { A } from '@rafted/wire'",
    "import '@rafted/wire'",
    "export { a } from '@rafted/wire'",
    "export type { A } from '@rafted/wire'",
    "export * from '@rafted/wire'",
    "const a = await import('@rafted/wire')",
    'const a = await import(`@rafted/wire`)',
    "const a = require('@rafted/wire')",
    "import a = require('@rafted/wire')",
    "const a = import.meta.resolve('@rafted/wire')",
    "export type A = import('@rafted/wire').A",
    "import { a } from '@rafted/wire/inner'",
  ])('%s', (text) => {
    const expected = 'packages/contracts/src/a.ts:2: @rafted/contracts may not depend on @rafted/wire'
    expect(problems({ 'packages/contracts/src/a.ts': `\n${text}` })).toEqual([expected])
  })

  test('in a test, and where a module is mocked', () => {
    const text = "import { vi } from 'vitest'\nvi.mock('@rafted/wire')"
    expect(problems({ 'packages/contracts/test/a.test.ts': text })).toEqual([
      'packages/contracts/test/a.test.ts:2: @rafted/contracts may not depend on @rafted/wire',
    ])
  })
})

describe('a source', () => {
  const problem = (path: string, text: string): string[] => problems({ ...checks, [path]: text })

  test.each([
    [
      'packages/wire/src/a.ts',
      "import '../../core/src/core.ts'",
      '../../core/src/core.ts leaves the package: import it by its name',
    ],
    [
      'packages/wire/test/a.ts',
      "import '../../core/src/core.ts'",
      '../../core/src/core.ts leaves the package: import it by its name',
    ],
    ['packages/wire/src/a.ts', "import '/srv/core.ts'", '/srv/core.ts is an absolute path'],
    [
      'packages/wire/src/a.ts',
      'await import(name)',
      'a published package imports only what it names in its text',
    ],
    ['packages/wire/src/a.ts', "import 'path'", 'write node:path, so that no package can take its place'],
    ['packages/wire/src/a.ts', "import 'vitest'", 'vitest is not among the dependencies of @rafted/wire'],
    [
      'packages/core/src/a.ts',
      "import 'node:assert'",
      'the core runs anywhere: it imports nothing of Node.js',
    ],
    [
      'packages/contracts/src/a.ts',
      "import { a } from '@rafted/core'",
      '@rafted/contracts takes only types from @rafted/core: import type { … }',
    ],
    [
      'packages/wire/src/a.ts',
      "import '@rafted/checks'",
      '@rafted/checks is private, and nothing depends on a private workspace',
    ],
    [
      'checks/src/a.ts',
      "import '../../packages/core/src/core.ts'",
      '../../packages/core/src/core.ts leaves the package: import it by its name',
    ],
  ])('%s: %s', (path, text, message) => {
    expect(problem(path, text)).toEqual([`${path}:1: ${message}`])
  })

  test('may import the modules that users name, in the one place that does so', () => {
    const host = { 'packages/host/package.json': manifest('@rafted/host', '@rafted/contracts') }
    const found = (path: string): string[] => problems({ ...host, [path]: 'await import(name)' })
    expect(found('packages/host/src/worker/modules.ts')).toEqual([])
    expect(found('packages/host/src/worker/serve.ts')).toHaveLength(1)
  })

  test('may use Node.js in its tests', () => {
    expect(problem('packages/core/test/a.test.ts', "import { readFileSync } from 'node:fs'")).toEqual([])
  })
})

describe('the files of a package', () => {
  const files = (first: string, second: string): string[] =>
    problems({ 'packages/core/src/a.ts': first, 'packages/core/src/b.ts': second })

  test('import each other in no circle', () => {
    expect(files("import { b } from './b.ts'", "export { a } from './a.js'")).toEqual([
      'packages/core/src/a.ts: a cycle of files: packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/a.ts',
    ])
  })

  test('may name the types of each other', () => {
    expect(files("import { b } from './b.ts'", "import type { A } from './a.ts'")).toEqual([])
  })
})
