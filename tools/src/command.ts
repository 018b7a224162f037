import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { repositoryRoot } from './workspaces.ts'

const execute = promisify(execFile)

/**
 * For programs that are started: those that this repository has installed come before all others. What npm was asked on
 * the way here is left out: whoever packs would pack nothing.
 */
export function environment(): NodeJS.ProcessEnv {
  const { npm_config_dry_run: _, ...inherited } = process.env
  return { ...inherited, PATH: join(repositoryRoot, 'node_modules/.bin') + delimiter + process.env.PATH }
}

/** Runs a program of Node.js. @returns the lines of what it said if it failed, else none. */
export async function complaintsOf(cwd: string, program: string, ...args: string[]): Promise<string[]> {
  try {
    await execute(process.execPath, [program, ...args], { cwd, env: environment(), maxBuffer: 1 << 26 })
    return []
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    const said = `${stdout}${stderr}`.trimEnd()
    return (said === '' ? message : said).split('\n')
  }
}

/** @returns what git prints, without the end of its last line. @throws if it fails. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('git', args, { cwd, maxBuffer: 1 << 26 })
  return stdout.trimEnd()
}
