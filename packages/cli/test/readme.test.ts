import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as cli from '../src/index.ts'
import { withSample } from './on-files.ts'
import { stillClock, typed } from './typed.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

const blocks = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map((match) => match[1]!)

test('what the README types of a store is on docs/cli.md, where it is tried', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)), 'utf8')
  expect(page).toContain(blocks[0])
})

test('what the README types of a directory prints what the README says', async () => {
  const directory = await withSample()
  const commands = blocks.slice(1).flatMap((block) => block.split(/^\$ rafted /m).slice(1))
  expect(commands.length).toBeGreaterThan(4)
  for (const text of commands) {
    const [line] = text.split('\n', 1)
    const { status, out, said } = await typed(directory, line!)
    expect({ status, said, text: `${line}\n${out}` }).toEqual({ status: 0, said: '', text })
  }
})

test('the program of the README prints what the README says', async () => {
  const directory = await withSample()
  const [, program, after] = /^```js\n(.*?)^```\n(.*)/ms.exec(readme) ?? []
  const promised = /It prints:\s+`([^`]+)`/.exec(after!)?.[1]
  // Its one import becomes a parameter: the program runs against the sources.
  const [, names, body] = /^import (\{.*?\}) from '@rafted\/cli'\n(.*)/s.exec(program!) ?? []
  const lines: string[] = []
  const processTerminal = () => ({ ...cli.processTerminal(), directory, clock: stillClock })
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  const log = (...words: unknown[]): void => void lines.push(words.join(' '))
  await new AsyncFunction(names!, 'console', body!)({ ...cli, processTerminal }, { log })
  expect(lines).toEqual([promised])
})
