/** `npm run playground`: writes the page and serves it on loopback. `-- --port N` at this port, `-- --build` only writes it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle, output } from './bundle.ts'
import { serve } from './serve.ts'

const usage = 'usage: npm run playground -- [--build | --port N]'

function stop(problem: string): never {
  console.error(problem)
  console.error(usage)
  process.exit(2)
}

function options(): { readonly build: boolean; readonly port: number } {
  try {
    const { values } = parseArgs({
      options: { build: { type: 'boolean', default: false }, port: { type: 'string', default: '8321' } },
    })
    const port = Number(values.port)
    if (!/^\d+$/.test(values.port) || port > 65_535) return stop(`--port takes a port, not "${values.port}"`)
    return { build: values.build, port }
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error))
  }
}

const { build, port } = options()
const files = await bundle()
rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })
for (const [name, content] of files) writeFileSync(join(output, name), content)
if (build) console.log(`The page is in ${output}`)
else {
  try {
    const { url } = await serve(files, port)
    console.log(`The playground is at ${url}. Ctrl-C ends it.`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    stop(`port ${port} is taken`)
  }
}
