/** What is published, and what it needs of others, laid out so that one npm publishes it all. */
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { bin, directoryOf, manifestIn, published, root } from '../packed-packages.ts'
import { command } from './npm.ts'

/**
 * Fills `place`: `tarballs/` with what pnpm packs, `own/` with what is in these, `foreign/` with packages of others, and a
 * manifest whose workspaces all these are.
 */
export async function layOut(place: string): Promise<void> {
  const directories = published.map(({ name }) => directoryOf(name))
  await command(root, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...directories])
  const tarballs = join(place, 'tarballs')
  const filters = published.flatMap(({ name }) => ['--filter', name])
  await command(root, join(bin, 'pnpm'), [...filters, 'pack', '--pack-destination', tarballs])
  for (const name of readdirSync(tarballs)) {
    const target = join(place, 'own', basename(name, '.tgz'))
    mkdirSync(target, { recursive: true })
    await command(place, 'tar', ['-xzf', join(tarballs, name), '--strip-components=1', '-C', target])
  }
  for (const [name, directory] of foreignPackages())
    cpSync(directory, join(place, 'foreign', name.replace('/', '+')), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    })
  const workspaces = ['own/*', 'foreign/*']
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'all', private: true, workspaces }))
}

/** Whatever comes from others with any package, and where it lies on this machine. */
export function foreignPackages(): Map<string, string> {
  const found = new Map<string, string>()
  for (const { name, dependencies, peerDependencies } of published)
    for (const needed of Object.keys({ ...dependencies, ...peerDependencies }))
      if (!published.some((own) => own.name === needed))
        addForeign(found, join(directoryOf(name), 'node_modules'), needed)
  return found
}

/** What is not there is for other machines: native parts of other platforms. */
function addForeign(found: Map<string, string>, modules: string, name: string): void {
  if (found.has(name) || !existsSync(join(modules, name))) return
  const directory = realpathSync(join(modules, name))
  found.set(name, directory)
  const { dependencies, optionalDependencies } = manifestIn(directory)
  // pnpm has put beside a package what it needs.
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies }))
    addForeign(found, directory.slice(0, -name.length), needed)
}
