/** All members of a key-value store come to the same: some hundred commands, with snapshots anywhere, in any surroundings. */
import { kvStore } from '@rafted/recipes'
import { checkDeterminism, SeededRandom } from '@rafted/testing'
import { expect, test } from 'vitest'

const KEYS = ['a', 'a/1', 'a/2', 'b', 'b/1', 'c']
const VALUES = [1, 'text', null, { list: [1, 2] }, new Map([['k', new Date(5)]]), new Uint8Array([1, 2])]

function operationOf(random: SeededRandom): object {
  const key = random.pick(KEYS)
  return random.pick([
    {
      op: 'put',
      key,
      value: random.pick(VALUES),
      ttlMs: random.pick([undefined, 'keep', 900]),
      previous: true,
    },
    { op: 'delete', key, previous: random.chance(0.5) },
    { op: 'deleteRange', range: { prefix: 'a/' } },
    { op: 'touch', key, ttlMs: random.pick([null, 700]) },
    { op: 'get', key },
    { op: 'range', range: { from: key, limit: 2, reverse: random.chance(0.5) } },
  ])
}

function conditionOf(random: SeededRandom): object {
  const key = random.pick(KEYS)
  return random.pick([
    { key, exists: random.chance(0.5) },
    { key, value: random.pick(VALUES) },
    { key, revision: { below: random.below(300) } },
    { key, version: random.below(3) },
  ])
}

/** @param granted numbers of leases: of the commands that grant them, since these stand at the same index. */
function commandOf(random: SeededRandom, granted: readonly number[]): readonly unknown[] {
  const key = random.pick(KEYS)
  const value = random.pick(VALUES)
  const lease = granted.length === 0 ? 1 : random.pick(granted.slice(-3))
  const some = (make: (random: SeededRandom) => object) =>
    Array.from({ length: random.below(4) }, () => make(random))
  return random.pick<() => readonly unknown[]>([
    () => ['put', key, value, { ttlMs: random.pick([undefined, 'keep', 300, 2000]), previous: true }],
    () => ['put', key, value, { ifRevision: random.below(300) }],
    () => ['put', key, value, { ifAbsent: true }],
    () => ['put', key, value, { lease }],
    () => ['put', `${key}/${random.below(30)}`, value, { lease }],
    () => ['delete', key],
    () => ['deleteRange', { prefix: 'b' }],
    () => ['touch', key, 500],
    () => ['transact', { if: some(conditionOf), then: some(operationOf), else: some(operationOf) }],
    () => ['grantLease', 500 + random.below(3000)],
    () => ['keepLease', lease],
    () => ['endLease', lease],
    () => ['sweep'],
    () => ['limit', { historyEvents: 20 + random.below(100), maxBytes: random.pick([1000, 1_000_000]) }],
    () => ['put', key, value, { ttlMs: 'wrong' }],
    () => [random.pick(['put', 'transact', 'limit', 'nonsense']), null, [null], 7],
  ])()
}

test.each([1, 2])('seed %i', { timeout: 120_000 }, async (seed) => {
  const random = new SeededRandom(seed)
  const granted: number[] = []
  const commands = Array.from({ length: 400 }, (_, i) => {
    const command = commandOf(random, granted)
    if (command[0] === 'grantLease') granted.push(i + 1)
    return command
  })
  const queries = [
    ['get', 'a'],
    ['range', { prefix: 'a' }],
    ['count'],
    ['stats'],
    ['news', {}, 0],
    ['held', {}, null],
  ]
  const finding = await checkDeterminism({ machine: kvStore, commands, queries, seed })
  expect(finding?.text).toBe(undefined)
})
