/** Peers in processes of their own: stopped, they say nothing and their sockets stay; killed, their sockets close. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { afterwards, client, host, SECRET } from './end.ts'
import { StepClock } from './step-clock.ts'
import { until } from './until.ts'

const program = fileURLToPath(new URL('lone-host.ts', import.meta.url))

async function loneHost(
  listen = '127.0.0.1:0',
): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '-C', '@rafted/source', program, 'b', listen, SECRET],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  afterwards(() => child.kill('SIGKILL'))
  let printed = ''
  child.stdout!.on('data', (text) => {
    printed += text
  })
  await until(() => printed.endsWith('\n') || child.exitCode !== null)
  return { child, address: printed.trim() }
}

test('F93: a process that is stopped is given up after its silence, and served again when it goes on', async () => {
  const clock = new StepClock()
  const [a, cli] = [await host('a', { clock }), await client('cli')]
  const { child, address } = await loneHost()
  a.send(address, 'one')
  await until(() => a.texts.length === 1)
  cli.send(address, 'one')
  await until(() => cli.texts.length === 1)

  child.kill('SIGSTOP')
  // Its kernel still takes what it is sent: only its silence tells.
  await clock.pass(4900)
  a.send(address, 'two')
  await clock.pass(2000)
  expect(a.hints).toEqual(['b up', 'b lost'])
  expect(a.codes('lost')).toEqual(['unreachable'])
  // Nor does it let anybody in.
  expect(a.send(address, 'three')).toBe(true)
  await clock.pass(4000)
  expect(a.codes('handshake-failed')).toEqual(['unreachable'])

  child.kill('SIGCONT')
  await until(() => {
    clock.jump(50)
    a.send(address, 'four')
    return a.texts.includes('b: four')
  })
  expect(a.hints.at(-1)).toBe('b up')
})

test('F93b: a process that is killed is lost at once, without any clock, and another may take its place', async () => {
  const clock = new StepClock()
  const a = await host('a', { clock })
  const { child, address } = await loneHost()
  a.send(address, 'one')
  await until(() => a.texts.length === 1)
  child.kill('SIGKILL')
  await until(() => a.hints.length === 2)
  expect(a.hints).toEqual(['b up', 'b lost'])
  const next = await loneHost(address)
  expect(next.address).toBe(address)
  await until(() => {
    clock.jump(50)
    a.send(address, 'two')
    return a.texts.includes('b: two')
  })
  expect(a.hints).toEqual(['b up', 'b lost', 'b up'])
})
