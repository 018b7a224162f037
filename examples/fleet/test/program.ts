/** The example as users run it: compiled, in processes of its own. */
import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** To be called before any of it is run. */
export function compile(): void {
  execFileSync(process.execPath, [pathOf('../../../node_modules/typescript/bin/tsc'), '-b', pathOf('..')], {
    stdio: 'inherit',
  })
}

/** Runs a program to its end. @returns how it ended, and all it has printed. */
export function ended(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [program, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    ),
  )
}
