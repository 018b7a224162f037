import { expect, test } from 'vitest'
import { checkManifests } from '../src/tidy/manifests.ts'
import { problemsOf } from './made-up.ts'

const engines = { node: '>=20.19' }
const exported = {
  '@rafted/source': './src/index.ts',
  types: './dist/index.d.ts',
  default: './dist/index.js',
}
const core = {
  name: '@rafted/core',
  description: 'The core',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  engines,
  repository: { type: 'git', url: 'git+https://github.com/rafted/rafted.git', directory: 'packages/core' },
  publishConfig: { access: 'public' },
  exports: { '.': exported, './package.json': './package.json' },
}
const wire = {
  ...core,
  name: '@rafted/wire',
  repository: { ...core.repository, directory: 'packages/wire' },
  dependencies: { '@rafted/core': 'workspace:^' },
}
const tidy = {
  'package.json': { engines },
  'tsconfig.json': { references: [{ path: 'packages/core' }, { path: 'packages/wire' }] },
  'packages/core/package.json': core,
  'packages/core/tsconfig.json': {},
  'packages/wire/package.json': wire,
  'packages/wire/tsconfig.json': { references: [{ path: '../core' }] },
}

function problems(files: Record<string, unknown>): string[] {
  return problemsOf(checkManifests, { ...tidy, ...files })
}

test('a tidy repository has no problems', () => {
  expect(problems({})).toEqual([])
})

test('a package says what all of them say', () => {
  const { description, ...rest } = core
  expect(description).toBe('The core')
  expect(
    problems({ 'packages/core/package.json': { ...rest, license: 'ISC', engines: { node: '>=24' } } }),
  ).toEqual([
    'packages/core/package.json: license should be "MIT"',
    'packages/core/package.json: engines should be {"node":">=20.19"}',
    'packages/core/package.json: it has no description',
  ])
})

test('a package has no way in but its entries', () => {
  const exports = { ...core.exports, './*': './dist/*.js' }
  expect(problems({ 'packages/core/package.json': { ...core, exports } })).toEqual([
    expect.stringContaining('packages/core/package.json: exports["./*"] should be'),
  ])
})

test('a project refers to those its package depends on', () => {
  expect(problems({ 'packages/wire/tsconfig.json': {} })).toEqual([
    'packages/wire/tsconfig.json: it should refer to packages/core, which its package depends on',
  ])
})

test('the project of the root refers to every other', () => {
  expect(problems({ 'packages/core/tsconfig.test.json': {} })).toEqual([
    'tsconfig.json: it should refer to packages/core/tsconfig.test.json',
  ])
})

test('long tests have a script that runs them', () => {
  const long = { 'packages/core/test/runs/all.long.ts': '' }
  expect(problems(long)).toEqual(['packages/core/package.json: it has long tests, and no script "test:long"'])
  const scripts = { 'test:long': 'vitest run --mode long' }
  expect(problems({ ...long, 'packages/core/package.json': { ...core, scripts } })).toEqual([])
})

test('the core is written without the types of any runtime', () => {
  expect(problems({ 'packages/core/tsconfig.json': { compilerOptions: { types: ['node'] } } })).toEqual([
    'packages/core/tsconfig.json: this package is written without the types of any runtime',
  ])
})
