/** Locks over real hosts, on virtual time. */
import { type ClaimsHandle, fence, type Held, lock } from '@rafted/recipes'
import { describe, expect, test } from 'vitest'
import { codeOf, leader, startedHosts, UserProcess, users, watched } from './lock-hosts.ts'

const LEASE_MS = 3000

function lockOf(user: UserProcess, name = 'a') {
  return lock(user.handle, name, { leaseMs: LEASE_MS, ...user.seams })
}

describe('one after the other', () => {
  test('many want it, and each has it once, alone, in the order in which they came, under tokens that grow', async () => {
    const hosts = await startedHosts()
    const all = await users(hosts, ...Array.from({ length: 8 }, (_, i) => `user-${i}`))
    const tokens: number[] = []
    const order: number[] = []
    let inside = 0
    const waiting = lockOf(all[0]!)
    const first = await waiting.acquire()
    const done: Promise<void>[] = []
    for (const [i, user] of all.entries()) {
      done.push(
        lockOf(user).run(async ({ token, check }) => {
          expect(++inside).toBe(1)
          tokens.push(token)
          order.push(i)
          // Longer than a lease: it is renewed.
          await hosts.pause(i % 3 === 0 ? 2 * LEASE_MS : 20)
          check()
          inside--
        }),
      )
      let waits = 0
      await hosts.until('it waits', () => {
        void waiting.waiting().then((count) => {
          waits = count
        })
        return waits === i + 1
      })
    }
    expect(await first.release()).toBe(true)
    await Promise.all(done)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b))
    expect(new Set([first.token, ...tokens]).size).toBe(9)
    expect(await waiting.holder()).toBeNull()
    await hosts.end()
  })

  test('who waits is told at once when it is free, and not by asking again and again', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire({ label: 'a' })
    const next = watched(lockOf(b).acquire({ label: 'b' }))
    await hosts.pause(10 * LEASE_MS)
    expect(next.value).toBeNull()
    await held.release()
    const from = hosts.clock.now()
    await hosts.until('it holds', () => next.value !== null)
    expect(hosts.clock.now() - from).toBeLessThan(40)
    expect(await lockOf(a).holder()).toEqual({ token: next.value!.token, label: 'b' })
    await hosts.end()
  })

  test('watchers see each holder, and that there is none', async () => {
    const hosts = await startedHosts()
    const [a] = (await users(hosts, 'a-user')) as [UserProcess]
    const own = lockOf(a)
    const watch = own.watch()
    expect((await watch.next()).value).toBeNull()
    const held = await own.acquire({ label: 'me' })
    expect((await watch.next()).value).toEqual({ token: held.token, label: 'me' })
    await held.release()
    expect((await watch.next()).value).toBeNull()
    await watch.return()
    await hosts.end()
  })

  test('who must not wait gets it or nothing', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).tryAcquire()
    expect(held).not.toBeNull()
    expect(await lockOf(b).tryAcquire()).toBeNull()
    await held![Symbol.asyncDispose]()
    await (await lockOf(b).tryAcquire())!.release()
    await hosts.end()
  })
})

