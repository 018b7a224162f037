import type { Workspace } from '../workspaces.ts'

/** One door of a published package: what an import may name. */
export type EntryPoint = {
  /** As an import names it: `@rafted/contracts/node`. */
  name: string
  /** Of its package: `packages/contracts`. */
  directory: string
  /** The declarations that the compiler wrote for it. */
  types: string
  /** The page with its report. */
  page: string
}

/** What is read of a package.json here. */
type Exports = { exports?: Record<string, string | { types?: string }> }

export const pages = 'docs/api'

/** Every door of every published package, by name. */
export function entryPointsOf(workspaces: readonly Workspace[]): EntryPoint[] {
  return workspaces
    .filter(({ directory, manifest }) => directory.startsWith('packages/') && !manifest.private)
    .flatMap(({ directory, manifest }) => {
      const { exports = {} } = manifest as Exports
      return Object.entries(exports).flatMap(([door, target]) => {
        if (typeof target === 'string' || !target.types) return []
        const path = door.slice(1)
        const page = `${directory.slice('packages/'.length)}${path.replaceAll('/', '.')}.md`
        const types = `${directory}/${target.types.replace(/^\.\//, '')}`
        return [{ name: manifest.name + path, directory, types, page: `${pages}/${page}` }]
      })
    })
    .sort((a, b) => byText(a.name, b.name))
}

/** The same order on every machine. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
