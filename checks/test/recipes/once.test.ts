/** Work that is done once, over real hosts, on virtual time. */
import { once } from '@rafted/recipes'
import { expect, test } from 'vitest'
import { startedHosts, UserProcess, users, watched } from './lock-hosts.ts'

const LEASE_MS = 3000

function jobOf<Result>(user: UserProcess, name = 'job') {
  return once<Result>(user.handle, name, { leaseMs: LEASE_MS, ...user.seams })
}

test('one does it, all are given what came of it, then and ever after', async () => {
  const hosts = await startedHosts()
  const all = await users(hosts, 'a-user', 'b-user', 'c-user', 'd-user')
  let times = 0
  const work = async () => {
    times++
    await hosts.pause(2 * LEASE_MS)
    return { rows: 17, at: new Date(0) }
  }
  const results = await Promise.all(all.map((user) => jobOf<unknown>(user).run(work)))
  expect(times).toBe(1)
  for (const result of results) expect(result).toEqual({ rows: 17, at: '1970-01-01T00:00:00.000Z' })
  expect(await jobOf(all[3]!).run(work)).toEqual(results[0])
  expect(await jobOf(all[2]!).outcome()).toEqual({ token: 1, result: results[0] })
  expect(times).toBe(1)
  expect(await jobOf(all[0]!).forget()).toBe(true)
  expect(await jobOf(all[0]!).outcome()).toBeNull()
  expect(await jobOf<void>(all[0]!).run(() => {})).toBeUndefined()
  expect(await jobOf<void>(all[1]!).run(() => Promise.reject(new Error('never called')))).toBeUndefined()
  await hosts.end()
})

test('of one that fails or has gone, the next takes over', async () => {
  const hosts = await startedHosts()
  const [a, b, c] = (await users(hosts, 'a-user', 'b-user', 'c-user')) as UserProcess[]
  const failed = jobOf(a!).run(() => Promise.reject(new RangeError('not today')))
  await expect(failed).rejects.toThrow('not today')
  let begun = false
  void jobOf(b!)
    .run(() => {
      begun = true
      return new Promise(() => {})
    })
    .catch(() => {})
  await hosts.until('it has begun', () => begun)
  b!.kill()
  expect(await jobOf(c!).run(({ token }) => token)).toBe(3)
  await hosts.end()
})

test('who lost its turn can’t finish it, and is given what came of the work of the other (F61i)', async () => {
  const hosts = await startedHosts()
  const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
  let goOn = (): void => {}
  const first = watched(
    jobOf<string>(a).run(async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      return 'of the first'
    }),
  )
  await hosts.pause(100)
  a.cut()
  expect(await jobOf(b).run(() => 'of the second')).toBe('of the second')
  a.heal()
  goOn()
  await hosts.until('it is told', () => first.value !== null)
  expect(first.value).toBe('of the second')
  expect(await jobOf(a).outcome()).toEqual({ token: 2, result: 'of the second' })
  await hosts.end()
})

test('a result is what JSON can say, and not too much of it', async () => {
  const hosts = await startedHosts()
  const a = await UserProcess.start(hosts, 'a-user')
  for (const result of ['x'.repeat(16_384), () => 1, 10n])
    await expect(jobOf(a).run(() => result)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(await jobOf(a).outcome()).toBeNull()
  await hosts.end()
})
