/** The example as users run it: compiled. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** To be called before any of it is run. */
export function compile(): void {
  execFileSync(process.execPath, [pathOf('../../../node_modules/typescript/bin/tsc'), '-b', pathOf('..')], {
    stdio: 'inherit',
  })
}
