import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** All that a package exports in one file, as a page of the web would load it. */
export type Bundle = {
  minifiedBytes: number
  gzippedBytes: number
  /** What each file adds to the minified bytes, most first. */
  parts: { file: string; bytes: number }[]
}

/** The core alone: the one package that is made to run anywhere. */
export async function bundleCore(root: string): Promise<Bundle> {
  const entry = 'packages/core/dist/index.js'
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: 'core.js',
    bundle: true,
    minify: true,
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  const parts = Object.entries(output!.inputs)
    .map(([file, { bytesInOutput }]) => ({ file: file.replace(/^.*\//, ''), bytes: bytesInOutput }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
  const { contents } = outputFiles[0]!
  return { minifiedBytes: contents.byteLength, gzippedBytes: gzipSync(contents, { level: 9 }).length, parts }
}
