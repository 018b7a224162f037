/** The programs of the README, each in a process of its own, do what it says. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freeAddress, freshDirectory } from './place.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const own = fileURLToPath(new URL('..', import.meta.url))
const node = [process.execPath, '--import', import.meta.resolve('tsx'), '-C', '@rafted/source'] as const

/** Writes the programs, with ports that are free. @returns the directory. */
async function project(): Promise<string> {
  const directory = await freshDirectory()
  const ports: Record<string, string> = {}
  for (const port of ['7001', '7002', '7003']) ports[port] = (await freeAddress()).split(':')[1]!
  mkdirSync(join(directory, 'node_modules'))
  symlinkSync(own, join(directory, 'node_modules/rafted'), 'junction')
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  for (const [, name, program] of readme.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms))
    writeFileSync(
      join(directory, name!),
      program!.replaceAll(/\b700[123]\b/g, (port) => ports[port]!),
    )
  return directory
}

function start(program: string, cwd: string, env = {}): ChildProcess {
  const [command, ...args] = node
  const child = spawn(command, [...args, program], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return child
}

/** Resolves with what it prints: all of it, or what has come when `text` is in it. */
async function printed(child: ChildProcess, text?: string): Promise<string> {
  let output = ''
  for await (const chunk of child.stdout!.setEncoding('utf8')) {
    output += chunk
    if (text !== undefined && output.includes(text)) return output
  }
  return output
}

test('three hosts run, the group is created, and the value is used', async () => {
  const directory = await project()
  const hosts = ['a', 'b', 'c'].map((ID) => ({ ID, child: start('host.js', directory, { ID }) }))
  await Promise.all(hosts.map(({ ID, child }) => printed(child, `${ID} runs`)))
  const promised = /It prints: `([^`]+)`/.exec(readme)![1]
  expect(await printed(start('create.js', directory))).toBe(`${promised}\n`)
})
