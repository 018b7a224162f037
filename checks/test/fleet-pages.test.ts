/** The programs of docs/fleet.md and of the README of @rafted/fleet stand in pages/, where they are compiled, and print what the pages say. */
import { readFileSync } from 'node:fs'
import { formatWithOptions } from 'node:util'
import { Fleet } from '@rafted/fleet'
import { createNetwork, openFleet } from 'rafted-memory'
import { expect, onTestFinished, test, vi } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test.each([
  ['../../docs/fleet.md', './pages/fleet.ts', () => import('./pages/fleet.ts')],
  ['../../packages/fleet/README.md', './pages/fleet-readme.ts', () => import('./pages/fleet-readme.ts')],
])('the program of %s prints what the page says', async (path, program, run) => {
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
  await run()
  expect(printed).toBe(promised)
})

test('the settings of docs/fleet.md are those there are, with their defaults', async () => {
  const table = /^\| setting \| default \| \|\n\| --- .*\n((?:\|.*\n)+)/m.exec(
    read('../../docs/fleet.md'),
  )![1]!
  const rows = [...table.matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)]
  const told = Object.fromEntries(rows.map(([, name, value]) => [name, Number(value!.replaceAll(',', ''))]))
  const network = createNetwork()
  await using fleet = await openFleet({ id: 'a', cluster: 'shops', network, machines: {}, join: ['a'] })
  await fleet.initialise()
  expect(told).toEqual(await fleet.changeSettings({}))
})

test('the calls of docs/fleet.md are those there are', () => {
  const table = /^\| call \| .*\n\| --- .*\n((?:\|.*\n)+)/m.exec(read('../../docs/fleet.md'))![1]!
  const told = [...table.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name)
  const methods = Object.getOwnPropertyNames(Fleet.prototype).filter(
    (name) => !['constructor', 'open', 'raftOf'].includes(name),
  )
  expect(told.toSorted()).toEqual(methods.toSorted())
})
