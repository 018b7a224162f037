/** Makes the page: static files that need nothing but a web server. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const page = new URL('../src/page/', import.meta.url)

/** Where `npm run playground` puts it. */
export const output: string = fileURLToPath(new URL('../dist/', import.meta.url))

/** The files by name. */
export async function bundle(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: ['main.ts', 'style.css'].map((name) => fileURLToPath(new URL(name, page))),
    outdir: output,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    conditions: ['@rafted/source'],
    legalComments: 'none',
    write: false,
  })
  const made = outputFiles.map(({ path, contents }) => [basename(path), contents] as const)
  const copied = ['index.html', 'icon.svg'].map(
    (name) => [name, new Uint8Array(readFileSync(new URL(name, page)))] as const,
  )
  return new Map([...made, ...copied])
}
