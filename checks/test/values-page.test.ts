/** The programs of docs/values.md stand in pages/values.ts, where they are compiled, and print what the page says. */
import { readFileSync } from 'node:fs'
import { formatWithOptions } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const page = read('../../docs/values.md')

test('the page shows pages/values.ts', () => {
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block)
  expect(blocks.length).toBe(3)
  expect(blocks.join('\n')).toBe(read('pages/values.ts').replace(/^\/\*\*.*\*\/\n/, ''))
})

test('it prints what the page says', async () => {
  const promised = [...page.matchAll(/^It prints:\n\n```text\n(.*?)^```$/gms)].map(([, lines]) => lines)
  let printed = ''
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed += `${formatWithOptions({ colors: false }, ...values)}\n`
  })
  onTestFinished(() => log.mockRestore())
  await import('./pages/values.ts')
  expect(printed).toBe(promised.join(''))
})
