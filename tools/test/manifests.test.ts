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
  version: '1.0.0',
  description: 'The core',
  keywords: ['raft'],
  license: 'MIT',
  author: 'The Rafted authors',
  type: 'module',
  sideEffects: false,
  engines,
  repository: { type: 'git', url: 'git+https://github.com/rafted/rafted.git', directory: 'packages/core' },
  homepage: 'https://github.com/rafted/rafted/tree/main/packages/core#readme',
  bugs: { url: 'https://github.com/rafted/rafted/issues' },
  publishConfig: { access: 'public', provenance: true },
  files: ['dist', '!dist/*.tsbuildinfo', 'src', 'README.md', 'CHANGELOG.md'],
  exports: { '.': exported, './package.json': './package.json' },
}
const wire = {
  ...core,
  name: '@rafted/wire',
  repository: { ...core.repository, directory: 'packages/wire' },
  homepage: 'https://github.com/rafted/rafted/tree/main/packages/wire#readme',
  dependencies: { '@rafted/core': 'workspace:^' },
}
const tidy = {
  'package.json': { engines },
  'tsconfig.json': { references: [{ path: 'packages/core' }, { path: 'packages/wire' }] },
  'packages/core/package.json': core,
  'packages/core/README.md': '# @rafted/core\n\nnpm install @rafted/core\n',
  'packages/core/tsconfig.json': {},
  'packages/wire/package.json': wire,
  'packages/wire/README.md': '# @rafted/wire\n\nnpm install @rafted/wire\n',
  'packages/wire/tsconfig.json': { references: [{ path: '../core' }] },
}

function problems(files: Record<string, unknown>): string[] {
  return problemsOf(checkManifests, { ...tidy, ...files })
}

test('a tidy repository has no problems', () => {
  expect(problems({})).toEqual([])
})

test.each(Object.keys(core).filter((field) => field !== 'name'))('a package without %s is told', (field) => {
  const without = { ...core, [field]: undefined }
  expect(problems({ 'packages/core/package.json': without }).join()).toContain(
    `packages/core/package.json: ${field === 'description' || field === 'version' ? `it has no ${field}` : field}`,
  )
})

test('a package says how it is installed, with what its first program needs', () => {
  expect(problems({ 'packages/core/README.md': '# @rafted/core\n' })).toEqual([
    'packages/core/README.md: it does not say how it is installed: npm install NAME',
  ])
  const program = (...names: string[]): string =>
    names.map((name) => `import { x } from '${name}'\n`).join('')
  const first = program('@rafted/core', '@rafted/wire/node', 'prom-client', 'node:fs', './own.js')
  const readme = `# A\n\nnpm install @rafted/core\n\n\`\`\`js\n${first}\`\`\`\n\n\`\`\`js\n${program('other')}\`\`\`\n`
  expect(problems({ 'packages/core/README.md': readme })).toEqual([
    'packages/core/README.md: its first program needs @rafted/wire, which it does not say to install',
    'packages/core/README.md: its first program needs prom-client, which it does not say to install',
  ])
})

test('a package says what all of them say', () => {
  expect(
    problems({
      'packages/core/package.json': {
        ...core,
        license: 'ISC',
        engines: { node: '>=24' },
        publishConfig: { access: 'public' },
        keywords: ['raft', 'raft'],
        files: core.files.filter((file) => file !== 'CHANGELOG.md'),
      },
    }),
  ).toEqual([
    'packages/core/package.json: license should be "MIT"',
    'packages/core/package.json: engines should be {"node":">=20.19"}',
    'packages/core/package.json: publishConfig should be {"access":"public","provenance":true}',
    'packages/core/package.json: keywords should name "raft", and each word once',
    'packages/core/package.json: files should name "CHANGELOG.md"',
  ])
})

test('a package has a page that tells what it is', () => {
  const { 'packages/core/README.md': page, ...rest } = tidy
  expect(page).toBeDefined()
  expect(problemsOf(checkManifests, rest)).toEqual(['packages/core/package.json: it has no README.md'])
})

test('a package has no way in but its entries', () => {
  const exports = { ...core.exports, './*': './dist/*.js' }
  expect(problems({ 'packages/core/package.json': { ...core, exports } })).toEqual([
    expect.stringContaining('packages/core/package.json: exports["./*"] should be'),
  ])
})

test('a package lets everybody read its manifest', () => {
  expect(problems({ 'packages/core/package.json': { ...core, exports: { '.': exported } } })).toEqual([
    'packages/core/package.json: exports should have "./package.json"',
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
