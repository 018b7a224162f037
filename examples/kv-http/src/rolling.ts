/** Three processes under load, each of which is ended by SIGTERM and started again, as an update does: `node dist/rolling.js`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Load, textOf } from './load.ts'

const ids = ['a', 'b', 'c']
/** Acknowledged between two steps. */
const STEP = 50
const PAUSE_MS = 20

const directory = mkdtempSync(join(tmpdir(), 'kv-http-'))
const running = new Map<string, ChildProcess>()
process.once('exit', () => {
  for (const child of running.values()) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))

const ports = await freePorts(2 * ids.length)
const hosts = ids.map((_, at) => `127.0.0.1:${ports[at]}`).join(',')
const https = ids.map((_, at) => `http://127.0.0.1:${ports[ids.length + at]}`)

for (const id of ids) start(id)
await Promise.all(https.map((url) => answers(url, '/livez')))
await run('create.js', {})
await Promise.all(https.map((url) => answers(url, '/readyz')))

const load = new Load(https)
await load.start()
await advance()
for (const id of ids) {
  const child = running.get(id)!
  const exit = once(child, 'exit')
  running.delete(id)
  child.kill('SIGTERM')
  const [code] = await exit
  if (code !== 0) throw new Error(`${id} ended with ${code}`)
  console.log(`${id} has ended`)
  // The others answer.
  await advance()
  start(id)
  await answers(https[ids.indexOf(id)]!, '/readyz')
  await advance()
}
const account = await load.end()
console.log(textOf(account))
const children = [...running.values()]
running.clear()
const exits = children.map((child) => once(child, 'exit'))
for (const child of children) child.kill('SIGTERM')
await Promise.all(exits)
process.exit(account.lost + account.duplicated + account.untold === 0 ? 0 : 1)

function program(file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const path = join(import.meta.dirname, file)
  return spawn(process.execPath, [path], { env: { ...process.env, HOSTS: hosts, ...env }, stdio: 'inherit' })
}

function start(id: string): void {
  const at = ids.indexOf(id)
  const { host: http } = new URL(https[at]!)
  const env = { ID: id, LISTEN: `127.0.0.1:${ports[at]}`, HTTP: http, DIR: join(directory, id) }
  const child = program('server.js', env)
  running.set(id, child)
  child.once('exit', (code) => {
    if (running.get(id) !== child) return
    console.error(`${id} has ended by itself, with ${code}`)
    process.exit(1)
  })
}

async function run(file: string, env: Readonly<Record<string, string>>): Promise<void> {
  const [code] = await once(program(file, env), 'exit')
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
}

/** Resolves when it answers with 200. */
async function answers(url: string, path: string): Promise<void> {
  for (;;) {
    const response = await fetch(url + path).catch(() => null)
    await response?.body?.cancel()
    if (response?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

async function advance(): Promise<void> {
  const goal = load.acknowledged + STEP
  while (load.acknowledged < goal) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}

/** Ports that hosts can have over their restarts: below those that systems give to connections that are dialled. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    const listening = once(probe, 'listening')
    probe.listen(port, '127.0.0.1')
    await listening
    return true
  } catch {
    return false
  } finally {
    probe.close()
  }
}
