/** The example of the README runs as it stands there, and prints what it says. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format } from 'node:util'
import { expect, test, vi } from 'vitest'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const fenced = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(read('../README.md'))![1]!

test('the example of the README', async () => {
  expect(fenced('ts')).toBe(read('readme-example.ts'))
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...what) => {
    lines.push(`${format(...what)}\n`)
  })
  await import('./readme-example.ts')
  log.mockRestore()
  expect(lines.join('')).toBe(fenced('text'))
})
