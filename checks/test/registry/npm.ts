import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Nothing of the npm that runs the tests, nor of the workflow that they run in. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|GITHUB_|ACTIONS_|GITLAB_|CI$)/i.test(name)),
)

/** Runs a command while the event loop goes on, so that what it talks to may be in this process. @throws with what it said. */
export async function command(cwd: string, program: string, args: string[], env = {}): Promise<string> {
  try {
    const options = { cwd, env: { ...environment, ...env }, maxBuffer: 1 << 26 }
    const shell = process.platform === 'win32' && program === 'npm'
    return (await execute(program, args, { ...options, shell })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })
  }
}

export const npm = (cwd: string, ...args: string[]): Promise<string> => command(cwd, 'npm', args)
