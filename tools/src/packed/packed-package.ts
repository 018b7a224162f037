import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unpack } from '@publint/pack'
import { environment } from '../command.ts'
import { listWorkspaces, type Manifest, type Workspace } from '../workspaces.ts'

/** What is read of the package.json of a packed package. */
export type PackedManifest = Manifest & {
  version: string
  exports: Record<string, string | Record<string, string>>
  bin?: Record<string, string>
  files?: string[]
}

/** A package as a registry would be given it. */
export type PackedPackage = {
  /** Where its workspace is, from the root. */
  directory: string
  manifest: PackedManifest
  tarball: Uint8Array<ArrayBuffer>
  /** What is in the tarball, by its path within the package. */
  files: Map<string, Uint8Array>
}

const run = promisify(execFile)

/**
 * Packs every published package of the repository in `root`, which is compiled, in the order of their names.
 * @throws if one of them was not packed.
 */
export async function packAll(root: string): Promise<PackedPackage[]> {
  const published = listWorkspaces(root).filter(({ manifest }) => !manifest.private)
  const destination = mkdtempSync(join(tmpdir(), 'packed-'))
  try {
    const filters = published.flatMap(({ directory }) => ['--filter', `./${directory}`])
    await run('pnpm', [...filters, 'pack', '--pack-destination', destination], {
      cwd: root,
      env: environment(),
      shell: process.platform === 'win32',
      maxBuffer: 1 << 26,
    })
    const files = readdirSync(destination).map((name) => join(destination, name))
    if (files.length !== published.length)
      throw new Error(`${files.length} of ${published.length} packages were packed`)
    const packed = await Promise.all(files.map((file) => readTarball(readFileSync(file), published)))
    return packed.sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1))
  } finally {
    rmSync(destination, { recursive: true, force: true })
  }
}

async function readTarball(bytes: Buffer, workspaces: Workspace[]): Promise<PackedPackage> {
  const tarball = new Uint8Array(bytes)
  const { files, rootDir } = await unpack(tarball)
  const byPath = new Map(files.map(({ name, data }) => [name.slice(rootDir.length + 1), data]))
  const manifest = JSON.parse(textOf(byPath.get('package.json')!)) as PackedManifest
  const { directory } = workspaces.find((workspace) => workspace.manifest.name === manifest.name)!
  return { directory, manifest, tarball, files: byPath }
}

export function textOf(data: Uint8Array): string {
  return new TextDecoder().decode(data)
}
