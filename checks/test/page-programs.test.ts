/** Every program and every fragment of every page compiles; each that is whole is run by some test. What no other test runs is run here. */
import { execFileSync } from 'node:child_process'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineValue, type Machine, type MemoryHost, openHosts } from 'rafted-memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directoryOf, published, root } from './packed-packages.ts'
import { allPages, type Block, blocksOf, catalogue, followed, isProgram } from './pages/catalogue.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const programsOf = (page: string): Block[] => blocksOf(read(page)).filter(isProgram)

describe('the catalogue', () => {
  test('has every page with programs, and no other', () => {
    const withPrograms = allPages.filter((page) => programsOf(page).length > 0)
    expect(Object.keys(catalogue).sort()).toEqual(withPrograms)
  })

  test.each(Object.entries(catalogue))('says who runs those of %s', (page, { ranBy = [], shown }) => {
    const count = programsOf(page).length
    if (ranBy.length === 0) expect(shown?.[0], 'blocks that nobody runs').toBe(count)
    else expect(shown?.[0] ?? 0).toBeLessThan(count)
    for (const path of ranBy) {
      expect(existsSync(join(root, path)), path).toBe(true)
      if (!followed.includes(page)) expect(read(path), path).toContain(basename(page))
    }
  })
})

/** Where programs lie while they are compiled: what they import is found from here, as packages of others are. */
const place = join(root, 'checks/dist/pages')
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** The programs of a page as files, by their names. */
function filesOf(page: string, language: 'ts' | 'js'): Map<string, string> {
  const { isEachItsOwn, given = '', unchecked } = catalogue[page]!
  const files = new Map<string, string>()
  if (language === 'js' && unchecked !== undefined) return files
  const directory = page.replace(/\.md$/, '')
  const blocks = programsOf(page).filter((block) => block.language === language)
  for (const [index, { text, isRun }] of blocks.entries()) {
    const [, named] = /^\/\/ (\S+\.[jt]s)\n/.exec(text) ?? []
    const isAlone = isEachItsOwn === true || !isRun
    const name = `${directory}/${named ?? (isAlone ? `${index}.${language}` : `all.${language}`)}`
    const first = typeof given === 'string' ? given : (given[index] ?? '')
    const before = files.get(name) ?? (named === undefined ? first : '')
    files.set(name, `${before}${text}`)
  }
  return files
}

function compile(language: 'ts' | 'js', options: object): void {
  const directory = join(place, language)
  const files = Object.keys(catalogue).flatMap((page) => [...filesOf(page, language)])
  expect(files.length).toBeGreaterThan(20)
  for (const [name, text] of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    // Without an import or export it would not be a module.
    writeFileSync(join(directory, name), `${text}\nexport {}\n`)
  }
  const own = join(root, 'packages/metrics/node_modules/@opentelemetry')
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
    paths: Object.fromEntries(
      ['api', 'sdk-metrics'].map((name) => [
        `@opentelemetry/${name}`,
        [`${own}/${name}/build/src/index.d.ts`],
      ]),
    ),
    ...options,
  }
  const config = join(directory, 'tsconfig.json')
  writeFileSync(config, JSON.stringify({ compilerOptions, files: files.map(([name]) => name) }))
  expect(compilerSays(['-p', config])).toBe('')
}

function compilerSays(args: readonly string[]): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  try {
    return execFileSync(process.execPath, [compiler, ...args], { cwd: root, encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

describe('the programs of all pages compile', () => {
  // Against the declarations, as those of users do.
  beforeAll(() => {
    const packages = published.map(({ name }) => directoryOf(name))
    expect(compilerSays(['-b', ...packages])).toBe('')
  }, 120_000)

  test('those in TypeScript, as strictly as it goes', () => {
    compile('ts', { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true })
  })

  test('those in JavaScript, as an editor checks them', () => {
    compile('js', { allowJs: true, checkJs: true, strict: false })
  })
})

describe('run here', () => {
  const directory = mkdtempSync(join(tmpdir(), 'page-programs-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const orders = defineValue({
    init: () => [] as readonly string[],
    commands: { add: (all, order: string) => [all.length, [...all, order]] },
    queries: { all: (all) => all },
  })
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>

  test('docs/deploy.md: the backup stands under its name when it is whole', async () => {
    const file = join(directory, 'back-up.mjs')
    writeFileSync(file, programsOf('docs/deploy.md')[0]!.text)
    const { backUp } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      backUp(host: MemoryHost, group: string, path: string): Promise<void>
    }
    const [a, b] = await openHosts('a', 'b')
    await a.createGroup('orders', { machine: orders })
    await a.value('orders', orders).add('tea')
    const path = join(directory, 'orders')
    await backUp(a, 'orders', path)
    expect(existsSync(`${path}.part`)).toBe(false)
    await b.createGroup('restored', { machine: orders, from: createReadStream(path) })
    expect(await b.value('restored', orders).all()).toEqual(['tea'])
    await Promise.all([a.close(), b.close()])
  })

  test('docs/recovery.md: a group begins with the backup of another', async () => {
    const [save, restore] = programsOf('docs/recovery.md').map(({ text }) =>
      text
        .replaceAll(/^import \{(.*)\} from '(.*)'$/gm, "const {$1} = await import('$2')")
        .replaceAll("'orders.backup'", JSON.stringify(join(directory, 'orders.backup'))),
    )
    const [a, b] = await openHosts('a', 'b')
    await a.createGroup('orders', { machine: orders })
    await a.value('orders', orders).add('cups')
    // Here modules are imported by a host of Vitest, which functions that are made of text don't have.
    const modules = {
      'node:fs': await import('node:fs'),
      'node:stream/promises': await import('node:stream/promises'),
    }
    const run = (text: string, host: MemoryHost) =>
      new AsyncFunction(
        'modules',
        'host',
        'orders',
        text.replaceAll(/await import\((.*?)\)/g, 'modules[$1]'),
      )(modules, host, orders)
    await run(save!, a)
    await run(restore!, b)
    expect(await b.value('orders', orders).all()).toEqual(['cups'])
    await Promise.all([a.close(), b.close()])
  })

  test('docs/machine-versions.md: each version does what it did', async () => {
    const file = join(root, 'checks/dist/machine-versions.ts')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, programsOf('docs/machine-versions.md')[0]!.text)
    const { stock } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { stock: Machine }
    rmSync(file)
    const codec = { encode: () => new Uint8Array(), decode: () => null }
    const at = (version: number) => ({ index: 1, term: 1, time: 0, version })
    const taken = (version: number) => {
      const one = stock.create(codec)
      return [one.apply(['take', 120], at(version)), one.query(['left'], at(version))]
    }
    expect(taken(1)).toEqual([120, -20])
    expect(taken(2)).toEqual([100, 0])
  })
})
