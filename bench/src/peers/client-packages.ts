/**
 * Clients of peers, from npm. They are no dependencies of this repository: whoever measures installs them on first use, into a cache directory beside
 * their other caches, each in the version that is named here.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface ClientPackage {
  readonly name: string
  readonly version: string
  /** More of the package.json it is installed with. */
  readonly manifest?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

function directoryOf({ name, version }: ClientPackage): string {
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  return join(caches, 'rafted-bench', `${name.replaceAll('/', '+')}-${version}`)
}

/** Installs it if it isn't there. @returns why that failed, or null. */
export function installClient(wanted: ClientPackage): string | null {
  const { name, version, manifest = {}, env = {} } = wanted
  const directory = directoryOf(wanted)
  if (existsSync(directory)) return null
  console.error(`installing ${name} ${version} into ${directory}`)
  const unfinished = `${directory}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ private: true, ...manifest }))
  const args = ['install', '--no-audit', '--no-fund', '--save-exact', `${name}@${version}`]
  const shell = process.platform === 'win32'
  const options = { cwd: unfinished, env: { ...process.env, ...env }, encoding: 'utf8', shell } as const
  const { status, stderr, error } = spawnSync('npm', args, options)
  if (status === 0) {
    renameSync(unfinished, directory)
    return null
  }
  rmSync(unfinished, { recursive: true })
  return `npm could not install ${name}@${version}: ${whyOf(error?.message ?? stderr)}`
}

/** The lines of what npm says that say why, without the rest. */
function whyOf(said: string): string {
  const lines = said.split('\n').map((line) => line.replace(/^npm (error|warn) /, '').trim())
  const telling = lines.filter((line) => /^code |notarget|ENOTFOUND| error:|not ok/.test(line))
  return (telling.length > 0 ? telling : lines).slice(0, 2).join('; ').slice(0, 300)
}

/** What the package exports; it has to be installed. */
export function loadClient(wanted: ClientPackage): unknown {
  return createRequire(join(directoryOf(wanted), 'package.json'))(wanted.name)
}
