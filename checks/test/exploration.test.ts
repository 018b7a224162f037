/** Everything that can happen to a small group within small bounds: the real core breaks no promise, and planted faults do. */
import { spawnSync } from 'node:child_process'
import { type ExplorationOptions, type ExplorationResult, explore } from '@rafted/testing'
import { describe, expect, test } from 'vitest'
import { exploration } from '../mutants/exploration.ts'
import { programOf, root } from './compiled.ts'
import { mutatedCore } from './mutated-core.ts'

/** Bounds, and how many situations there are within them: another number means that the core, or what is explored of it, has changed. */
const explored: readonly (readonly [ExplorationOptions, number])[] = [
  [{ members: 3, terms: 2, commands: 0 }, 18_207],
  [{ members: 3, terms: 1, commands: 1, crashes: 1 }, 3825],
  [{ members: 2, terms: 2, commands: 1, crashes: 1, stepDowns: 1 }, 8434],
  [{ members: 2, terms: 1, commands: 1, stepDowns: 1, heartbeats: 1 }, 1036],
  [{ members: 1, terms: 2, commands: 2, crashes: 1, stepDowns: 1, heartbeats: 1 }, 95],
  [{ network: 'in order', members: 3, terms: 2, commands: 0, losses: 1 }, 15_837],
  [{ network: 'in order', members: 3, terms: 1, commands: 1, losses: 1, crashes: 1 }, 1611],
  [{ network: 'in order', members: 2, terms: 2, commands: 1, losses: 1, crashes: 1 }, 1181],
  [{ network: 'in order', members: 2, terms: 1, commands: 1, losses: 1, stepDowns: 1, heartbeats: 1 }, 296],
]

/** Bounds small enough to be explored without any reduction as well. */
const small: readonly ExplorationOptions[] = [
  { members: 3, terms: 1, commands: 0 },
  { members: 2, terms: 2, commands: 0 },
  { members: 2, terms: 2, commands: 0, crashes: 1, stepDowns: 1 },
  { members: 2, terms: 1, commands: 1, crashes: 1 },
  { members: 2, terms: 1, commands: 1, stepDowns: 1, heartbeats: 1 },
  { network: 'in order', members: 3, terms: 1, commands: 1, losses: 1 },
  { network: 'in order', members: 3, terms: 1, commands: 0, crashes: 1 },
  { network: 'in order', members: 2, terms: 2, commands: 1, losses: 1 },
  { network: 'in order', members: 2, terms: 3, commands: 0, losses: 1 },
  { network: 'in order', members: 2, terms: 2, commands: 0, crashes: 1, stepDowns: 1 },
  { network: 'in order', members: 2, terms: 2, commands: 0, crashes: 1, heartbeats: 1 },
]

describe('the real core', () => {
  test.each(explored)('breaks no promise within %j', (bounds, states) => {
    const result = explore(bounds)
    expect(result.violation).toBe(null)
    expect(result.complete).toBe(true)
    expect(result.states).toBe(states)
  })
})

describe('what is left out', () => {
  test.each(small)('by symmetry is the same under other names: %j', (bounds) => {
    const { states, unreduced } = explore(bounds)
    const without = explore({ ...bounds, symmetry: false })
    expect(unreduced).toBe(without.states)
    expect(states).toBeLessThan(without.states)
  })

  test.each(small)('between steps shows nothing new of any member: %j', (bounds) => {
    const kept = ({ memberStates, messages }: ExplorationResult) => ({ memberStates, messages })
    const steps = explore({ ...bounds, symmetry: false })
    const inputs = explore({ ...bounds, symmetry: false, steps: false })
    expect(kept(steps)).toEqual(kept(inputs))
    expect(steps.states).toBeLessThan(inputs.states)
  })
})

