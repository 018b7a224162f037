/** The simulator itself: a seed is all there is to a run, and it sees what is broken. */
import { simulate } from '@rafted/testing'
import { describe, expect, test } from 'vitest'

describe('a seed', () => {
  test('gives the same run again, to the last byte', async () => {
    for (const seed of [3, 14, 159]) {
      const lines: string[] = []
      const first = await simulate({ seed, troubledMs: 20_000 })
      const second = await simulate({ seed, troubledMs: 20_000, print: (line) => lines.push(line) })
      expect(second).toEqual(first)
      expect(lines.length).toBeGreaterThan(1000)
    }
  }, 60_000)

  test('is printed to be read: what messages say, and ids of a few digits', async () => {
    const lines: string[] = []
    await simulate({ seed: 7, troubledMs: 5000, print: (line) => lines.push(line) })
    const text = lines.join('\n')
    for (const said of [
      /^ +\d+\.\d{3} {2}[a-e] +role +role leader, term 2, leader [0-9a-f]{4}$/m,
      /^ +\d+\.\d{3} {2}[a-e] +send +[a-e] {2}[0-9a-f]{4}→[0-9a-f]{4} append term 2, prevIndex \d+, .*entries \d+ to \d+/m,
      /^ +\d+\.\d{3} {2}[a-e] +send +[a-e] {2}[0-9a-f]{4}→[0-9a-f]{4} ack term 2, match \d+/m,
      /^ +\d+\.\d{3} {2}user-\d +send +[a-e] {2}command #\d+ session \d+, sequence \d+/m,
    ])
      expect(text).toMatch(said)
    expect(text).not.toMatch(/[0-9a-f]{32}/)
  }, 60_000)

  test('gives another run than the next one', async () => {
    const hashes = await Promise.all(
      [1, 2, 3].map(async (seed) => (await simulate({ seed, troubledMs: 1000 })).hash),
    )
    expect(new Set(hashes).size).toBe(3)
  }, 60_000)
})

describe('disks that lie about what is durable', () => {
  test('are noticed: what was acknowledged is missed, and the history is not linearizable (F90b)', async () => {
    const signs = [
      /the storage of .* is not what was written/,
      /leads without entry/,
      /where another applied/,
      /item \d+ was put at/,
      /not linearizable/,
    ]
    let text = ''
    for (let seed = 1; seed <= 60 && !signs.every((sign) => sign.test(text)); seed++)
      text += (await simulate({ seed, forgetfulDisks: true })).violations.join('\n')
    for (const sign of signs) expect(text).toMatch(sign)
  }, 60_000)
})
