// Runs a program of this repository on a fresh clone: installs, compiles what the program needs, runs it.
// Plain JavaScript on Node's own modules, since nothing is installed yet when it starts.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const biome = 'node_modules/@biomejs/biome/bin/biome'
const turbo = 'node_modules/turbo/bin/turbo'

const programs = {
  start: { compile: 'examples/queue', run: ['examples/queue/dist/story.js'] },
  playground: { run: ['--import', 'tsx', '-C', '@rafted/source', 'playground/build/main.ts'] },
  bench: { compile: 'bench', run: ['bench/dist/main.js'] },
  endure: { compile: 'checks', run: ['checks/dist/endure.js'] },
  cuts: { compile: 'checks', run: ['checks/dist/cuts.js'] },
  simulate: { compile: 'checks', run: ['checks/dist/simulate.js'] },
  'simulate-fleets': { compile: 'checks', run: ['checks/dist/simulate-fleets.js'] },
  explore: { compile: 'checks', run: ['checks/dist/explore.js'] },
  'crash-points': { compile: 'checks', run: ['checks/dist/crash-points.js'] },
  'bit-flips': { compile: 'checks', run: ['checks/dist/bit-flips.js'] },
  fuzz: { compile: 'checks', run: ['checks/dist/fuzz.js'] },
  docs: { run: ['--import', 'tsx', 'site/src/main.ts'] },
  mutants: { run: ['--import', 'tsx', '-C', '@rafted/source', 'checks/mutants/runner/main.ts'] },
  test: { run: ['--import', 'tsx', 'tools/src/test.ts'] },
  compat: { run: ['node_modules/vitest/vitest.mjs', 'run', '--mode', 'long', '--root', 'compat'] },
  keep: { run: ['--import', 'tsx', '-C', '@rafted/source', 'compat/src/fixtures/write.ts'] },
  'test:long': { run: [turbo, 'run', 'test:long', '--concurrency=1'] },
  build: { run: [turbo, 'run', 'build'] },
  lint: { run: [biome, 'ci', '--error-on-warnings'] },
  format: { run: [biome, 'check', '--write'] },
  tidy: { run: [turbo, 'run', 'test', '--filter=@rafted/tools'] },
  pictures: { run: ['--import', 'tsx', '-C', '@rafted/source', 'packages/dashboard/test/pictures.ts'] },
  api: { run: ['--import', 'tsx', 'tools/src/api/main.ts'] },
  sizes: { run: ['--import', 'tsx', 'tools/src/sizes/main.ts'] },
  release: { run: ['--import', 'tsx', 'tools/src/release/main.ts'] },
  changeset: { run: ['node_modules/@changesets/cli/bin.js'] },
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Ends this process as the child ended, unless it ended well. */
function run(command, args, { quiet = false, ...options } = {}) {
  const env = { ...process.env, PATH: `${root}/node_modules/.bin${delimiter}${process.env.PATH}` }
  const child = spawnSync(command, args, { cwd: root, env, stdio: quiet ? 'pipe' : 'inherit', ...options })
  if (child.status === 0) return
  if (quiet) process.stderr.write(`${child.stdout ?? ''}${child.stderr ?? ''}`)
  if (child.error) process.stderr.write(`${command}: ${child.error.message}\n`)
  process.exit(child.status ?? 128 + (constants.signals[child.signal] ?? 0))
}

function install() {
  const { packageManager } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const wanted = packageManager.split('@')[1]
  const own = `${root}/node_modules/pnpm`
  const args = ['install', '--frozen-lockfile']
  if (existsSync(own) && JSON.parse(readFileSync(`${own}/package.json`, 'utf8')).version === wanted) {
    run(process.execPath, [`${own}/bin/pnpm.cjs`, ...args], { quiet: true })
  } else {
    run('npx', ['-y', packageManager, ...args], { quiet: true, shell: process.platform === 'win32' })
  }
}

const [name, ...args] = process.argv.slice(2)
const program = programs[name]
if (!program) {
  process.stderr.write(`usage: node tools/run.mjs ${Object.keys(programs).join(' | ')}\n`)
  process.exit(2)
}
const began = performance.now()
install()
process.env.INSTALL_SECONDS = String((performance.now() - began) / 1000)
if (program.compile) run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', program.compile])
run(process.execPath, [...program.run, ...args])