describe('what is held', () => {
  test('stays held while leaders come and go', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire()
    const next = watched(lockOf(b).acquire())
    for (let times = 0; times < 4; times++) {
      const led = leader(hosts)!
      hosts.kill(led)
      await hosts.until('another leads', () => leader(hosts) !== undefined)
      await hosts.start(led)
      await hosts.pause(LEASE_MS)
    }
    expect(next).toEqual({ value: null, code: null })
    held.check()
    await held.release()
    await hosts.until('the next one holds', () => next.value !== null)
    await hosts.end()
  })

  test('is lost by whoever is cut off, who knows it before another has it (F61)', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire()
    const next = watched(lockOf(b).acquire())
    await hosts.pause(2 * LEASE_MS)
    expect(held.signal.aborted).toBe(false)
    let lostAt = 0
    held.signal.addEventListener('abort', () => {
      lostAt = hosts.clock.now()
    })
    a.cut()
    const cutAt = hosts.clock.now()
    await hosts.until('another holds', () => next.value !== null)
    expect(codeOf(held.signal.reason)).toBe('lease-lost')
    expect(lostAt).toBeGreaterThan(cutAt)
    expect(hosts.clock.now() - lostAt).toBeGreaterThanOrEqual(LEASE_MS / 10)
    expect(hosts.clock.now() - cutAt).toBeLessThan(LEASE_MS + 100)
    expect(next.value!.token).toBeGreaterThan(held.token)
    a.heal()
    expect(() => held.check()).toThrow('not held under the token')
    await held[Symbol.asyncDispose]()
    next.value!.check()
    await hosts.end()
  })

  test('is lost by a process that has ended, after its lease', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    await lockOf(a).acquire()
    a.kill()
    const from = hosts.clock.now()
    await lockOf(b).acquire()
    expect(hosts.clock.now() - from).toBeLessThan(LEASE_MS + 100)
    await hosts.end()
  })

  test('is lost on a computer that has slept: its code sees it at once, before any timer (F61f)', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire()
    a.clock.stop()
    a.cut()
    const asleep = hosts.clock.now()
    await lockOf(b).acquire()
    // All but the wall clock stood still.
    a.clock.wake(hosts.clock.now() - asleep)
    expect(held.signal.aborted).toBe(true)
    a.clock.goOn()
    await hosts.end()
  })

  test('by a process with a slow clock is believed to be held for too long: its token is refused (F61g)', async () => {
    const hosts = await startedHosts()
    const slow = await UserProcess.start(hosts, 'slow-user', 0.5)
    const [b] = (await users(hosts, 'b-user')) as [UserProcess]
    const held = await lockOf(slow).acquire()
    slow.cut()
    const next = await lockOf(b).acquire()
    // Nothing that it knows says that it is over.
    held.check()
    const guard = fence()
    guard.check(next.token)
    expect(() => guard.check(held.token)).toThrow('is too old')
    guard.check(next.token)
    await hosts.until('it knows', () => held.signal.aborted)
    await hosts.end()
  })

  test('is reckoned by the time it was sent, however late the answer to a renewal comes', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const late = (handle: ClaimsHandle): ClaimsHandle => ({
      ...handle,
      with: (options) => late(handle.with(options)),
      async renew(...args) {
        const token = await handle.renew(...args)
        await hosts.pause(LEASE_MS / 2)
        return token
      },
    })
    const held = await lock(late(a.handle), 'a', { leaseMs: LEASE_MS, ...a.seams }).acquire()
    const next = watched(lockOf(b).acquire())
    // It has renewed its lease, and can't do so again.
    await hosts.pause(LEASE_MS * 0.4)
    a.cut()
    await hosts.pause(LEASE_MS * 0.7)
    expect(held.signal.aborted).toBe(false)
    await hosts.until('another holds', () => next.value !== null)
    expect(held.signal.aborted).toBe(true)
    await hosts.end()
  })

  test('and given back is not held any more', async () => {
    const hosts = await startedHosts()
    const [a] = (await users(hosts, 'a-user')) as [UserProcess]
    const own = lockOf(a)
    let kept: Held | null = null
    expect(
      await own.run((held) => {
        kept = held
        return 'done'
      }),
    ).toBe('done')
    expect(() => kept!.check()).toThrow('it was released')
    await expect(
      own.run(() => {
        throw new RangeError('not today')
      }),
    ).rejects.toThrow('not today')
    expect(await own.holder()).toBeNull()
    const held = await own.acquire()
    expect([await held.release(), await held.release()]).toEqual([true, true])
    await hosts.end()
  })
})

