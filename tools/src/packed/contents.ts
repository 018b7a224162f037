import type { PackedManifest, PackedPackage } from './packed-package.ts'
import { textOf } from './packed-package.ts'

/** What packages are held against. */
export type Expected = {
  /** The text of the licence that each brings. */
  license: string
  /** The version of every published package, by name. */
  versions: ReadonlyMap<string, string>
  /** Whether they are to be published as they are: then their change logs tell of these versions. */
  isRelease: boolean
}

/** What of a tarball is not as a user needs it: what is missing, what should not be there, what can't be installed. */
export function contentProblems(packed: PackedPackage, expected: Expected): string[] {
  const { files, manifest } = packed
  return [
    ...documentProblems(packed, expected),
    ...targetsOf(manifest)
      .filter((target) => !files.has(target))
      .map((target) => `${target}, which it names, is missing`),
    ...binProblems(packed),
    ...strayFiles(packed),
    ...missingPrograms(files),
    ...(expected.isRelease ? leftPrograms(files) : []),
    ...dependencyProblems(manifest, expected.versions),
  ]
}

function documentProblems({ files, manifest }: PackedPackage, expected: Expected): string[] {
  const text = (name: string): string => textOf(files.get(name) ?? new Uint8Array())
  const problems: string[] = []
  if (text('LICENSE') !== expected.license) problems.push('LICENSE is not that of the repository')
  if (!text('README.md').startsWith(`# ${manifest.name}\n`))
    problems.push(`README.md does not begin with "# ${manifest.name}"`)
  const headings = text('CHANGELOG.md').split('\n')
  if (expected.isRelease && !headings.includes(`## ${manifest.version}`))
    problems.push(`CHANGELOG.md does not tell of ${manifest.version}`)
  if (manifest.version !== expected.versions.get(manifest.name))
    problems.push(`its version is ${manifest.version}, not ${expected.versions.get(manifest.name)}`)
  return problems
}

/** Every file that the manifest leads to. */
function targetsOf({ exports, bin = {} }: PackedManifest): string[] {
  const targets = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  )
  return [...new Set([...targets, ...Object.values(bin)])].map((target) => target.replace(/^\.\//, ''))
}

function binProblems({ files, manifest }: PackedPackage): string[] {
  return Object.values(manifest.bin ?? {})
    .map((target) => target.replace(/^\.\//, ''))
    .filter((target) => files.has(target) && !textOf(files.get(target)!).startsWith('#!/usr/bin/env node\n'))
    .map((target) => `${target} does not begin with #!/usr/bin/env node`)
}

const everywhere =
  /^(?:package\.json|LICENSE|README\.md|CHANGELOG\.md|src\/.+\.ts|dist\/.+\.(?:js|d\.ts)(?:\.map)?)$/

/** Files that neither every package has nor this one asks for by the name of a directory. */
function strayFiles({ files, manifest }: PackedPackage): string[] {
  const own = (manifest.files ?? []).filter((name) => name !== 'dist' && name !== 'src')
  return [...files.keys()]
    .filter((path) => !everywhere.test(path) && !own.some((name) => path.startsWith(`${name}/`)))
    .map((path) => `${path} should not be there`)
}

/** What was not compiled. */
function missingPrograms(files: ReadonlyMap<string, Uint8Array>): string[] {
  return [...files.keys()].flatMap((path) => {
    const source = /^src\/(.+)\.ts$/.exec(path)?.[1]
    if (source === undefined) return []
    return ['.js', '.js.map', '.d.ts', '.d.ts.map']
      .map((ending) => `dist/${source}${ending}`)
      .filter((target) => !files.has(target))
      .map((target) => `${target} is missing`)
  })
}

/** What an old build has left behind, which does no harm where nothing is published. */
function leftPrograms(files: ReadonlyMap<string, Uint8Array>): string[] {
  return [...files.keys()].flatMap((path) => {
    const source = /^dist\/(.+?)\.(?:js|d\.ts)(?:\.map)?$/.exec(path)?.[1]
    if (source === undefined || files.has(`src/${source}.ts`)) return []
    return [`${path} was compiled from a source that is gone`]
  })
}

/** Versions that no registry can give, or that are not those of the packages published beside it. */
function dependencyProblems(manifest: PackedManifest, versions: ReadonlyMap<string, string>): string[] {
  const needed = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
  return Object.entries(needed).flatMap(([name, range]) => {
    const own = versions.get(name)
    if (own !== undefined) {
      return range === `^${own}` ? [] : [`it depends on ${name} ${range}, not ^${own}`]
    }
    return /^[\^~]?\d+\.\d+\.\d+$/.test(range) ? [] : [`no registry can give ${name} ${range}`]
  })
}
