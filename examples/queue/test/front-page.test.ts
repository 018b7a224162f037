/** The first example of the front page is a program of this package, and does what its comments say. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const program = pathOf('../src/smallest.ts')

test('the front page shows smallest.ts, but for its end', () => {
  const [, shown] = /```ts\n(.*?)```/s.exec(readFileSync(pathOf('../../../README.md'), 'utf8'))!
  const source = readFileSync(program, 'utf8').replace(/^\/\*\*.*\*\/\n/, '')
  expect(source.startsWith(shown!)).toBe(true)
})

test('it prints what its comment says', () => {
  const args = ['--import', 'tsx', '-C', '@rafted/source', program]
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('1\n')
})

test('what it is, what it is not, the example, the commands and the guarantees stand in the first 60 lines', () => {
  const top = readFileSync(pathOf('../../../README.md'), 'utf8').split('\n').slice(0, 60).join('\n')
  for (const part of ['is **not**', 'openHosts', '`npm start`', '`npm test`', 'Linearizable', 'Exactly once'])
    expect(top).toContain(part)
})
