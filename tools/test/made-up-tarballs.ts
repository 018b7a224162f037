import type { PackedManifest, PackedPackage } from '../src/packed/packed-package.ts'

/** A packed package with this manifest and these files; those that are undefined are missing. */
export function packedOf(
  manifest: Partial<PackedManifest> & { name: string },
  files: Record<string, string | undefined> = {},
): PackedPackage {
  const all = { ...files, 'package.json': JSON.stringify(manifest) }
  const present = Object.entries(all).filter((file): file is [string, string] => file[1] !== undefined)
  return {
    directory: `packages/${manifest.name.replace('@rafted/', '')}`,
    manifest: { version: '0.0.0', exports: {}, ...manifest },
    tarball: new Uint8Array(),
    files: new Map(present.map(([path, text]) => [path, new TextEncoder().encode(text)])),
  }
}
