/** Semaphores over real hosts, on virtual time. */
import { type SemaphoreOptions, semaphore } from '@rafted/recipes'
import { expect, test } from 'vitest'
import { codeOf, startedHosts, UserProcess, users, watched } from './lock-hosts.ts'

const LEASE_MS = 3000

function poolOf(user: UserProcess, permits: number, options: Partial<SemaphoreOptions> = {}) {
  return semaphore(user.handle, 'pool', { permits, leaseMs: LEASE_MS, ...user.seams, ...options })
}

test('no more than there are permits are in at a time, and each gets in', async () => {
  const hosts = await startedHosts()
  const all = await users(hosts, ...Array.from({ length: 9 }, (_, i) => `user-${i}`))
  let inside = 0
  let most = 0
  const tokens = new Set<number>()
  await Promise.all(
    all.map((user, i) =>
      poolOf(user, 3).run(async ({ token, check }) => {
        most = Math.max(most, ++inside)
        tokens.add(token)
        await hosts.pause(LEASE_MS * (i % 3))
        check()
        inside--
      }),
    ),
  )
  expect(most).toBe(3)
  expect(tokens.size).toBe(9)
  expect(await poolOf(all[0]!, 3).holders()).toEqual([])
  await hosts.end()
})

test('a permit comes back from who has crashed, and the next one is told', async () => {
  const hosts = await startedHosts()
  const [a, b, c] = (await users(hosts, 'a-user', 'b-user', 'c-user')) as UserProcess[]
  await poolOf(a!, 2).acquire({ label: 'a' })
  const second = await poolOf(b!, 2).acquire({ label: 'b' })
  expect(await poolOf(c!, 2).tryAcquire()).toBeNull()
  const third = watched(poolOf(c!, 2).acquire({ label: 'c' }))
  await hosts.pause(100)
  expect(await poolOf(b!, 2).waiting()).toBe(1)
  a!.kill()
  const from = hosts.clock.now()
  await hosts.until('it has a permit', () => third.value !== null)
  expect(hosts.clock.now() - from).toBeLessThan(LEASE_MS + 100)
  expect((await poolOf(b!, 2).holders()).map(({ label }) => label)).toEqual(['b', 'c'])
  second.check()
  await hosts.end()
})

test('who means other permits is refused, and told how many there are; they can be changed', async () => {
  const hosts = await startedHosts()
  const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
  expect(await poolOf(a, 2).resize()).toBe(false)
  await poolOf(a, 2).acquire()
  await poolOf(a, 2).acquire()
  await expect(poolOf(b, 3).acquire()).rejects.toMatchObject({
    code: 'command-error',
    details: { reason: 'other-permits', data: { permits: 2 } },
  })
  const waits = watched(poolOf(a, 2).acquire())
  await hosts.pause(100)
  const watch = poolOf(b, 3).watch()
  expect((await watch.next()).value).toHaveLength(2)
  expect(await poolOf(b, 3).resize()).toBe(true)
  expect((await watch.next()).value).toHaveLength(3)
  await watch.return()
  await hosts.until('it came in', () => waits.value !== null)
  expect(
    codeOf(
      await poolOf(a, 2)
        .acquire()
        .catch((error) => error),
    ),
  ).toBe('command-error')
  await hosts.end()
})

test.each([0, 1.5, 1001, Number.NaN])('%s permits are refused', async (permits) => {
  const hosts = await startedHosts()
  const a = await UserProcess.start(hosts, 'a-user')
  expect(() => poolOf(a, permits)).toThrow('`permits` is a whole number')
  await hosts.end()
})
