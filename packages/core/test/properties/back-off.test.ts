/** How a leader finds where a follower's log parts from its own (paper §5.3, at its end). [F17] */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Group, type Hand, win } from '../by-hand.ts'
import { ack, ofKind } from '../paper/messages.ts'

interface Logs {
  /** What both hold. */
  common: number[]
  leader: number[]
  follower: number[]
  /** How much of `common` the follower knows to be committed. */
  committed: number
}

/**
 * Terms that never fall, from `lowest` on. `parity` keeps the two logs from sharing a term: then they would share its
 * entries.
 */
const rising = (parity: 0 | 1) =>
  fc
    .array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 6 })), { maxLength: 8 })
    .map((steps) => (lowest: number) => {
      let term = lowest
      return steps.flatMap(([rise, count]) => {
        term += 2 * rise
        while (term % 2 !== parity || term <= lowest) term++
        return Array<number>(count).fill(term)
      })
    })

const logs: fc.Arbitrary<Logs> = fc
  .tuple(
    rising(0),
    rising(0),
    rising(1),
    fc.nat(100).map((percent) => percent / 100),
  )
  .map(([first, own, other, share]) => {
    const common = first(0)
    const lowest = common.at(-1) ?? 0
    return {
      common,
      leader: own(lowest),
      follower: other(lowest),
      committed: Math.floor(share * common.length),
    }
  })

/** `a` leads and `b` follows with these logs. */
function begin({ common, leader, follower, committed }: Logs): { a: Hand; b: Hand } {
  const term = Math.max(0, ...common, ...leader, ...follower)
  const group = new Group({
    voters: 'abc',
    starts: {
      a: { log: [...common, ...leader], term },
      b: { log: [...common, ...follower], term, commit: committed },
    },
  })
  return { a: win(group.at('a')), b: group.at('b') }
}

/**
 * They speak until the leader knows where the logs part. @returns where each append stood, the last one being
 * accepted.
 */
function meet(each: Logs): { a: Hand; b: Hand; probes: number[] } {
  const { a, b } = begin(each)
  const probes: number[] = []
  for (;;) {
    const [append, ...more] = ofKind(a.group.drop(), 'append').filter(({ to }) => to === 'b')
    expect(more).toEqual([])
    if (append === undefined) throw new Error('the leader sends nothing more')
    probes.push(append.prevIndex)
    const conflicts = ofKind(b.hear(append), 'conflict')
    if (conflicts.length === 0) break
    a.hear(conflicts[0]!)
  }
  for (const said of b.complete()) a.hear(said)
  return { a, b, probes }
}

test('the place is found exactly, with one refusal at most per term that the leader has beyond it', () => {
  fc.assert(
    fc.property(logs, (each) => {
      const { a, b, probes } = meet(each)
      expect(probes.at(-1)).toBe(each.common.length)
      const refused = probes.length - 1
      const distinct = (terms: number[]) => new Set(terms).size
      expect(refused).toBeLessThanOrEqual(Math.min(distinct(each.leader), distinct(each.follower) + 1))
      // Every probe stands before the one that was refused.
      expect(probes).toEqual([...new Set(probes)].sort((x, y) => y - x))
      expect(b.disk.terms).toEqual(a.disk.terms)
      expect(a.core.peers()[0]).toMatchObject({ id: 'b', state: 'stream', match: a.core.lastIndex })
    }),
    { numRuns: 500 },
  )
})

test('below its log a leader turns to a snapshot, and nowhere else', () => {
  fc.assert(
    fc.property(
      logs,
      fc.nat(100).map((percent) => percent / 100),
      (each, share) => {
        const whole = [...each.common, ...each.leader]
        const base = Math.floor(share * whole.length)
        const { a, b } = begin(each)
        a.hear(ack('c', 'a', a.core.standing.term, a.core.lastIndex))
        if (base > 0) a.snapshot(base)
        for (let probe = 0; probe < 50 && a.snapshotsTo.length === 0; probe++) {
          const [append] = ofKind(a.group.drop(), 'append').filter(({ to }) => to === 'b')
          if (append === undefined) break
          for (const said of [...b.hear(append), ...b.complete()]) a.hear(said)
        }
        if (base > each.common.length) expect(a.snapshotsTo).toEqual(['b'])
        else expect([a.snapshotsTo, b.disk.terms]).toEqual([[], [...whole, a.core.standing.term]])
      },
    ),
    { numRuns: 300 },
  )
})
