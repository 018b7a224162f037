import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { ChildHost } from '../../src/processes/child-host.ts'

const started: ChildHost[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((child) => child.kill()))
})

function start(): ChildHost {
  const child = new ChildHost({
    program: new URL('./echo.ts', import.meta.url),
    execArgv: ['--import', 'tsx'],
  })
  started.push(child)
  return child
}

test('answers, errors and bytes come back, each to its question', async () => {
  const child = start()
  const bytes = new Uint8Array([1, 2, 3])
  const [a, b, c] = await Promise.allSettled([child.ask('a'), child.ask('fail'), child.ask(bytes)])
  expect(a).toMatchObject({ value: { question: 'a', pid: child.pid } })
  expect(b).toMatchObject({ reason: new Error('asked to') })
  expect(c).toMatchObject({ value: { question: bytes } })
})

test('a question to a process that ends is answered, too', async () => {
  const child = start()
  await child.ask('a')
  await expect(child.ask('end')).rejects.toThrow('the process has ended')
  expect(await child.exited).toBe(3)
  await expect(child.ask('a')).rejects.toThrow('the process has ended')
})

test('a stopped process answers when it goes on; a killed one is gone', async () => {
  const child = start()
  await child.ask('a')
  child.signal('SIGSTOP')
  let answered = false
  const asked = child.ask('b').then((answer) => {
    answered = true
    return answer
  })
  const other = start()
  await other.ask('c')
  expect(answered).toBe(false)
  child.signal('SIGCONT')
  expect(await asked).toMatchObject({ question: 'b' })
  await child.kill()
  expect(await child.exited).toBe(null)
})

/** Runs a program with a channel to this process. */
function forked(program: URL): ChildProcess {
  const child = fork(program, { execArgv: ['--import', 'tsx'], silent: true })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

test('a process ends with whoever started it, also if that has gone before it could answer', async () => {
  const early = forked(new URL('./echo.ts', import.meta.url))
  early.send({ id: 1, question: 'a' })
  await once(early, 'message')
  const late = forked(new URL('./late.ts', import.meta.url))
  await once(late.stdout!, 'data')
  for (const child of [early, late]) {
    const exited = once(child, 'exit')
    child.disconnect()
    expect(await exited).toEqual([0, null])
  }
})

test.skipIf(process.platform === 'win32')(
  'a command that becomes the program leaves it its channel and its signals',
  async () => {
    const child = new ChildHost({
      program: new URL('./echo.ts', import.meta.url),
      execArgv: ['--import', 'tsx'],
      through: ['env', 'THROUGH=it'],
    })
    started.push(child)
    expect(await child.ask('a')).toEqual({ question: 'a', pid: child.pid })
  },
)
