import type { InstallSize, Sizes } from './measure.ts'

export const sizesPage = 'docs/sizes.md'

/** A size as the page has it: the readers' kB are 1000 bytes. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
}

/** The text of docs/sizes.md. */
export function pageOf(sizes: Sizes): string {
  return `# Sizes

What packages weigh. \`npm run sizes\` measures and writes this page; \`npm test\` fails when it no longer says what is. 1 kB is 1000 bytes.

## Installed

\`npm install PACKAGE\` into an empty directory: how many packages come, and the bytes of all their files, sources, maps and types included, on Linux (x64).
What you bring is what you install beside it yourself, if you use that part; its size is not in the sum. What is neither programs nor of others is
types, sources and maps, so that editors and debuggers show what was written.

${tableOf(
  ['package', 'packages', 'installed', 'of others', 'programs', 'you bring'],
  sizes.installs.map((size) => [
    `\`${size.name}\``,
    String(size.packages),
    kilobytes(size.bytes),
    size.foreignBytes === 0 ? 'nothing' : kilobytes(size.foreignBytes),
    kilobytes(size.programBytes),
    broughtFor(size),
  ]),
)}

What comes of others:

${tableOf(
  ['package', 'version', 'installed', 'needed by'],
  sizes.foreign.map(({ package: { name, version, bytes }, neededBy }) => [
    `\`${name}\``,
    version,
    kilobytes(bytes),
    neededBy.map((own) => `\`${own}\``).join(', '),
  ]),
)}

## The core in one file

All that \`@rafted/core\` exports, bundled and minified by esbuild: **${kilobytes(sizes.core.minifiedBytes)}, gzipped ${kilobytes(sizes.core.gzippedBytes)}**. It
has no dependency and runs in a browser. What makes it up, before it is gzipped:

${tableOf(
  ['file', 'minified'],
  sizes.core.parts.map(({ file, bytes }) => [`\`${file}\``, kilobytes(bytes)]),
)}
`
}

function broughtFor({ peers }: InstallSize): string {
  return peers.map(({ name, bytes }) => `\`${name}\` (${kilobytes(bytes)})`).join(', ')
}

function tableOf(titles: string[], rows: string[][]): string {
  const lines = [titles, titles.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** What the page says of a package installed, by name: how many packages, and bytes. */
export function installsIn(page: string): Map<string, { packages: number; bytes: number }> {
  const rows = page.matchAll(/^\| `([^`]+)` \| (\d+) \| ([\d.]+) kB \|/gm)
  return new Map(
    [...rows].map(([, name, packages, size]) => [
      name!,
      { packages: Number(packages), bytes: Number(size) * 1000 },
    ]),
  )
}

/** The bytes that the page says the core has when gzipped, or null. */
export function gzippedCoreIn(page: string): number | null {
  const said = /gzipped ([\d.]+) kB\*\*/.exec(page)?.[1]
  return said === undefined ? null : Number(said) * 1000
}
