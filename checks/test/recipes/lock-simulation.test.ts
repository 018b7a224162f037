/** Claims in a simulated cluster, with all the troubles there are: a queue that is linearizable, and holders that follow each other by their tokens. */
import { claims } from '@rafted/recipes'
import { checkDeterminism, SeededRandom, simulate } from '@rafted/testing'
import { expect, test } from 'vitest'
import { ClaimsWorkload } from './lock-workload.ts'

/** SEEDS=500 runs so many. */
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 5) }, (_, i) => 1 + i)

test('no seed breaks a promise', { timeout: 60_000 + seeds.length * 20_000 }, async () => {
  let asked = 0
  for (const seed of seeds) {
    const { violations, operations } = await simulate({
      seed,
      machine: claims,
      workload: () => new ClaimsWorkload(),
    })
    expect(violations, `seed ${seed}`).toEqual([])
    asked += operations
  }
  expect(asked / seeds.length).toBeGreaterThan(150)
})

/** Whatever may be asked of the machine, in the order of a seed. */
function commandsOf(seed: number, count: number): unknown[] {
  const random = new SeededRandom(seed)
  const at = () => [random.pick(['x', 'y', 'z']), random.pick(['a', 'b', 'c', 'd', 'e'])]
  return Array.from({ length: count }, () => {
    const [name, id] = at()
    const leaseMs = 100 + random.below(4000)
    const ask = { permits: name === 'x' ? 1 : 2, leaseMs, label: id, wait: random.chance(0.7), once: false }
    if (random.chance(0.5)) return ['claim', name, id, ask]
    if (random.chance(0.02)) return ['finish', name, id, 'result']
    return random.pick([
      ['renew', name, id],
      ['release', name, id],
      ['expire'],
      ['resize', name, 2],
      ['forget', name],
      ['claim', name, id, { ...ask, permits: 3 }],
    ])
  })
}

test('the machine does the same everywhere', async () => {
  for (const seed of [1, 2, 3])
    expect(
      await checkDeterminism({
        machine: claims,
        seed,
        commands: commandsOf(seed, 300),
        queries: ['x', 'y', 'z'].flatMap((name) => [
          ['holders', name],
          ['claimed', name, 'a'],
          ['waiting', name],
          ['outcome', name],
        ]),
      }),
    ).toBeNull()
})
