import { afterEach, describe, expect, test, vi } from 'vitest'
import { Soon } from '../src/node/soon.ts'
import { realClock, realRandom } from '../src/node.ts'

describe('the real clock', () => {
  test('`now` never goes back, and goes on', () => {
    const start = realClock.now()
    let last = start
    while (last - start < 5) {
      const now = realClock.now()
      expect(now).toBeGreaterThanOrEqual(last)
      last = now
    }
  })

  test('`wall` is the time of day', () => {
    expect(Math.abs(realClock.wall() - Date.now())).toBeLessThan(1000)
  })

  test('a timer fires once, and not before its time', async () => {
    const early: number[] = []
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const ms = 1 + (i % 20) + i / 200
        const begun = realClock.now()
        return new Promise<void>((resolve) => {
          realClock.after(ms, () => {
            const passed = realClock.now() - begun
            if (passed < ms) early.push(ms - passed)
            resolve()
          })
        })
      }),
    )
    expect(early).toEqual([])
  })

  test('a timer that was stopped does not fire; to stop one that has fired does no harm', async () => {
    const fired: string[] = []
    const stop = realClock.after(1, () => fired.push('stopped'))
    stop()
    stop()
    await new Promise<void>((resolve) => {
      const cancel = realClock.after(5, () => {
        fired.push('fired')
        cancel()
        resolve()
      })
    })
    expect(fired).toEqual(['fired'])
  })

  test('no delay, and one in the past, are due at once', async () => {
    for (const ms of [0, -1000]) await new Promise<void>((resolve) => realClock.after(ms, resolve))
  })

  test('`soon` runs after the present code and its promises, once, in order', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      realClock.soon(() => order.push('first'))
      realClock.soon(() => {
        order.push('second')
        realClock.soon(resolve)
      })
      void Promise.resolve().then(() => order.push('promise'))
      order.push('code')
    })
    expect(order).toEqual(['code', 'promise', 'first', 'second'])
  })

  test('`soon` runs before any timer, also one that is due already', async () => {
    for (let round = 0; round < 20; round++) {
      const order: string[] = []
      await new Promise<void>((resolve) => {
        realClock.after(0, () => {
          order.push('timer')
          resolve()
        })
        const begun = realClock.now()
        while (realClock.now() - begun < 2);
        realClock.soon(() => order.push('soon'))
      })
      expect(order).toEqual(['soon', 'timer'])
    }
  })
})

describe('a delay longer than Node.js takes', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('passes whole', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'setImmediate'] })
    const ms = 5 * 2 ** 31
    let fired = false
    realClock.after(ms, () => {
      fired = true
    })
    const stop = realClock.after(ms, () => {
      throw new Error('it was stopped')
    })
    vi.advanceTimersByTime(ms - 1)
    expect(fired).toBe(false)
    stop()
    vi.advanceTimersByTime(1)
    expect(fired).toBe(true)
  })

  test('never passes when it is infinite', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'setImmediate'] })
    let fired = false
    realClock.after(Number.POSITIVE_INFINITY, () => {
      fired = true
    })
    vi.advanceTimersByTime(10 * 2 ** 31)
    expect(fired).toBe(false)
  })
})

const still = (): number => 0

describe('what is to run soon', () => {
  test('is scheduled once for all that waits, and what it makes due runs after that, unasked', () => {
    const scheduled: (() => void)[] = []
    const soon = new Soon((run) => scheduled.push(run), still)
    const order: number[] = []
    soon.add(() => {
      order.push(1)
      soon.add(() => order.push(3))
    })
    soon.add(() => order.push(2))
    expect(scheduled).toHaveLength(1)
    scheduled.shift()!()
    expect(order).toEqual([1, 2, 3])
    expect(scheduled).toHaveLength(0)
    soon.add(() => order.push(4))
    expect(scheduled).toHaveLength(1)
  })

  test('asks the schedule again after some rounds, so that what never ends keeps nobody waiting', () => {
    const scheduled: (() => void)[] = []
    const soon = new Soon((run) => scheduled.push(run), still)
    let rounds = 0
    const again = (): void => {
      rounds++
      soon.add(again)
    }
    again()
    for (let times = 1; times <= 3; times++) {
      expect(scheduled).toHaveLength(1)
      scheduled.shift()!()
      expect(rounds).toBe(1 + 8 * times)
    }
  })

  test('asks the schedule again after some time, however few the rounds', () => {
    const scheduled: (() => void)[] = []
    let time = 0
    const soon = new Soon(
      (run) => scheduled.push(run),
      () => time,
    )
    const order: string[] = []
    const slow = (name: string, ms: number, then: () => void = () => {}) =>
      soon.add(() => {
        order.push(name)
        time += ms
        then()
      })
    slow('first', 1, () => slow('in time', 0.1, () => slow('too late', 0)))
    scheduled.shift()!()
    expect(order).toEqual(['first', 'in time'])
    scheduled.shift()!()
    expect(order).toEqual(['first', 'in time', 'too late'])
    expect(scheduled).toHaveLength(0)
  })

  test('runs although what is before it throws', () => {
    const scheduled: (() => void)[] = []
    const soon = new Soon((run) => scheduled.push(run), still)
    const order: number[] = []
    soon.add(() => {
      throw new Error('no')
    })
    soon.add(() => order.push(1))
    expect(scheduled.shift()).toThrow('no')
    expect(order).toEqual([])
    scheduled.shift()!()
    expect(order).toEqual([1])
  })

  test('costs a timer nothing when it throws', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    let fired = false
    realClock.after(1, () => {
      fired = true
    })
    realClock.soon(() => {
      throw new Error('no')
    })
    expect(() => vi.advanceTimersByTime(1)).toThrow('no')
    vi.advanceTimersByTime(1)
    expect(fired).toBe(true)
    vi.useRealTimers()
  })
})

describe('real chance', () => {
  test('numbers are in [0, 1) and differ', () => {
    const numbers = Array.from({ length: 1000 }, () => realRandom.number())
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(new Set(numbers).size).toBeGreaterThan(990)
  })

  test('bytes are as many as asked for, all values among them', () => {
    for (const count of [0, 1, 16]) expect(realRandom.bytes(count)).toHaveLength(count)
    expect(new Set(realRandom.bytes(100_000)).size).toBe(256)
    expect(realRandom.bytes(16)).not.toEqual(realRandom.bytes(16))
  })
})
