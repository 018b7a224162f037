/** The programs of docs/fleet.md and of the README of @rafted/fleet stand in pages/, where they are compiled, and print what the pages say. */
import { readFileSync } from 'node:fs'
import { formatWithOptions } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test.each([
  ['../../docs/fleet.md', './pages/fleet.ts'],
  ['../../packages/fleet/README.md', './pages/fleet-readme.ts'],
])('the program of %s prints what the page says', async (path, program) => {
  const page = read(path)
  const [shown, ...others] = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block)
  expect(others).toEqual([])
  expect(shown).toBe(read(program).replace(/^\/\*\*.*\*\/\n/, ''))
  const [promised] = [...page.matchAll(/^It prints:\n\n```text\n(.*?)^```$/gms)].map(([, lines]) => lines)
  let printed = ''
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
    printed += `${formatWithOptions({ colors: false }, ...values)}\n`
  })
  onTestFinished(() => log.mockRestore())
  await import(program)
  expect(printed).toBe(promised)
})
