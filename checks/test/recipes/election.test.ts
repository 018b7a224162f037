/** Elections over real hosts, on virtual time. */
import { election, fence, type Held } from '@rafted/recipes'
import { expect, test } from 'vitest'
import { startedHosts, UserProcess, users, watched } from './lock-hosts.ts'

const LEASE_MS = 3000

function candidateOf(user: UserProcess) {
  return election(user.handle, 'boss', {
    candidate: { at: user.name },
    leaseMs: LEASE_MS,
    ...user.seams,
  })
}

test('one leads and shows who it is; the next follows when it resigns or is gone', async () => {
  const hosts = await startedHosts()
  const [a, b, c] = (await users(hosts, 'a-user', 'b-user', 'c-user')) as UserProcess[]
  const [first, second, third] = [candidateOf(a!), candidateOf(b!), candidateOf(c!)]
  const watch = third.watch()
  expect((await watch.next()).value).toBeNull()
  expect(await third.leader()).toBeNull()
  const led = await first.campaign()
  expect((await watch.next()).value).toEqual({ token: led.token, candidate: { at: 'a-user' } })
  const next = watched(second.campaign())
  await hosts.pause(100)
  const last = watched(third.campaign())
  await hosts.pause(100)
  expect(await first.resign()).toBe(true)
  expect(await first.resign()).toBe(false)
  expect(led.signal.aborted).toBe(true)
  await hosts.until('the second leads', () => next.value !== null)
  expect((await watch.next()).value).toMatchObject({ candidate: { at: 'b-user' } })
  b!.kill()
  await hosts.until('the third leads', () => last.value !== null)
  expect(await first.leader()).toEqual({ token: last.value!.token, candidate: { at: 'c-user' } })
  await hosts.end()
})

test('work is done by whoever leads, and begun again by one that was cut off and comes back (F61)', async () => {
  const hosts = await startedHosts()
  const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
  const guard = fence()
  const begun: string[] = []
  let isOver = false
  const work = (user: UserProcess) => async (held: Held) => {
    begun.push(user.name)
    while (!isOver) {
      held.check()
      guard.check(held.token)
      await hosts.pause(50)
    }
    return user.name
  }
  const first = watched(candidateOf(a).lead(work(a)))
  await hosts.pause(100)
  const second = watched(candidateOf(b).lead(work(b)))
  await hosts.pause(LEASE_MS)
  expect(begun).toEqual(['a-user'])
  a.cut()
  await hosts.until('the second leads', () => begun.length === 2)
  a.heal()
  await hosts.pause(2 * LEASE_MS)
  expect(begun).toEqual(['a-user', 'b-user'])
  b.cut()
  await hosts.until('the first leads again', () => begun.length === 3)
  b.heal()
  expect(begun).toEqual(['a-user', 'b-user', 'a-user'])
  isOver = true
  await hosts.until('both are done', () => first.value !== null && second.value !== null)
  expect([first.value, second.value]).toEqual(['a-user', 'b-user'])
  await hosts.end()
})

test('what the work throws while it leads is told, and another leads', async () => {
  const hosts = await startedHosts()
  const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
  const failed = candidateOf(a).lead(() => {
    throw new RangeError('no idea')
  })
  await expect(failed).rejects.toThrow('no idea')
  expect(await candidateOf(b).lead(({ token }) => token)).toBe(2)
  const stop = new AbortController()
  const held = await candidateOf(a).campaign()
  const waits = watched(candidateOf(b).lead(() => 1, { signal: stop.signal }))
  await hosts.pause(100)
  stop.abort()
  await hosts.until('it stands no more', () => waits.code === 'aborted')
  held.check()
  await hosts.end()
})

test('a candidate is what JSON can say, and not too much of it', async () => {
  const hosts = await startedHosts()
  const a = await UserProcess.start(hosts, 'a-user')
  for (const candidate of ['x'.repeat(1024), () => 1, 10n])
    expect(() => election(a.handle, 'boss', { candidate })).toThrow('A candidate is what JSON can say')
  await hosts.end()
})
