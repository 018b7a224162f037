import { join } from 'node:path'
import type { PackedPackage } from '../packed/packed-package.ts'
import { type Bundle, bundleCore } from './bundle.ts'
import { addForeign, type Foreign } from './foreign.ts'

/** What installing one published package into an empty directory brings. */
export type InstallSize = {
  name: string
  /** How many packages, itself among them. */
  packages: number
  /** Bytes of all files, unpacked. */
  bytes: number
  /** The part of these bytes that is in packages of others. */
  foreignBytes: number
  /** The part that is our programs; the rest of ours is types, sources and maps, for editors and debuggers. */
  programBytes: number
  /** What whoever uses it installs beside it, with what that needs. Not among the bytes. */
  peers: { name: string; bytes: number }[]
}

export type Sizes = {
  installs: InstallSize[]
  /** Each package of others that comes with any of ours, by name. */
  foreign: { package: Foreign; neededBy: string[] }[]
  core: Bundle
}

/** Measures what is packed, and what it needs of others as it is installed in the repository in `root`. */
export async function measureSizes(root: string, packages: PackedPackage[]): Promise<Sizes> {
  const byName = new Map(packages.map((packed) => [packed.manifest.name, packed]))
  const foreign = new Map<string, { package: Foreign; neededBy: string[] }>()
  for (const packed of packages)
    for (const found of foreignOf(root, [packed], byName).values()) {
      const known = foreign.get(found.name) ?? { package: found, neededBy: [] }
      known.neededBy.push(packed.manifest.name)
      foreign.set(found.name, known)
    }
  return {
    installs: packages.map((packed) => installSize(root, packed, byName)),
    foreign: [...foreign.values()].sort((a, b) => (a.package.name < b.package.name ? -1 : 1)),
    core: await bundleCore(root),
  }
}

type ByName = ReadonlyMap<string, PackedPackage>

function installSize(root: string, packed: PackedPackage, byName: ByName): InstallSize {
  const own = ownClosure(packed, byName)
  const foreign = [...foreignOf(root, own, byName).values()]
  const foreignBytes = sumOf(foreign)
  const ownFiles = own.flatMap(({ files }) => [...files])
  const peers = Object.keys(packed.manifest.peerDependencies ?? {}).map((name) => {
    const found = new Map<string, Foreign>()
    addForeign(found, modulesOf(root, packed), name)
    return { name, bytes: sumOf([...found.values()]) }
  })
  return {
    name: packed.manifest.name,
    packages: own.length + foreign.length,
    bytes: lengthOf(ownFiles) + foreignBytes,
    foreignBytes,
    programBytes: lengthOf(ownFiles.filter(([path]) => path.endsWith('.js'))),
    peers,
  }
}

function sumOf(foreign: Foreign[]): number {
  return foreign.reduce((sum, { bytes }) => sum + bytes, 0)
}

function lengthOf(files: (readonly [path: string, data: Uint8Array])[]): number {
  return files.reduce((sum, [, data]) => sum + data.byteLength, 0)
}

/** The package and all of ours that it needs. */
function ownClosure(packed: PackedPackage, byName: ByName): PackedPackage[] {
  const found = new Set([packed])
  for (const one of found)
    for (const name of Object.keys(one.manifest.dependencies ?? {})) {
      const needed = byName.get(name)
      if (needed) found.add(needed)
    }
  return [...found]
}

function foreignOf(root: string, own: PackedPackage[], byName: ByName): Map<string, Foreign> {
  const found = new Map<string, Foreign>()
  for (const packed of own)
    for (const name of Object.keys(packed.manifest.dependencies ?? {}))
      if (!byName.has(name)) addForeign(found, modulesOf(root, packed), name)
  return found
}

function modulesOf(root: string, { directory }: PackedPackage): string {
  return join(root, directory, 'node_modules')
}
