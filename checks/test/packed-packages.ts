/** Packages as a stranger has them: packed, unpacked beside each other, without anything of this repository. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports: Record<string, unknown>
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'node_modules/.bin')

export const manifestIn = (directory: string): Manifest =>
  JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest

const directories = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))

/** What is published of this repository. */
export const published = directories.map(manifestIn).filter((manifest) => manifest.private !== true)

/** Where the sources of what is published by this name are. */
export const directoryOf = (name: string): string =>
  directories.find((directory) => manifestIn(directory).name === name)!

/** @returns what it prints. @throws with what it said, if it fails. */
export function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })
  }
}

/**
 * Compiles and packs what is published, and unpacks it into the project's `node_modules`, with what it needs of others.
 * @param only a package; then it and what it needs, and no more. Default: all.
 */
export function installPacked(project: string, only?: string): void {
  const wanted = only === undefined ? published.map(({ name }) => name) : closure(only)
  const sources = directories.filter((directory) => wanted.includes(manifestIn(directory).name))
  run(join(bin, 'tsc'), ['-b', ...sources], root)
  const packed = join(project, 'packed')
  const filters = wanted.flatMap((name) => ['--filter', name])
  run(join(bin, 'pnpm'), [...filters, 'pack', '--pack-destination', packed], root)
  for (const name of wanted) {
    const tarball = `${name.replace('@', '').replace('/', '-')}-`
    const file = readdirSync(packed).find(
      (one) => one.startsWith(tarball) && /^\d/.test(one.slice(tarball.length)),
    )
    const target = join(project, 'node_modules', name)
    mkdirSync(target, { recursive: true })
    run('tar', ['-xzf', join(packed, file!), '--strip-components=1', '-C', target], project)
  }
  rmSync(packed, { recursive: true })
  for (const directory of sources) linkForeign(directory, project)
}

/** The package and all of ours that it needs. */
function closure(name: string): string[] {
  const found = new Set([name])
  for (const one of found)
    for (const dependency of Object.keys(manifestOf(one).dependencies ?? {}))
      if (published.some((own) => own.name === dependency)) found.add(dependency)
  return [...found]
}

function manifestOf(name: string): Manifest {
  return published.find((manifest) => manifest.name === name)!
}

/** What a package takes from others than us, or wants its users to bring, is where pnpm has put it for the package. */
function linkForeign(directory: string, project: string): void {
  const { dependencies, peerDependencies } = manifestIn(directory)
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = join(project, 'node_modules', name)
    if (published.some((own) => own.name === name) || existsSync(link)) continue
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(directory, 'node_modules', name), link, 'junction')
  }
}
