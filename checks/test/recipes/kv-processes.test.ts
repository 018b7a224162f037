/** The key-value store on three processes over TCP, while the one that leads is killed and started again: what clients are told is linearizable, and a watcher is told all of it. */
import { type KvEntry, kv, kvStore } from '@rafted/recipes'
import { SeededRandom, type Workload } from '@rafted/testing'
import { createClient, type MemberStatus } from 'rafted'
import { expect, onTestFinished, test } from 'vitest'
import { KvUse, kvModel } from '../../src/recipes/kv-history.ts'
import { until } from '../../src/until.ts'
import { Processes } from './processes.ts'
import { RealUsers } from './real-users.ts'

const STORE = 'store'
const KILLS = 3
/** Answers between a kill and the next. */
const ANSWERS = 150
const CLIENTS = 3
const USERS = 6

function workload(): Workload<typeof kvStore> {
  const use = new KvUse()
  return {
    model: kvModel,
    async act({ random, value, call }) {
      const input = use.next(random)
      await call(input, () => use.do(input, kv<number>(value)))
    },
  }
}

test('whoever is killed', { timeout: 180_000 }, async () => {
  const all = await Processes.start(new URL('./kv-program.ts', import.meta.url))
  onTestFinished(() => all.end())
  const { addresses } = all
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => createClient({ cluster: 'recipes', addresses })),
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

  const users = new RealUsers(STORE, kvStore, workload())
  const random = new SeededRandom(7)
  const working = Promise.all(
    Array.from({ length: USERS }, (_, i) => users.work(clients[i % CLIENTS]!, `user ${i}`, random.fork())),
  )
  for (let kills = 0; kills < KILLS; kills++) {
    const before = users.answered
    await until(() => users.answered >= before + ANSWERS)
    const id = await all.leader()
    await all.kill(id)
    const since = users.answered
    // The others go on without it.
    await until(() => users.answered >= since + ANSWERS)
    await all.revive(id)
  }
  users.isOver = true
  await working

  expect(await users.audit(clients[0]!, random.fork())).toEqual([])
  expect(users.answered).toBeGreaterThan(2 * KILLS * ANSWERS)

  const { entries, revision } = await store.range()
  await until(() => told === revision)
  await watch.return()
  await watching
  expect([...copy.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(entries)
  await until(async () => {
    const statuses = await Promise.all(all.ids.map((id) => all.ask(id, 'status') as Promise<MemberStatus>))
    return new Set(statuses.flatMap(({ appliedIndex, lastIndex }) => [appliedIndex, lastIndex])).size === 1
  })
  for (const client of clients) await client.close()
})
