import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as storage from '../src/index.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

test('the program of the README prints what the README says', async () => {
  const [, program, after] = /^```js\n(.*?)^```\n(.*)/ms.exec(readme) ?? []
  const promised = /It prints:\s+`([^`]+)`/.exec(after!)?.[1]
  // Its one import becomes a parameter: the program runs against the sources.
  const [, names, body] = /^import (\{.*?\}) from '@rafted\/storage'\n(.*)/s.exec(program!) ?? []
  const lines: string[] = []
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  await new AsyncFunction(names!, 'console', body!)(storage, { log: (line: string) => lines.push(line) })
  expect(lines).toEqual(['the log of "queue" ends with entry 1, in term 1', promised])
})