describe('planted faults', () => {
  test.each(exploration)('$name', async ({ edits, bounds, broken }) => {
    const core = await mutatedCore(edits)
    for (const network of ['any order', 'in order'] as const) {
      const { violation, complete } = explore({ ...bounds, network, core, maxStates: 100_000 })
      expect(violation?.broken).toMatch(broken)
      expect(complete).toBe(false)
    }
  })

  test('that need a lost message are found once there is one, and it is named', async () => {
    const core = await mutatedCore([
      {
        file: 'packages/core/src/following.ts',
        find: 'if (!agreesAt(s, m.prevIndex, m.prevTerm)) {',
        replace: 'if (m.prevIndex < 0) {',
      },
    ])
    const bounds = { network: 'in order', members: 2, terms: 1, commands: 2, core } as const
    expect(explore(bounds)).toMatchObject({ complete: true, violation: null })
    const { violation } = explore({ ...bounds, losses: 1 })
    expect(violation?.broken).toMatch(/^b stops: .*entry 3 cannot follow entry 1/)
    expect(violation?.schedule.at(-1)).toMatch(/^b {2}receives a→b append .*, 1 before it lost → /)
  })

  test('come with what happened, to be read', async () => {
    const core = await mutatedCore(exploration[0]!.edits)
    const { violation } = explore({ terms: 1, commands: 0, core })
    expect(violation?.schedule).toEqual([
      'a  times out → pre-candidate of term 0, log [], commit 0, disk [] in term 0',
      'a  would have the votes of a majority → candidate of term 1, log [], commit 0, disk [] in term 0, 1 write under way',
      'a  has written → candidate of term 1, log [], commit 0, disk [] in term 1; sends a→b vote-request term 1, lastIndex 0, lastTerm 0, transfer false, a→c vote-request term 1, lastIndex 0, lastTerm 0, transfer false',
      'b  times out → pre-candidate of term 0, log [], commit 0, disk [] in term 0',
      'b  would have the votes of a majority → candidate of term 1, log [], commit 0, disk [] in term 0, 1 write under way',
      'b  has written → candidate of term 1, log [], commit 0, disk [] in term 1; sends b→a vote-request term 1, lastIndex 0, lastTerm 0, transfer false, b→c vote-request term 1, lastIndex 0, lastTerm 0, transfer false',
      'a  receives b→a vote-request term 1, lastIndex 0, lastTerm 0, transfer false → follower of term 1, log [], commit 0, disk [] in term 1, 1 write under way',
      'a  has written → follower of term 1, log [], commit 0, disk [] in term 1; sends a→b vote term 1, granted true',
    ])
  })
})

describe('an exploration', () => {
  test('of a core that writes for ever ends, and says that it is not complete', async () => {
    const core = await mutatedCore([
      {
        file: 'packages/core/src/core.ts',
        find: 'if (same && s.reset === null && s.truncateFrom === null && from > log.last && !healed) return null',
        replace: '',
      },
    ])
    const { violation, waiting, complete } = explore({ members: 2, terms: 1, commands: 0, core })
    expect({ violation, waiting, complete }).toEqual({ violation: null, waiting: 0, complete: false })
  })

  test('ends when it is told to, and says that it is not complete', () => {
    let calls = 0
    const stopped = explore({ progress: ({ depth }) => ++calls < 3 && depth < 99 })
    expect(stopped).toMatchObject({ complete: false, violation: null })
    expect(calls).toBe(3)
    expect(stopped.waiting).toBeGreaterThan(0)
  })

  test('ends at its limit of situations', () => {
    const { states, complete } = explore({ maxStates: 1000 })
    expect(states).toBeGreaterThanOrEqual(1000)
    expect(states).toBeLessThan(1100)
    expect(complete).toBe(false)
  })

  test.each([
    { members: 6 },
    { members: 0 },
    { terms: 0 },
    { commands: 1.5 },
    { crashes: -1 },
    { maxStates: 2 ** 31 },
    { losses: 1 },
    { network: 'in order' as const, losses: -1 },
  ])('refuses %j', (options) => {
    expect(() => explore(options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' }),
    )
  })
})

describe('npm run explore', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [...programOf('explore'), ...args], { cwd: root, encoding: 'utf8' })

  test('says what it has explored', () => {
    const { stdout, status } = run('--terms', '1', '--commands', '0')
    expect(stdout).toMatch(
      /^complete: states 74 \(407 without symmetry\), transitions \d+, depth 7, waiting 0$/m,
    )
    expect(stdout).toMatch(/\nviolations 0\n$/)
    expect(status).toBe(0)
    const inOrder = run('--terms', '1', '--commands', '0', '--in-order', '--losses', '1').stdout
    expect(inOrder).toMatch(/^complete: states 31 \(155 without symmetry\), /m)
  })

  test('refuses what it does not know', () => {
    for (const args of [
      ['--members', '9'],
      ['--members', 'three'],
      ['--losses', '1'],
    ]) {
      const { stderr, status } = run(...args)
      expect(stderr).toContain('usage: npm run explore')
      expect(status).toBe(2)
    }
  })
})
