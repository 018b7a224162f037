/**
 * A build of the past: taken from the history, installed, compiled and packed as it was, and unpacked into a directory as a user would have it. What is made once is
 * kept in a cache outside of the tree: `RAFTED_COMPAT_CACHE`, or `~/.cache/rafted-compat`.
 */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Build } from './build.ts'
import { root, tsx } from './sources.ts'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const cache = process.env.RAFTED_COMPAT_CACHE ?? join(homedir(), '.cache/rafted-compat')

/** @returns the build of that commit, from the cache or made now. */
export function packedBuild(name: string, commit: string): Build {
  const at = join(cache, commit)
  if (!existsSync(at)) make(commit, at)
  const module = pathToFileURL(join(at, 'node_modules/rafted/dist/index.js')).href
  return { name, module, execArgv: tsx }
}

/** It gets its name when it is whole: whoever is interrupted, or at it beside another, leaves nothing half. */
function make(commit: string, at: string): void {
  mkdirSync(cache, { recursive: true })
  const made = realpathSync(mkdtempSync(join(cache, 'making-')))
  try {
    const sources = join(made, 'sources')
    mkdirSync(sources)
    const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1 << 30 })
    execFileSync('tar', ['x', '-C', sources], { input: archive })
    const pnpm = join(root, 'node_modules/.bin/pnpm')
    run(pnpm, ['install', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts'], sources)
    run(join(sources, 'node_modules/.bin/tsc'), ['-b', 'packages/rafted'], sources)
    unpack(sources, made, pnpm)
    if (!existsSync(at)) renameSync(made, at)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** What `rafted` needs of ours as tarballs, unpacked side by side; what that needs of others as it was installed. */
function unpack(sources: string, into: string, pnpm: string): void {
  const manifests = new Map(
    readdirSync(join(sources, 'packages')).map((directory) => {
      const at = join(sources, 'packages', directory)
      const manifest = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Manifest
      return [manifest.name, { at, manifest }] as const
    }),
  )
  const wanted = new Set(['rafted'])
  for (const name of wanted) {
    const { at, manifest } = manifests.get(name)!
    const packed = join(into, 'packed', name)
    run(pnpm, ['pack', '--pack-destination', packed], at)
    const target = join(into, 'node_modules', name)
    mkdirSync(target, { recursive: true })
    const [tarball] = readdirSync(packed)
    run('tar', ['xzf', join(packed, tarball!), '--strip-components=1', '-C', target], into)
    for (const dependency of Object.keys(manifest.dependencies ?? {}))
      if (manifests.has(dependency)) wanted.add(dependency)
      else link(join(at, 'node_modules', dependency), join(into, 'node_modules', dependency))
  }
  rmSync(join(into, 'packed'), { recursive: true })
}

/** By a relative way: all of it moves to its place in the end. */
function link(installed: string, target: string): void {
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  symlinkSync(relative(dirname(target), realpathSync(installed)), target)
}

function run(command: string, args: readonly string[], cwd: string): void {
  try {
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })
  }
}