describe('who waits', () => {
  test('may be told to stop, and its place goes to the next', async () => {
    const hosts = await startedHosts()
    const [a, b, c] = (await users(hosts, 'a-user', 'b-user', 'c-user')) as UserProcess[]
    const held = await lockOf(a!).acquire()
    const stop = new AbortController()
    const aborted = watched(lockOf(b!).acquire({ signal: stop.signal }))
    await hosts.pause(100)
    const third = watched(lockOf(c!).acquire())
    await hosts.pause(100)
    expect(await lockOf(a!).waiting()).toBe(2)
    stop.abort()
    await hosts.until('it has stopped', () => aborted.code === 'aborted')
    await held.release()
    await hosts.until('the third holds', () => third.value !== null)
    await hosts.end()
  })

  test('waits no longer than it was to', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire()
    const from = hosts.clock.now()
    await expect(lockOf(b).acquire({ timeoutMs: 500 })).rejects.toMatchObject({
      code: 'timeout',
      outcome: 'not-applied',
    })
    expect(hosts.clock.now() - from).toBeLessThan(520)
    await hosts.pause(50)
    expect(await lockOf(a).waiting()).toBe(0)
    held.check()
    await hosts.end()
  })

  test('and has gone holds up the others for its lease at most', async () => {
    const hosts = await startedHosts()
    const [a, b, c] = (await users(hosts, 'a-user', 'b-user', 'c-user')) as UserProcess[]
    const held = await lockOf(a!).acquire()
    void lockOf(b!)
      .acquire()
      .catch(() => {})
    await hosts.pause(100)
    const third = watched(lockOf(c!).acquire())
    await hosts.pause(100)
    b!.kill()
    const from = hosts.clock.now()
    await held.release()
    await hosts.until('the third holds', () => third.value !== null)
    expect(hosts.clock.now() - from).toBeLessThan(LEASE_MS + 100)
    await hosts.end()
  })

  test('and is cut off loses its place, and begins anew when it is back (F61h)', async () => {
    const hosts = await startedHosts()
    const [a, b, c] = (await users(hosts, 'a-user', 'b-user', 'c-user')) as UserProcess[]
    const held = await lockOf(a!).acquire()
    const second = watched(lockOf(b!).acquire())
    await hosts.pause(100)
    const third = watched(lockOf(c!).acquire())
    await hosts.pause(100)
    b!.cut()
    await hosts.pause(2 * LEASE_MS)
    expect(await lockOf(a!).waiting()).toBe(1)
    b!.heal()
    await hosts.pause(LEASE_MS)
    expect(await lockOf(a!).waiting()).toBe(2)
    await held.release()
    await hosts.until('the third holds', () => third.value !== null)
    expect(second.value).toBeNull()
    await third.value!.release()
    await hosts.until('the second holds', () => second.value !== null)
    await hosts.end()
  })

  test('gets it where it was granted while nobody could tell it, or not at all', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire()
    const second = watched(lockOf(b).acquire())
    await hosts.pause(100)
    b.cut()
    await held.release()
    // It holds, and does not know it; before it is told, its lease may be nearly over.
    await hosts.pause(LEASE_MS * 0.8)
    b.heal()
    await hosts.until('it holds', () => second.value !== null)
    second.value!.check()
    await hosts.pause(5 * LEASE_MS)
    second.value!.check()
    expect((await lockOf(a).holder())!.token).toBe(second.value!.token)
    await hosts.end()
  })

  test('and is told too late to begin, with nobody to renew it at, goes on waiting', async () => {
    const hosts = await startedHosts()
    const [a, b] = (await users(hosts, 'a-user', 'b-user')) as [UserProcess, UserProcess]
    const held = await lockOf(a).acquire()
    let renewals = 0
    const cutting = (handle: ClaimsHandle): ClaimsHandle => ({
      ...handle,
      with: (options) => cutting(handle.with(options)),
      renew: (...args) => {
        // In the background while it waits; then to begin.
        if (++renewals > 1) b.cut()
        return handle.renew(...args)
      },
      watchQuery: (...args) => {
        const watch = handle.watchQuery(...args)
        const next = watch.next.bind(watch)
        watch.next = async () => {
          const told = await next()
          if (told.value !== 0) await hosts.pause(LEASE_MS * 0.6)
          return told
        }
        return watch
      },
    })
    const second = watched(lock(cutting(b.handle), 'a', { leaseMs: LEASE_MS, ...b.seams }).acquire())
    await hosts.pause(500)
    await held.release()
    await hosts.pause(20 * LEASE_MS)
    expect(second).toEqual({ value: null, code: null })
    b.heal()
    renewals = Number.NEGATIVE_INFINITY
    await hosts.until('it holds', () => second.value !== null)
    second.value!.check()
    await hosts.end()
  })

  test('goes on where nobody answers for longer than a call may take', async () => {
    const hosts = await startedHosts()
    const [a] = (await users(hosts, 'a-user')) as [UserProcess]
    a.cut()
    const patient = watched(lockOf(a).acquire())
    const trying = watched(lockOf(a).tryAcquire())
    await hosts.pause(60_000)
    expect(patient.code).toBeNull()
    expect(trying.code).toBe('timeout')
    a.heal()
    await hosts.until('it holds', () => patient.value !== null)
    await hosts.end()
  })
})

test.each([
  [{ leaseMs: 99 }, {}],
  [{ leaseMs: 1.5 }, {}],
  [{ leaseMs: 1e12 }, {}],
  [{ leaseMs: 300, marginMs: 100 }, {}],
  [{}, { timeoutMs: 0 }],
  [{}, { label: 'x'.repeat(1025) }],
  [{}, { signal: 'now' }],
])('what can’t be is refused: %j %j', async (options, how) => {
  const hosts = await startedHosts()
  const [a] = (await users(hosts, 'a-user')) as [UserProcess]
  const acquiring = async () => lock(a.handle, 'a', { ...options, ...a.seams }).acquire(how as object)
  await expect(acquiring()).rejects.toMatchObject({ code: 'invalid-argument' })
  await hosts.end()
})
