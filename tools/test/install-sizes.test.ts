import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { coreLimit, driftOf } from '../src/sizes/drift.ts'
import { measureSizes, type Sizes } from '../src/sizes/measure.ts'
import { pageOf } from '../src/sizes/page.ts'
import { packedOf } from './made-up-tarballs.ts'

const root = mkdtempSync(join(tmpdir(), 'sizes-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Installs a package of others as pnpm does: what it needs lies beside it, not in it. */
function install(name: string, bytes: number, needed: object = {}): string {
  const place = join(root, 'store', name, 'node_modules', name)
  mkdirSync(join(place, 'node_modules/.bin'), { recursive: true })
  writeFileSync(join(place, 'node_modules/.bin/left-out'), 'x'.repeat(1000))
  const manifest = JSON.stringify({ name, version: '2.0.0', ...needed })
  writeFileSync(join(place, 'package.json'), manifest)
  writeFileSync(join(place, 'index.js'), 'x'.repeat(bytes - manifest.length))
  return place
}

function link(place: string, from: string, name: string): void {
  mkdirSync(join(root, from), { recursive: true })
  symlinkSync(place, join(root, from, name))
}

describe('what is installed with a package', () => {
  const codec = install('codec', 3000, {
    dependencies: { bytes: '^2.0.0' },
    optionalDependencies: { 'native-elsewhere': '^2.0.0' },
  })
  const bytes = install('bytes', 500)
  link(codec, 'packages/wire/node_modules', 'codec')
  link(bytes, 'store/codec/node_modules', 'bytes')
  link(install('broker', 700), 'packages/host/node_modules', 'broker')
  mkdirSync(join(root, 'packages/core/dist'), { recursive: true })
  writeFileSync(
    join(root, 'packages/core/dist/index.js'),
    "import { a } from './a.js'\nexport const b = a + 1\n",
  )
  writeFileSync(join(root, 'packages/core/dist/a.js'), 'export const a = Math.sqrt(4)\n')

  const core = packedOf({ name: '@rafted/core' }, { 'dist/index.js': 'x'.repeat(50) })
  const wire = packedOf(
    { name: '@rafted/wire', dependencies: { '@rafted/core': '^0.0.0', codec: '^2.0.0' } },
    { 'dist/index.js': 'x'.repeat(100), 'src/index.ts': 'x'.repeat(200) },
  )
  const host = packedOf({
    name: '@rafted/host',
    dependencies: { '@rafted/wire': '^0.0.0', '@rafted/core': '^0.0.0' },
    peerDependencies: { broker: '^2.0.0' },
  })
  const bytesOf = ({ files }: typeof core): number =>
    [...files.values()].reduce((sum, data) => sum + data.byteLength, 0)

  test('is itself, all of ours that it needs, and all of others that comes with these, once', async () => {
    const { installs, foreign } = await measureSizes(root, [core, host, wire])
    const ours = bytesOf(core) + bytesOf(wire)
    expect(installs).toEqual([
      {
        name: '@rafted/core',
        packages: 1,
        bytes: bytesOf(core),
        foreignBytes: 0,
        programBytes: 50,
        peers: [],
      },
      {
        name: '@rafted/host',
        packages: 5,
        bytes: ours + bytesOf(host) + 3500,
        foreignBytes: 3500,
        programBytes: 150,
        peers: [{ name: 'broker', bytes: 700 }],
      },
      {
        name: '@rafted/wire',
        packages: 4,
        bytes: ours + 3500,
        foreignBytes: 3500,
        programBytes: 150,
        peers: [],
      },
    ])
    expect(foreign).toEqual([
      { package: { name: 'bytes', version: '2.0.0', bytes: 500 }, neededBy: ['@rafted/wire'] },
      { package: { name: 'codec', version: '2.0.0', bytes: 3000 }, neededBy: ['@rafted/wire'] },
    ])
  })

  test('and the core in one file, by the files that make it up', async () => {
    const { core: bundle } = await measureSizes(root, [core])
    expect(bundle.parts.map(({ file }) => file).sort()).toEqual(['a.js', 'index.js'])
    expect(bundle.minifiedBytes).toBeLessThan(80)
    expect(bundle.gzippedBytes).toBeGreaterThan(20)
  })
})

describe('docs/sizes.md', () => {
  const sizes: Sizes = {
    installs: [
      {
        name: 'rafted',
        packages: 3,
        bytes: 2_000_000,
        foreignBytes: 500_000,
        programBytes: 300_000,
        peers: [],
      },
      {
        name: 'rafted-nats',
        packages: 4,
        bytes: 5000,
        foreignBytes: 0,
        programBytes: 10,
        peers: [{ name: 'nats', bytes: 1_500_000 }],
      },
    ],
    foreign: [{ package: { name: 'codec', version: '2.0.0', bytes: 500_000 }, neededBy: ['rafted'] }],
    core: { minifiedBytes: 42_000, gzippedBytes: 13_000, parts: [{ file: 'core.js', bytes: 6400 }] },
  }
  const page = pageOf(sizes)
  const [rafted, nats] = sizes.installs

  test('says what was measured', () => {
    expect(page).toContain('| `rafted` | 3 | 2000 kB | 500 kB | 300 kB |  |\n')
    expect(page).toContain('| `rafted-nats` | 4 | 5.0 kB | nothing | 0.0 kB | `nats` (1500 kB) |\n')
    expect(page).toContain('| `codec` | 2.0.0 | 500 kB | `rafted` |\n')
    expect(page).toContain('**42 kB, gzipped 13 kB**')
    expect(page).toContain('| `core.js` | 6.4 kB |\n')
  })

  test('is true as long as what is measured is about that', () => {
    expect(driftOf(sizes, page)).toEqual([])
    const about = [
      { ...rafted!, bytes: 2_200_000 },
      { ...nats!, bytes: 4600 },
    ]
    const core = { ...sizes.core, gzippedBytes: 14_500 }
    expect(driftOf({ ...sizes, installs: about, core }, page)).toEqual([])
  })

  const remedy = 'npm run sizes writes what is'
  const cases: [string, Partial<Sizes>, string][] = [
    [
      'a package grew',
      { installs: [{ ...rafted!, bytes: 2_500_000 }, nats!] },
      `rafted takes 2500 kB installed, not 2000 kB: ${remedy}`,
    ],
    [
      'a package shrank',
      { installs: [{ ...rafted!, bytes: 1_500_000 }, nats!] },
      `rafted takes 1500 kB installed, not 2000 kB: ${remedy}`,
    ],
    [
      'another package came with it',
      { installs: [{ ...rafted!, packages: 4 }, nats!] },
      `rafted comes as 4 packages, not 3: ${remedy}`,
    ],
    [
      'a package is new',
      { installs: [...sizes.installs, { ...nats!, name: '@rafted/new' }] },
      `it says nothing of @rafted/new: ${remedy}`,
    ],
    [
      'a package has gone',
      { installs: [rafted!] },
      `it tells of rafted-nats, which is not published: ${remedy}`,
    ],
    [
      'the core grew',
      { core: { ...sizes.core, gzippedBytes: 16_000 } },
      `the core has 16 kB gzipped, not 13 kB: ${remedy}`,
    ],
  ]
  test.each(cases)('is no longer true when %s', (_, change, problem) => {
    expect(driftOf({ ...sizes, ...change }, page)).toEqual([problem])
  })

  test('excuses no core that is too large', () => {
    const heavy = { ...sizes, core: { ...sizes.core, gzippedBytes: coreLimit + 1 } }
    expect(driftOf(heavy, pageOf(heavy))).toEqual([expect.stringContaining('of at most 20480')])
  })

  test('is missed where there is none', () => {
    expect(driftOf(sizes, '')).toHaveLength(3)
  })
})
