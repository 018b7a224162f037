/** Programs of this package as processes of a test. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Whether what these tests are run from has just been compiled: `npm test` does that. */
const isCompiled = process.env.RAFTED_COMPILED === '1'

/** Compiles this package and all it needs, where that is not done yet. */
export function compileChecks(): void {
  if (isCompiled) return
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'checks'], { cwd: root })
}

/** What Node.js is told to find the packages where the tests do. */
export const packages: readonly string[] = isCompiled ? [] : ['-C', '@rafted/source']

/** The same, for a program that is TypeScript itself. */
export const typescript: readonly string[] = ['--import', 'tsx', ...packages]

/** What Node.js is told, in the root, to run a program of this package. */
export const programOf = (name: string): readonly string[] =>
  isCompiled ? [`checks/dist/${name}.js`] : [...typescript, `checks/src/${name}.ts`]
