/** The published packages as a stranger has them: packed, unpacked beside each other, without anything of this repository. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { freePorts } from '../src/endure/free-ports.ts'
import { bin, installPacked, manifestIn, published, root, run as runIn } from './packed-packages.ts'

const project = mkdtempSync(join(tmpdir(), 'packed-'))
const modules = join(project, 'node_modules')
const run = (command: string, args: readonly string[]): string => runIn(command, args, project)

beforeAll(() => {
  installPacked(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
}, 120_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

/** The fenced programs of a README. */
const programs = (readme: string, language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1]!)
const readmeOf = (name: string): string => readFileSync(join(modules, name, 'README.md'), 'utf8')

describe.each(published.map(({ name }) => name))('%s', (name) => {
  test('asks for versions that a registry can give', () => {
    const { dependencies = {} } = manifestIn(join(modules, name))
    for (const [dependency, version] of Object.entries(dependencies))
      expect(version, dependency).toMatch(/^\^?\d+\.\d+\.\d+/)
  })

  test('says what it is and how it is used', () => {
    const readme = readmeOf(name)
    expect(readme.startsWith(`# ${name}\n`)).toBe(true)
    expect(programs(readme, '(?:ts|js)').length, 'programs').toBeGreaterThan(0)
    expect(readme.length).toBeGreaterThan(1000)
    expect(existsSync(join(modules, name, 'LICENSE'))).toBe(true)
  })

  test('lets nobody in but by its doors', () => {
    const doors = Object.keys(manifestIn(join(modules, name)).exports)
    expect(doors).toContain('.')
    for (const door of doors) expect(door).not.toMatch(/\*|dist|src/)
    const inside = `await import('${name}/dist/index.js').then(() => 'open', (error) => error.code)`
    expect(run(process.execPath, ['--input-type=module', '-e', `console.log(${inside})`]).trim()).toBe(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  })
})

describe('in a strict TypeScript project that has nothing else', () => {
  const front = readFileSync(join(root, 'README.md'), 'utf8')

  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    types: [],
    outDir: 'out',
  }
  const files = ['all.ts', 'front.ts', 'memory.ts']

  beforeAll(() => {
    const all = published.flatMap(({ name, exports }) =>
      Object.keys(exports)
        .filter((door) => door !== './package.json')
        .map(
          (door) =>
            `export * as _${name.replaceAll(/\W/g, '_')}${door.replaceAll(/\W/g, '_')} from '${name}${door.slice(1)}'\n`,
        ),
    )
    writeFileSync(join(project, 'all.ts'), all.join(''))
    writeFileSync(join(project, 'front.ts'), programs(front, 'ts')[0]!)
    writeFileSync(join(project, 'memory.ts'), programs(readmeOf('rafted-memory'), 'ts')[0]!)
  })

  test('all types hold together, and the examples compile', () => {
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    expect(run(join(bin, 'tsc'), ['-p', project])).toBe('')
  })

  test.each([
    ['this TypeScript', 'node16', 'node16', 'node_modules/typescript'],
    ['the one before', 'esnext', 'bundler', 'checks/node_modules/typescript5'],
  ])('so they do for %s, with modules of %s found as by %s', (_, module, moduleResolution, place) => {
    const options = { ...compilerOptions, module, moduleResolution, noEmit: true }
    const config = join(project, `tsconfig.${module}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions: options, files }))
    expect(run(process.execPath, [join(root, place, 'bin/tsc'), '-p', config])).toBe('')
  })

  test('the example of rafted-memory prints what its comment says', () => {
    expect(run(process.execPath, ['out/memory.js'])).toBe('2\n')
  })
})

test('the program of the README of @rafted/host prints what the README says', () => {
  const readme = readmeOf('@rafted/host')
  writeFileSync(join(project, 'host.js'), programs(readme, 'js')[0]!)
  expect(run(process.execPath, ['host.js'])).toBe(programs(readme, 'text')[0])
})

test('the program of the README of @rafted/dashboard, with the page that comes with it, prints what the README says', () => {
  const readme = readmeOf('@rafted/dashboard')
  writeFileSync(join(project, 'dashboard.js'), programs(readme, 'js')[0]!)
  expect(run(process.execPath, ['dashboard.js'])).toBe(programs(readme, 'text')[0])
})

test('@rafted/metrics brings its dashboard and its alerts', () => {
  for (const file of ['grafana/dashboard.json', 'prometheus/rules.yml'])
    expect(existsSync(join(modules, '@rafted/metrics', file)), file).toBe(true)
})

test('the program of docs/worker.md, with its host in a worker, prints what the page says (F94r)', () => {
  const page = readFileSync(join(root, 'docs/worker.md'), 'utf8')
  const [queue, app] = programs(page, 'js')
  writeFileSync(join(project, 'queue.js'), queue!)
  writeFileSync(join(project, 'app.js'), app!)
  const [, printed] = /^It prints: `(.*)`$/m.exec(page)!
  expect(run(process.execPath, ['app.js'])).toBe(`${printed}\n`)
})

test('the program of docs/fleet.md, in three processes, begins a fleet, and takes part in it again', async () => {
  const [program] = programs(readFileSync(join(root, 'docs/fleet.md'), 'utf8'), 'js')
  const ports = await freePorts(3)
  const own = program!.replaceAll(/700([123])/g, (_, which: string) => String(ports[Number(which) - 1]))
  writeFileSync(join(project, 'host.js'), own)
  const running: ChildProcess[] = []
  onTestFinished(() => {
    for (const child of running) child.kill('SIGKILL')
  })
  /** @returns what it prints first, once it has. */
  const started = async (env: Record<string, string>): Promise<[ChildProcess, string]> => {
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const child = spawn(process.execPath, ['host.js'], {
      cwd: project,
      env: { ...process.env, ...env },
      stdio: [...stdio],
    })
    running.push(child)
    const [printed] = await once(child.stdout!, 'data')
    return [child, String(printed)]
  }
  const others = [started({ ID: 'b' }), started({ ID: 'c' })]
  const first = started({ ID: 'a', INITIALISE: '1' })
  const printed = await Promise.all([first, ...others])
  expect(printed.map(([, line]) => line)).toEqual(['a takes part\n', 'b takes part\n', 'c takes part\n'])
  const [b] = printed[1]!
  const ended = once(b, 'exit')
  b.kill('SIGTERM')
  await ended
  const [, line] = await started({ ID: 'b' })
  expect(line).toBe('b takes part\n')
})
