/** Real processes that want the same directory (F83, F117). */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isRaftedError } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeFileSystem, openDirectory } from '../../src/index.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const script = fileURLToPath(new URL('opener.ts', import.meta.url))
let directory: string
let openers: Opener[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rafted-'))
})
afterEach(async () => {
  for (const { child } of openers)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  openers = []
  rmSync(directory, { recursive: true })
})

/** What an opener says. */
interface Answer {
  readonly ready?: number
  readonly outcomes?: readonly string[]
  readonly workerEnded?: number
}

interface Opener {
  readonly child: ChildProcess
  /** Sends a command, if there is one, and waits for the next line. */
  ask(command?: string): Promise<Answer>
}

async function start(prefix: readonly string[] = [], args: readonly string[] = []): Promise<Opener> {
  const node = [process.execPath, '--import', 'tsx', '-C', '@rafted/source', script, directory, ...args]
  const [command, ...rest] = [...prefix, ...node]
  const child = spawn(command!, rest, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout!)[Symbol.asyncIterator]()
  const ask = async (line?: string) => {
    if (line !== undefined) child.stdin!.write(`${line}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the opener has ended')
    return JSON.parse(value)
  }
  const opener = { child, ask }
  openers.push(opener)
  return opener
}

async function started(prefix: readonly string[] = []): Promise<Opener> {
  const opener = await start(prefix)
  await opener.ask()
  return opener
}

/** Opens in this process, and says how long it had to wait for signs of life. */
async function openHere(): Promise<{ waits: number; error: unknown }> {
  let waits = 0
  const clock = {
    ...realClock,
    after: (ms: number, run: () => void) => {
      waits++
      return realClock.after(ms, run)
    },
  }
  try {
    const options = { path: directory, cluster: 'shop', host: 'a', clock, random: realRandom }
    const opened = await openDirectory({ ...options, fileSystem: nodeFileSystem() })
    // One is its own next beat.
    const waited = waits - 1
    await opened.close()
    return { waits: waited, error: null }
  } catch (error) {
    if (!isRaftedError(error)) throw error
    return { waits, error }
  }
}

test('20 openers in 4 processes at once, again and again: each time exactly one gets it', async () => {
  const processes = await Promise.all(Array.from({ length: 4 }, () => started()))
  for (let round = 0; round < 6; round++) {
    const answers = await Promise.all(processes.map((opener) => opener.ask('open 5')))
    const outcomes = answers.flatMap(({ outcomes = [] }) => outcomes)
    expect(
      outcomes.filter((outcome) => outcome === 'held'),
      outcomes.join(),
    ).toHaveLength(1)
    const others = outcomes.filter((outcome) => outcome !== 'held')
    expect(others.filter((outcome) => !outcome.startsWith('directory-in-use'))).toEqual([])
    const end = round % 3 === 0 ? 'close' : 'abandon'
    await Promise.all(processes.map((opener) => opener.ask(end)))
  }
})

test('a stopped owner holds it, however many ask; when it is killed the next one has it at once', async () => {
  const owner = await started()
  expect(await owner.ask('open 1')).toEqual({ outcomes: ['held'] })
  owner.child.kill('SIGSTOP')
  expect((await openHere()).error).toMatchObject({
    code: 'directory-in-use',
    details: { pid: owner.child.pid },
  })
  if (process.platform === 'linux') {
    // More than wait in the kernel. (macOS refuses those, and the limit is said in the documentation.)
    const [socket] = (await nodeFileSystem().list(directory)).filter((name) => name.endsWith('.socket'))
    const codes = new Set<string>()
    for (let i = 0; i < 700; i++) {
      const connection = connect({ path: join(directory, socket!) })
      await once(connection, 'connect').catch(({ code }) => codes.add(code))
      connection.destroy()
    }
    expect([...codes]).toEqual(['EAGAIN'])
    expect((await openHere()).error).toMatchObject({ details: { pid: owner.child.pid } })
  }
  owner.child.kill('SIGKILL')
  await once(owner.child, 'exit')
  expect(await openHere()).toEqual({ waits: 0, error: null })
})

/** What makes a pid namespace here: as root, or in a user namespace of one's own. */
const unshare = [
  ['--pid', '--fork'],
  ['--user', '--map-root-user', '--pid', '--fork'],
].find((args) => spawnSync('unshare', [...args, '--kill-child', 'true']).status === 0)

test.skipIf(unshare === undefined)(
  'two pid namespaces: the second one is refused, whatever the pids say',
  async () => {
    const prefix = ['unshare', ...unshare!, '--kill-child']
    const first = await start(prefix)
    const second = await start(prefix)
    expect(await first.ask()).toEqual({ ready: 1 })
    expect(await second.ask()).toEqual({ ready: 1 })
    expect(await first.ask('open 1')).toEqual({ outcomes: ['held'] })
    expect(await second.ask('open 1')).toEqual({ outcomes: ['directory-in-use 1'] })
    await first.ask('close')
    expect(await second.ask('open 1')).toEqual({ outcomes: ['held'] })
  },
)

test('a worker of a cluster: it listens itself, so that its death is seen though the primary lives', async () => {
  const primary = await start([], ['cluster'])
  const { ready: pid } = await primary.ask()
  expect(await primary.ask()).toEqual({ outcomes: ['held'] })
  expect((await openHere()).error).toMatchObject({ code: 'directory-in-use', details: { pid } })
  process.kill(pid!, 'SIGKILL')
  expect(await primary.ask()).toEqual({ workerEnded: pid })
  expect(primary.child.exitCode).toBeNull()
  expect(await openHere()).toEqual({ waits: 0, error: null })
})
