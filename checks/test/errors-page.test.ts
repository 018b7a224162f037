/** docs/errors.md has every code, and says of each what the sources say. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RaftedError } from '@rafted/contracts'
import { createNetwork, openHost } from 'rafted-memory'
import { expect, test } from 'vitest'
import { add, orders } from './pages/doubts.ts'
import { whatNow } from './pages/errors.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/errors.md')
const rows = [...page.matchAll(/^\| `([a-z-]+)` \| ([a-z-]+) \| ([a-z ]+) \| (.+) \|$/gm)].map(
  ([, code, outcome, again, advice]) => ({ code: code!, outcome: outcome!, again: again!, advice: advice! }),
)

test('the page has every code, once, in the order of the sources, and no other', () => {
  const [, union] = /export type ErrorCode =\n(.*?)\n\n/s.exec(read('packages/contracts/src/errors.ts'))!
  const codes = [...union!.matchAll(/^ {2}\| '([a-z-]+)'$/gm)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(50)
  expect(rows.map(({ code }) => code)).toEqual(codes)
})

test('each row says what it may say', () => {
  for (const { code, outcome, again, advice } of rows) {
    expect(['not-applied', 'unknown', 'either'], code).toContain(outcome)
    expect(['by itself', 'yes', 'no', 'see outcome'], code).toContain(again)
    expect(advice.length, code).toBeGreaterThan(20)
  }
})

test('what the client asks again by itself is what it does', () => {
  const [, list] = /const RETRIED: ReadonlySet<ErrorCode> = new Set\(\[(.*?)\]\)/s.exec(
    read('packages/client/src/failures.ts'),
  )!
  const retried = [...list!.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code!)
  // These end an attempt, and also a call: then it is for the caller to say.
  const callers = ['timeout', 'aborted', 'closed']
  const saying = (what: string): string[] =>
    rows.filter(({ again }) => again === what).map(({ code }) => code)
  expect(saying('by itself').sort()).toEqual(retried.filter((code) => !callers.includes(code)).sort())
  expect(saying('see outcome').sort()).toEqual(callers.sort())
})

test('the sources give a code no other outcome', () => {
  const told = new Map(rows.map(({ code, outcome }) => [code, outcome]))
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^[a-z-]+\/src\/.*\.ts$/.test(path.replaceAll('\\', '/')),
  )
  // `new RaftedError('code', …, { outcome: '…' })`, and what takes code and outcome side by side.
  const made =
    /new RaftedError\(\s*'([a-z-]+)',(?:(?!new RaftedError|outcome:).){1,900}outcome: '(not-applied|unknown)'/gs
  const besides = /'([a-z-]+)',\s*'(not-applied|unknown)'/g
  let found = 0
  for (const path of sources)
    for (const pattern of [made, besides])
      for (const [, code, outcome] of read(`packages/${path}`).matchAll(pattern)) {
        if (!told.has(code!)) continue
        found++
        expect([outcome, 'either'], `${code} in ${path}`).toContain(told.get(code!))
      }
  expect(found).toBeGreaterThan(100)
})

test('its program is compiled here, and does what it is for', () => {
  const [, program] = /^```ts\n(.*?)^```$/ms.exec(page)!
  expect(read('checks/test/pages/errors.ts').replace(/^\/\*\*.*\*\/\n/, '')).toBe(program)
  const error = (code: 'command-error' | 'timeout' | 'closed', outcome: 'not-applied' | 'unknown') =>
    new RaftedError(code, '', { outcome })
  expect(whatNow(error('command-error', 'not-applied'))).toBe('tell the caller')
  expect(whatNow(error('timeout', 'not-applied'))).toBe('ask again')
  expect(whatNow(error('timeout', 'unknown'))).toBe('ask again with the same key')
  expect(whatNow(error('closed', 'not-applied'))).toBe('tell the caller')
  expect(() => whatNow(new TypeError('another'))).toThrow('another')
})

test('its program for calls in doubt is compiled here as well, and tells what became of them', async () => {
  const [, , program] = page.split('```ts\n')
  expect(read('checks/test/pages/doubts.ts').replace(/^\/\*\*.*\*\/\n/, '')).toBe(program!.split('```\n')[0])
  await using host = await openHost({ id: 'a', cluster: 'shop', network: createNetwork() })
  await host.createGroup('orders', { machine: orders })
  expect(await add(host, 'first', 10_000)).toBe(0)
  // Most of these end before they are answered.
  const added = await Promise.all(
    Array.from({ length: 20 }, (_, i) => add(host, `${i}`, 0.001).then(() => `${i}`, whyNot)),
  )
  const all = await host.value('orders', orders).all()
  expect([...all].sort()).toEqual(['first', ...added.filter((order) => order !== null)].sort())
})

function whyNot(error: unknown): null {
  expect(error).toMatchObject({ outcome: 'not-applied' })
  return null
}
