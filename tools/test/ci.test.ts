/** `.ci/run` ends with the sum of all checks, whatever npm prints around it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { repositoryRoot } from '../src/workspaces.ts'

const directory = mkdtempSync(join(tmpdir(), 'ci-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Runs it with an npm that prints this and ends so. @returns the last line, and the exit code. */
function ci(printed: string, code: number): [string | undefined, number | null] {
  writeFileSync(join(directory, 'npm'), `#!/usr/bin/env bash\ncat <<'END'\n${printed}\nEND\nexit ${code}\n`)
  chmodSync(join(directory, 'npm'), 0o755)
  const env = { ...process.env, PATH: directory + delimiter + process.env.PATH }
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
