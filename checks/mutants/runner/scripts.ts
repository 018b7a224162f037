/** `scripts NAME …`: runs these scripts of the core; says for each what its claims have met, if they failed. Runs within a workspace. */
import { pathToFileURL } from 'node:url'

const scenarios = new URL('../../../packages/core/test/scenarios/', import.meta.url)
const load = async <T>(file: string): Promise<T> => (await import(new URL(file, scenarios).href)) as T

interface Runner {
  runScript(script: unknown, core: unknown, claimsOnly: boolean): unknown
}
interface Scripts {
  readScript(name: string): unknown
}

const { runScript } = await load<Runner>('runner/run.ts')
const { readScript } = await load<Scripts>('scripts.ts')
const core = await load<unknown>(pathToFileURL(new URL('../../src/index.ts', scenarios).pathname).href)

for (const name of process.argv.slice(2)) {
  try {
    runScript(readScript(name), core, true)
  } catch (error) {
    console.log(`found ${name}: ${String(error).split('\n').slice(0, 2).join(' ')}`)
    process.exitCode = 1
  }
}
