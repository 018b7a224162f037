/** Builds that are run from TypeScript, without being compiled: the working tree's, and patched copies of it. */
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Build } from './build.ts'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs TypeScript. */
export const tsx: readonly string[] = ['--import', import.meta.resolve('tsx')]

/** @param at where `packages` is. */
export function sourceBuild(name: string, at: string): Build {
  const module = pathToFileURL(join(at, 'packages/rafted/src/index.ts')).href
  return { name, module, execArgv: [...tsx, '-C', '@rafted/source'] }
}

/** The working tree as it is. */
export const thisBuild: Build = sourceBuild('this', root)
