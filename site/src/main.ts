// Builds the site into site/dist, and looks whether it holds together. `--serve` shows it, and follows what is written.

import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { build, createServer } from 'vitepress'
import { checkBuilt } from './built.ts'
import { root } from './pages.ts'

const usage = 'npm run docs -- [--serve [--port N]] [--base /PATH/]'
const { values } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    port: { type: 'string', default: '5173' },
    base: { type: 'string', default: '/' },
    help: { type: 'boolean', default: false },
  },
})
const { base } = values
const say = (text: string): boolean => process.stdout.write(`${text}\n`)

if (values.help) say(usage)
else {
  writeReference()
  writePlayground()
  if (values.serve) await serve()
  else await buildAll()
}

/** The pages that are made of the packages' docstrings. */
function writeReference(): void {
  const program = `${root}/tools/src/api/reference-main.ts`
  execFileSync(process.execPath, ['--import', 'tsx', program, 'site/reference'], {
    cwd: root,
    stdio: 'inherit',
  })
}

/** The playground beside the pages, as it is built for any web server: where files of the site are taken from as they are. */
function writePlayground(): void {
  const program = `${root}/playground/build/main.ts`
  execFileSync(process.execPath, ['--import', 'tsx', '-C', '@rafted/source', program, '--build'], {
    cwd: root,
    stdio: 'inherit',
  })
  const place = `${root}/site/public/playground`
  rmSync(place, { recursive: true, force: true })
  cpSync(`${root}/playground/dist`, place, { recursive: true })
}

async function serve(): Promise<void> {
  const server = await createServer(`${root}/site`, { base, port: Number(values.port), host: '127.0.0.1' })
  await server.listen()
  server.printUrls()
}

async function buildAll(): Promise<void> {
  await build(`${root}/site`, { base })
  const { problems, pages, links } = checkBuilt(`${root}/site/dist`, base)
  for (const problem of problems) say(problem)
  say(`site/dist: ${pages} pages, ${links} links, ${problems.length} of them wrong`)
  if (problems.length > 0) process.exitCode = 1
}
