/** The key-value store on three processes over TCP, while the one that leads is killed and started again: what clients are told is linearizable, and a watcher is told all of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRaftedError } from '@rafted/contracts'
import { type KvEntry, kv, kvStore } from '@rafted/recipes'
import {
  ChildHost,
  checkLinearizable,
  counterExampleText,
  type Operation,
  SeededRandom,
} from '@rafted/testing'
import { type Client, createClient } from 'rafted'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '../../src/endure/free-ports.ts'
import { type KvInput, KvUse, kvModel, type Output } from '../../src/recipes/kv-history.ts'
import type { KvHostQuestion, KvHostSetup, KvHostStatus } from '../../src/recipes/kv-host-program.ts'
import { until } from '../../src/until.ts'
import { compileChecks } from '../compiled.ts'

const STORE = 'store'
const program = new URL('../../dist/recipes/kv-host-program.js', import.meta.url)
const directory = mkdtempSync(join(tmpdir(), 'rafted-kv-'))
const children = new Map<string, ChildHost>()
let addresses: string[] = []

const ids = ['a', 'b', 'c']
const KILLS = 3
/** Answers between a kill and the next. */
const ANSWERS = 150
const CLIENTS = 3
const USERS = 6

beforeAll(async () => {
  compileChecks()
  addresses = (await freePorts(ids.length)).map((port) => `127.0.0.1:${port}`)
})

afterAll(async () => {
  await Promise.all([...children.values()].map((child) => child.kill()))
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

async function start(id: string): Promise<void> {
  const listen = addresses[ids.indexOf(id)]!
  const setup: KvHostSetup = { id, listen, dir: join(directory, id), join: addresses }
  const child = new ChildHost({ program, args: [JSON.stringify(setup)], execArgv: [] })
  children.set(id, child)
  await child.ask('ready' satisfies KvHostQuestion)
}

/** Null if it is down. */
const statusOf = async (id: string): Promise<KvHostStatus> =>
  (await children.get(id)?.ask('status' satisfies KvHostQuestion)) as KvHostStatus

async function leader(): Promise<string> {
  let found: string | undefined
  await until(async () => {
    for (const id of children.keys()) if ((await statusOf(id))?.role === 'leader') found = id
    return found !== undefined
  })
  return found!
}

class Users {
  readonly history: Operation<KvInput, Output>[] = []
  readonly #use = new KvUse()
  answered = 0
  isOver = false

  async work(client: Client, name: string, random: SeededRandom): Promise<void> {
    while (!this.isOver) await this.act(client, name, this.#use.next(random))
  }

  async act(client: Client, name: string, input: KvInput): Promise<void> {
    const store = kv<number>(client.value(STORE, kvStore).with({ timeoutMs: 3000 }))
    const calledAt = performance.now()
    try {
      const output = await this.#use.do(input, store)
      this.answered++
      this.history.push({ input, calledAt, answer: { output, at: performance.now() }, client: name })
    } catch (error) {
      if (!isRaftedError(error)) throw error
      if (error.outcome === 'unknown') this.history.push({ input, calledAt, answer: null, client: name })
    }
  }
}

test('whoever is killed', { timeout: 180_000 }, async () => {
  await Promise.all(ids.map(start))
  await children.get('a')!.ask('create' satisfies KvHostQuestion)
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => createClient({ cluster: 'kv', addresses })),
  )
  const store = kv<number>(clients[0]!.value(STORE, kvStore))

  const copy = new Map<string, KvEntry<number>>()
  let told = 0
  const watch = store.watch({ from: 1 })
  const watching = (async () => {
    for await (const event of watch) {
      if (event.kind === 'snapshot' || event.revision <= told)
        throw new Error(`told ${event.kind} ${event.revision}`)
      told = event.revision
      for (const one of event.events)
        if (one.kind === 'put') copy.set(one.entry.key, one.entry)
        else copy.delete(one.key)
    }
  })()

  const users = new Users()
  const random = new SeededRandom(7)
  const working = Promise.all(
    Array.from({ length: USERS }, (_, i) => users.work(clients[i % CLIENTS]!, `user ${i}`, random.fork())),
  )
  for (let kills = 0; kills < KILLS; kills++) {
    const before = users.answered
    await until(() => users.answered >= before + ANSWERS)
    const id = await leader()
    const child = children.get(id)!
    children.delete(id)
    await child.kill()
    const since = users.answered
    // The others go on without it.
    await until(() => users.answered >= since + ANSWERS)
    await start(id)
  }
  users.isOver = true
  await working

  const verdict = checkLinearizable(kvModel, users.history)
  if (verdict.linearizable === false) throw new Error(counterExampleText(verdict.counterExample))
  expect(verdict.linearizable).toBe(true)
  expect(users.answered).toBeGreaterThan(2 * KILLS * ANSWERS)

  const { entries, revision } = await store.range()
  await until(() => told === revision)
  await watch.return()
  await watching
  expect([...copy.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(entries)
  await until(async () => {
    const statuses = await Promise.all(ids.map(statusOf))
    return new Set(statuses.flatMap((status) => [status?.appliedIndex, status?.lastIndex])).size === 1
  })
  for (const client of clients) await client.close()
})
