import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../workspaces.ts'

/** A package of others, as it is installed. */
export type Foreign = { name: string; version: string; bytes: number }

/**
 * A package that lies in `modules`, a directory `node_modules`, and all that comes with it, put into `found`. What is
 * missing is not for this machine: native parts of other platforms.
 */
export function addForeign(found: Map<string, Foreign>, modules: string, name: string): void {
  const link = join(modules, name)
  if (found.has(name) || !existsSync(link)) return
  const directory = realpathSync(link)
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest & Versioned
  found.set(name, { name, version: manifest.version, bytes: bytesUnder(directory) })
  // What a package needs lies beside it.
  const beside = directory.slice(0, -name.length)
  for (const needed of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
    addForeign(found, beside, needed)
}

type Versioned = { version: string }

function bytesUnder(directory: string): number {
  return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesUnder(path)
    return sum + statSync(path).size
  }, 0)
}
