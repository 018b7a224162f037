/** README.md, "By hand": its lines typed in terminals. Two things differ: ports are free ones, and the files are in a fresh directory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '../src/processes.ts'
import { compile, pathOf } from './program.ts'

const place = mkdtempSync(join(tmpdir(), 'fleet-by-hand-'))
const running: ChildProcess[] = []

beforeAll(() => {
  compile()
  symlinkSync(pathOf('../dist'), join(place, 'dist'), 'junction')
}, 120_000)
afterAll(async () => {
  const ends = running.map((child) => once(child, 'close'))
  for (const child of running) child.kill('SIGKILL')
  await Promise.all(ends)
  rmSync(place, { recursive: true })
})

/** Types a line. @returns the first line of what it prints. */
async function typed(line: string, hosts: string): Promise<string> {
  const child = spawn('sh', ['-c', `exec env ${line}`], {
    cwd: place,
    env: { ...process.env, HOSTS: hosts },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  const [text] = await once(child.stdout!, 'data')
  return String(text)
}

test('three hosts in three terminals begin a fleet, and another one joins it', async () => {
  const [, section] = readFileSync(pathOf('../README.md'), 'utf8').split('## By hand')
  const [three, another, ...others] = [...section!.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!)
  expect(others).toEqual([])
  const ports = await freePorts(4)
  const hosts = ['a1', 'b1', 'c1'].map((id, i) => `${id}=127.0.0.1:${ports[i]}`).join(',')
  const said = await Promise.all(
    three!
      .trimEnd()
      .split('\n')
      .map((line) => typed(line, hosts)),
  )
  expect(said).toEqual(['host a1 takes part\n', 'host b1 takes part\n', 'host c1 takes part\n'])
  const line = another!.replace(/720[1-4]/g, (port) => String(ports[Number(port) - 7201]))
  expect(await typed(line.trimEnd(), hosts)).toBe('host b2 takes part\n')
}, 120_000)
