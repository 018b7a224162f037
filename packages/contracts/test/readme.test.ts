import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { formatWithOptions } from 'node:util'
import { expect, test } from 'vitest'
import * as contracts from '../src/index.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

test('the program of the README prints what the README says', async () => {
  const [, program, promised] = /^```js\n(.*?)^```\n\nIt prints:\n\n```\n(.*?)\n```/ms.exec(readme) ?? []
  // Its one import becomes a parameter: the program runs against the sources.
  const [, names, body] = /^import (\{.*?\}) from '@rafted\/contracts'\n(.*)/s.exec(program!) ?? []
  const lines: string[] = []
  const log = (...values: unknown[]): number => lines.push(formatWithOptions({ colors: false }, ...values))
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  await new AsyncFunction(names!, 'console', body!)(contracts, { log })
  expect(lines.join('\n')).toBe(promised)
})
