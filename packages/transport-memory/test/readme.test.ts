import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { realClock } from '@rafted/contracts/node'
import { expect, test } from 'vitest'
import { memoryNetwork } from '../src/index.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

test('the program of the README prints what the README says', async () => {
  const [, program, after] = /^```js\n(.*?)^```\n(.*)/ms.exec(readme) ?? []
  const promised = /It prints:\s+`([^`]+)`/.exec(after!)?.[1]
  // Its imports become parameters: the program runs against the sources.
  const imports = [...program!.matchAll(/^import (\{.*?\}) from '(.*?)'\n/gm)]
  expect(imports.map(([, names, from]) => `${names} ${from}`)).toEqual([
    '{ realClock } @rafted/contracts/node',
    '{ memoryNetwork } @rafted/transport-memory',
  ])
  const body = program!.replaceAll(/^import .*\n/gm, '')
  const lines: string[] = []
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  const run = new AsyncFunction('realClock', 'memoryNetwork', 'console', body)
  await run(realClock, memoryNetwork, { log: (line: string) => lines.push(line) })
  expect(lines).toEqual([promised])
})
