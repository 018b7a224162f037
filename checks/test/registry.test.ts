/**
 * All packages are published to a registry of this machine, and installed from it as users do: by name, into empty directories. Nothing
 * comes from elsewhere: what is needed of others is published there as well, as it is installed here.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../src/endure/free-ports.ts'
import { NatsServer, withoutServer } from '../src/nats-server.ts'
import { published, root } from './packed-packages.ts'
import { LoopbackRegistry } from './registry/loopback-registry.ts'
import { command } from './registry/npm.ts'
import { fromCommonJs, overTcp, ownTransport } from './registry/programs.ts'
import { layOut } from './registry/publishing.ts'

const place = mkdtempSync(join(tmpdir(), 'published-'))
const registry = new LoopbackRegistry()

beforeAll(async () => {
  await registry.start()
  await layOut(place)
}, 240_000)

afterAll(async () => {
  await registry.close()
  rmSync(place, { recursive: true, force: true })
})

/** A directory with nothing but what is installed into it. */
class Project {
  readonly directory = mkdtempSync(join(place, 'project-'))
  readonly #modules = join(this.directory, 'node_modules')

  constructor() {
    writeFileSync(join(this.directory, 'package.json'), '{ "private": true, "type": "module" }\n')
  }

  async install(...names: string[]): Promise<void> {
    await registry.npm(this.directory, 'install', ...names)
  }

  /** @returns what the program prints. */
  run(file: string, program: string, args: string[] = [], env = {}): Promise<string> {
    writeFileSync(join(this.directory, file), program)
    return command(this.directory, process.execPath, [file, ...args], env)
  }

  readme(name: string): string {
    return readFileSync(join(this.#modules, name, 'README.md'), 'utf8')
  }

  packages(): string[] {
    const { packages } = JSON.parse(readFileSync(join(this.directory, 'package-lock.json'), 'utf8'))
    const places = Object.keys(packages).filter(
      (path) => path !== '' && statSync(join(this.directory, path), { throwIfNoEntry: false }),
    )
    return places.map((path) => path.replace(/^.*node_modules\//, ''))
  }

  bytes(): number {
    return this.packages().reduce((sum, name) => sum + bytesUnder(join(this.#modules, name)), 0)
  }
}

const bytesUnder = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

/** What was installed is about what docs/sizes.md says of the package. */
function expectSize(project: Project, name: string): void {
  const row = new RegExp(`^\\| \`${name}\` \\| (\\d+) \\| (\\d+) kB`, 'm')
  const [, packages, size] = row.exec(readFileSync(join(root, 'docs/sizes.md'), 'utf8'))!
  expect(project.packages()).toHaveLength(Number(packages))
  const times = project.bytes() / (Number(size) * 1000)
  expect(times).toBeGreaterThan(0.85)
  expect(times).toBeLessThan(1.15)
}

const firstProgram = (readme: string): string => /^```js\n(.*?)^```$/ms.exec(readme)![1]!
const promised = (readme: string): string => `${/^It prints:?\s+`([^`]+)`/m.exec(readme)![1]}\n`

test('nothing is published by whoever can not say where it comes from', async () => {
  const tarball = readdirSync(join(place, 'tarballs')).find((name) => /^rafted-memory-\d/.test(name))
  const refused = registry.npm(place, 'publish', join(place, 'tarballs', tarball!))
  await expect(refused).rejects.toThrow(/provenance/i)
  await expect(registry.npm(place, 'view', 'rafted-memory')).rejects.toThrow(/E404/)
})

describe('published', () => {
  beforeAll(async () => {
    await registry.npm(
      place,
      'publish',
      '--workspaces',
      '--access=public',
      '--provenance=false',
      '--ignore-scripts',
    )
  }, 240_000)

  test('are all packages, at the version they have', async () => {
    for (const { name, version } of published) {
      const answer = await fetch(new URL(name.replace('/', '%2f'), registry.url))
      expect([
        name,
        ((await answer.json()) as { 'dist-tags': { latest: string } })['dist-tags'].latest,
      ]).toEqual([name, version])
    }
  })

  test('the core alone comes with nothing, and its program prints what its page says', async () => {
    const project = new Project()
    await project.install('@rafted/core')
    expect(project.packages()).toEqual(['@rafted/core'])
    expectSize(project, '@rafted/core')
    const readme = project.readme('@rafted/core')
    expect((await project.run('core.js', firstProgram(readme))).split('\n').slice(-2).join('\n')).toBe(
      promised(readme),
    )
  })

  test('a transport of its user carries three hosts', async () => {
    const project = new Project()
    await project.install(
      '@rafted/core',
      '@rafted/host',
      '@rafted/client',
      '@rafted/contracts',
      '@rafted/storage',
    )
    expect(await project.run('transport.js', ownTransport)).toBe('2\n')
  })

  test('rafted runs three hosts, is as large as docs/sizes.md says, and may be required', async () => {
    const project = new Project()
    await project.install('rafted')
    expectSize(project, 'rafted')
    mkdirSync(join(project.directory, 'data'))
    const ports = (await freePorts(3)).map(String)
    expect(await project.run('queue.js', overTcp, ports)).toBe("[ 'first' ]\n")
    expect(await project.run('required.cjs', fromCommonJs)).toBe('function true\n')
  })

  test('the command line can be called by its name', async () => {
    const project = new Project()
    await project.install('@rafted/cli')
    const printed = await registry.npm(project.directory, 'exec', '--offline', '--', 'rafted', '--version')
    expect(printed).toContain(published.find(({ name }) => name === '@rafted/cli')!.version)
  })

  test.skipIf(withoutServer)('rafted-nats runs the program of its page', async () => {
    const project = new Project()
    await project.install('rafted-nats', 'nats')
    const server = await NatsServer.start()
    try {
      const readme = project.readme('rafted-nats')
      const printed = await project.run('nats.js', firstProgram(readme), [], { NATS_URL: server.url })
      expect(printed).toBe(promised(readme))
    } finally {
      await server.remove()
    }
  })
})
