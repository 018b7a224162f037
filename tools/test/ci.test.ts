/** `.ci/run` ends with the sum of all checks, whatever npm prints around it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from '../src/workspaces.ts'

const directory = mkdtempSync(join(tmpdir(), 'ci-'))
afterAll(() => rmSync(directory, { recursive: true }))

function program(name: string, does: string, at = directory): void {
  writeFileSync(join(at, name), `#!/usr/bin/env bash\n${does}\n`)
  chmodSync(join(at, name), 0o755)
}

/** Runs it with an npm that prints this and ends so. @returns the last line, and the exit code. */
function ci(
  printed: string,
  code: number,
  more: NodeJS.ProcessEnv = {},
): [string | undefined, number | null] {
  program('npm', `cat <<'END'\n${printed}\nEND\nexit ${code}`)
  const env = { ...process.env, CI: '', PATH: directory + delimiter + process.env.PATH, ...more }
  const { stdout, status } = spawnSync(join(repositoryRoot, '.ci/run'), { env, encoding: 'utf8' })
  return [stdout.trimEnd().split('\n').at(-1), status]
}

const cases: [string, string, number, string, number][] = [
  ['the sum is the last line', 'noise\n5 passed, 0 failed', 0, '5 passed, 0 failed', 0],
  ['skipped ones are told', '5 passed, 0 failed, 2 skipped', 0, '5 passed, 0 failed, 2 skipped', 0],
  ['failed ones fail', '5 passed, 1 failed', 1, '5 passed, 1 failed', 1],
  [
    'a notice comes after the sum',
    '9 passed, 0 failed\n10 passed, 0 failed\nnpm notice',
    0,
    '10 passed, 0 failed',
    0,
  ],
  ['it broke off after a step that passed', '9 passed, 0 failed\n== checks', 1, '0 passed, 1 failed', 1],
  ['it broke off after a step that failed', '9 passed, 3 failed\n== checks', 137, '9 passed, 3 failed', 137],
  ['nothing was counted, though it ended well', 'nothing', 0, '0 passed, 1 failed', 1],
]

test.each(cases)('%s', (_, printed, code, line, status) => {
  expect(ci(printed, code)).toEqual([line, status])
})

describe('where all counts', () => {
  const passed = '5 passed, 0 failed'
  const bare = mkdtempSync(join(tmpdir(), 'ci-'))
  afterAll(() => rmSync(bare, { recursive: true }))
  const installed = join(bare, 'installed')
  const PATH = directory + delimiter + bare
  beforeAll(() => {
    for (const name of ['bash', 'env', 'dirname', 'mktemp', 'rm', 'tee', 'tail', 'grep', 'cat']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
      symlinkSync(stdout.trim(), join(bare, name))
    }
    program('id', 'echo 0', bare)
    program('apt-get', `echo "$*" >> ${installed}`, bare)
  })

  test('what a test needs is installed', () => {
    expect(ci(passed, 0, { CI: 'true', PATH })).toEqual([passed, 0])
    expect(readFileSync(installed, 'utf8')).toMatch(
      /^update .*\ninstall .*nats-server\ninstall .*iproute2\ninstall .*nftables\ninstall .*chromium\ninstall .*zsh\ninstall .*fish\n$/,
    )
    rmSync(installed)
  })

  test('nothing is installed elsewhere, or where it is there', () => {
    expect(ci(passed, 0, { PATH })).toEqual([passed, 0])
    const needed = ['nats-server', 'ip', 'nft', 'chromium', 'zsh', 'fish']
    for (const name of needed) program(name, '', bare)
    expect(ci(passed, 0, { CI: 'true', PATH })).toEqual([passed, 0])
    expect(existsSync(installed)).toBe(false)
    for (const name of needed) rmSync(join(bare, name))
  })

  test('what can not be installed is for the tests to miss', () => {
    program('apt-get', 'exit 1', bare)
    expect(ci(passed, 0, { CI: 'true', PATH })).toEqual([passed, 0])
  })
})
