import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format } from 'node:util'
import * as client from '@rafted/client'
import * as node from '@rafted/contracts/node'
import * as wire from '@rafted/wire'
import { expect, test } from 'vitest'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

test('the program of the README prints what the README says', async () => {
  const program = /^```js\n(.*?)^```$/ms.exec(readme)![1]!
  const printed = /^```text\n(.*?)^```$/ms.exec(readme)![1]!
  const modules: Record<string, unknown> = {
    '@rafted/client': client,
    '@rafted/contracts/node': node,
    '@rafted/wire': wire,
  }
  const body = program.replace(/^import (\{.*\}) from '(.*)'$/gm, "const $1 = modules['$2']")
  const lines: string[] = []
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>
  await new AsyncFunction('modules', 'console', body)(modules, {
    log: (...args: unknown[]) => lines.push(format(...args)),
  })
  expect(`${lines.join('\n')}\n`).toBe(printed)
})
