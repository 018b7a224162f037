/** Locks and queues on three real processes, while the one that leads is killed and started again: what users are told is what one copy would have said. */
import type { AnyDefinition } from '@rafted/contracts'
import { claims, queues } from '@rafted/recipes'
import { SeededRandom, type Workload } from '@rafted/testing'
import { createClient } from 'rafted'
import { expect, type TestContext, test } from 'vitest'
import { until } from '../../src/until.ts'
import { ClaimsWorkload } from './lock-workload.ts'
import { Processes } from './processes.ts'
import { QueueWorkload } from './queue-workload.ts'
import { RealUsers } from './real-users.ts'

const USERS = 8
const KILLS = 2
/** Answers between what happens and what happens next. */
const ANSWERS = 80

async function run<D extends AnyDefinition>(
  { onTestFinished }: TestContext,
  program: URL,
  group: string,
  definition: D,
  workload: Workload<D>,
): Promise<string[]> {
  const all = await Processes.start(program)
  onTestFinished(() => all.end())
  const { addresses } = all
  const clients = await Promise.all([1, 2, 3].map(() => createClient({ cluster: 'recipes', addresses })))
  onTestFinished(() => Promise.all(clients.map((client) => client.close())).then(() => {}))
  const users = new RealUsers(group, definition, workload)
  const random = new SeededRandom(11)
  const working = Promise.all(
    Array.from({ length: USERS }, (_, i) => users.work(clients[i % 3]!, `user ${i}`, random.fork())),
  )
  const answers = async (): Promise<void> => {
    const before = users.answered
    await until(() => users.answered >= before + ANSWERS)
  }
  for (let kills = 0; kills < KILLS; kills++) {
    await answers()
    const id = await all.leader()
    await all.kill(id)
    await answers()
    await all.revive(id)
  }
  await answers()
  users.isOver = true
  await working
  return users.audit(clients[0]!, random.fork())
}

// Both mostly wait.
test.concurrent('locks', { timeout: 120_000 }, async (context) => {
  expect(
    await run(context, new URL('./lock-program.ts', import.meta.url), 'locks', claims, new ClaimsWorkload()),
  ).toEqual([])
})

test.concurrent('queues', { timeout: 120_000 }, async (context) => {
  expect(
    await run(context, new URL('./queue-program.ts', import.meta.url), 'jobs', queues, new QueueWorkload()),
  ).toEqual([])
})
