/** Addresses that are found, and found anew (F99d). */
import { expect, test } from 'vitest'
import { discover } from '../src/index.ts'

/** Somebody who finds what is put here, or fails with it. */
function setUp(...found: (readonly string[] | Error)[]) {
  const clock = { ms: 0, now: () => clock.ms }
  let asked = 0
  const find = async () => {
    const next = found[Math.min(asked++, found.length - 1)]!
    if (next instanceof Error) throw next
    return next
  }
  return { clock, find, asked: () => asked }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what is found is looked for again when it is wanted and old, and only then', async () => {
  const { clock, find, asked } = setUp(['a:1'], ['a:2', 'b:2'])
  const addresses = await discover(find, { clock, everyMs: 100 })
  clock.ms = 99
  expect(addresses()).toEqual(['a:1'])
  clock.ms = 5000
  await settled()
  expect(asked()).toBe(1)
  expect(addresses()).toEqual(['a:1'])
  expect(addresses()).toEqual(['a:1'])
  await settled()
  expect(asked()).toBe(2)
  expect(addresses()).toEqual(['a:2', 'b:2'])
  await settled()
  expect(asked()).toBe(2)
})

test('what was found stays where nothing is found, or it can not be found out, which is told', async () => {
  const { clock, find } = setUp(['a:1'], [], new Error('no name server'), ['b:1'])
  const told: unknown[] = []
  const addresses = await discover(find, { clock, everyMs: 100, failed: (error) => told.push(error) })
  const later = async (): Promise<readonly string[]> => {
    clock.ms += 100
    addresses()
    await settled()
    return addresses()
  }
  expect(await later()).toEqual(['a:1'])
  expect(told).toEqual([])
  expect(await later()).toEqual(['a:1'])
  expect(told).toMatchObject([{ message: 'no name server' }])
  expect(await later()).toEqual(['b:1'])
})

test('at first something must be found', async () => {
  for (const [found, why] of [
    [[], /there is none/],
    [new Error('no name server'), /no name server/],
  ] as const) {
    const { clock, find } = setUp(found)
    await expect(discover(find, { clock })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(why),
    })
  }
})

test('F99e: who finds only those that run says so', async () => {
  const clock = { now: () => 0 }
  const all = async () => ['a:1']
  expect((await discover(all, { clock })).isPartial).toBeUndefined()
  const partial = Object.assign(async () => ['a:1'], { isPartial: true as const })
  const found = await discover(partial, { clock })
  expect([found.isPartial, found()]).toEqual([true, ['a:1']])
})
