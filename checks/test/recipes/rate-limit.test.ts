/** Rate limits over real hosts, on virtual time. */
import type { ValueHandle } from '@rafted/contracts'
import { buckets, rateLimit } from '@rafted/recipes'
import { checkDeterminism, SeededRandom } from '@rafted/testing'
import { expect, test } from 'vitest'
import { group } from '../recovery/drill-hosts.ts'
import { codeOf, leader, startedHosts, UserProcess, users, watched } from './lock-hosts.ts'

const rate = { tokens: 5, perMs: 1000 }

function limitOf(user: UserProcess, options = rate) {
  const handle: ValueHandle<typeof buckets> = user.client.value(group, buckets)
  return rateLimit(handle, 'api', { ...options, ...user.seams })
}

test('processes share it', async () => {
  const hosts = await startedHosts(buckets)
  const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => limitOf(i % 2 === 0 ? a : b).take()))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(5)
  const refused = answers.find(({ ok }) => !ok)!
  expect(refused.remaining).toBe(0)
  expect(refused.retryAfterMs).toBeGreaterThan(100)
  expect(refused.retryAfterMs).toBeLessThanOrEqual(200)
  await hosts.pause(450)
  expect(await limitOf(b).take(2)).toMatchObject({ ok: true, remaining: 0 })
  await hosts.end()
})

test('who waits is served in the order of asking, no sooner than there are any, and asks once', async () => {
  const hosts = await startedHosts(buckets)
  const [a] = (await users(hosts, 'a-user')) as [UserProcess]
  const api = limitOf(a)
  const from = hosts.clock.now()
  const index = hosts.host(leader(hosts)!).status(group)!.lastIndex
  const served: [number, number][] = []
  await Promise.all(
    [5, 5, 1, 4].map(async (count, i) => {
      await api.wait(count)
      served.push([i, hosts.clock.now() - from])
    }),
  )
  expect(served.map(([i]) => i)).toEqual([0, 1, 2, 3])
  for (const [i, ms] of served) {
    const due = [0, 1000, 1200, 2000][i]!
    expect(ms).toBeGreaterThanOrEqual(due)
    expect(ms).toBeLessThan(due + 50)
  }
  const grown = hosts.host(leader(hosts)!).status(group)!.lastIndex - index
  expect(grown).toBeLessThan(8)
  await hosts.end()
})

test('who would wait for too long is told at once; who is told to stop gives back what it took', async () => {
  const hosts = await startedHosts(buckets)
  const [a] = (await users(hosts, 'a-user')) as [UserProcess]
  const api = limitOf(a)
  await api.take(5)
  const from = hosts.clock.now()
  await expect(api.wait(5, { timeoutMs: 900 })).rejects.toMatchObject({
    code: 'timeout',
    outcome: 'not-applied',
  })
  expect(hosts.clock.now() - from).toBeLessThan(50)
  const stop = new AbortController()
  const waits = watched(api.wait(5, { signal: stop.signal }))
  await hosts.pause(300)
  expect(await api.take()).toMatchObject({ ok: false })
  stop.abort()
  await hosts.until('it has stopped', () => waits.code === 'aborted')
  await hosts.pause(20)
  expect(await api.take()).toMatchObject({ ok: true })
  expect(codeOf(await api.wait(1, { signal: stop.signal }).catch((error) => error))).toBe('aborted')
  await hosts.end()
})

test('it goes on where another leads', async () => {
  const hosts = await startedHosts(buckets)
  const [a] = (await users(hosts, 'a-user')) as [UserProcess]
  const api = limitOf(a)
  await api.take(5)
  hosts.kill(leader(hosts)!)
  const { ok, retryAfterMs } = await api.take(5)
  expect(ok).toBe(false)
  // Time without a leader does not count.
  expect(retryAfterMs).toBeGreaterThan(500)
  await api.wait(5)
  expect(await api.remaining()).toBe(0)
  await hosts.end()
})

test.each([
  [{ tokens: 0, perMs: 1000 }, 1],
  [{ tokens: 5, perMs: 0.5 }, 1],
  [{ tokens: 2_000_000, perMs: 1000 }, 1],
  [rate, 6],
  [rate, 0],
  [rate, 1.5],
])('what can’t be is refused: %j %j', async (options, count) => {
  const hosts = await startedHosts(buckets)
  const a = await UserProcess.start(hosts, 'a-user')
  for (const ask of ['take', 'wait'] as const)
    expect(codeOf(await (async () => limitOf(a, options)[ask](count))().catch((error) => error))).toBe(
      'invalid-argument',
    )
  await hosts.end()
})

test('the machine does the same everywhere', async () => {
  for (const seed of [1, 2, 3]) {
    const random = new SeededRandom(seed)
    const commands = Array.from({ length: 300 }, () => {
      const name = random.pick(['x', 'y', 'z'])
      const own = { tokens: 5 + random.below(3), perMs: 1000 }
      const count = 1 + random.below(5)
      return random.chance(0.8)
        ? ['take', name, count, own, random.pick([0, 500])]
        : ['giveBack', name, count, own]
    })
    const queries = ['x', 'y', 'z'].map((name) => ['remaining', name, rate])
    expect(await checkDeterminism({ machine: buckets, seed, commands, queries })).toBeNull()
  }
})
