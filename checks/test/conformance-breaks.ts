/** The suites can fail: each claim against implementations that break it. */
import type { ConformanceCase } from '@rafted/testing'
import { describe, expect, test } from 'vitest'

export interface Broken<Make> {
  /** What is wrong with it. */
  readonly fault: string
  /** The claim that finds it. It may break others as well. */
  readonly claim: string
  readonly make: Make
}

/** Tests that each claim of the suite is broken by an implementation that is meant to, and fails there. */
export function describeBreaks<Make>(
  what: string,
  suite: (make: Make) => ConformanceCase[],
  sound: Make,
  broken: readonly Broken<Make>[],
): void {
  describe(`${what}, broken on purpose`, () => {
    for (const { fault, claim, make } of broken)
      test(`${fault}: found by “${claim}”`, async () => {
        const found = suite(make).find(({ name }) => name === claim)
        expect(found, `the suite has no claim “${claim}”`).toBeDefined()
        await expect(found!.run()).rejects.toThrow()
      })

    test('each claim is broken by one of them at least', () => {
      const claims = new Set(broken.map(({ claim }) => claim))
      const idle = suite(sound).filter(({ name }) => !claims.has(name))
      expect(idle.map(({ name }) => name)).toEqual([])
    })

    test('no two claims have the same name', () => {
      const names = suite(sound).map(({ name }) => name)
      expect(names).toEqual([...new Set(names)])
    })
  })
}
