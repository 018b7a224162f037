/** Which faults have hit what: counted per cell, and spells of faults once. */
import { expect, test } from 'vitest'
import {
  Coverage,
  cannotHit,
  type FaultKind,
  faultKinds,
  phases,
  roles,
} from '../../src/simulation/coverage.ts'

test('there are 25 kinds of faults at least, besides those that wait for a feature', () => {
  const there = (Object.keys(faultKinds) as FaultKind[]).filter(
    (kind) => !cannotHit(kind, 'leader', 'steady')?.startsWith('not yet'),
  )
  expect(there.length).toBeGreaterThanOrEqual(25)
})

test('a spell of faults counts once, from its first hit on; single ones count each time', () => {
  const coverage = new Coverage()
  coverage.count('loss')
  expect(coverage.faults).toBe(0)
  coverage.begins('loss')
  expect(coverage.faults).toBe(0)
  for (let i = 0; i < 3; i++) coverage.count('loss')
  expect(coverage.faults).toBe(1)
  for (let i = 0; i < 3; i++) coverage.count('kill')
  expect(coverage.faults).toBe(4)
  coverage.count('leadership change')
  expect(coverage.faults).toBe(4)
})

test('cells that were not hit are named, those that can not be are not', () => {
  const coverage = new Coverage()
  for (const kind of Object.keys(faultKinds) as FaultKind[])
    for (const role of roles)
      for (const phase of phases) if (kind !== 'pause') coverage.hit(kind, role, phase)
  coverage.hit('pause', 'leader', 'steady')
  expect(coverage.empty).toHaveLength(roles.length * phases.length - 1)
  expect(coverage.empty).toContain('pause, learner, snapshot')
  expect(new Coverage().empty).not.toContain('leader removed, follower, steady')
})

test('counts of several runs are added, and the table shows them with the reasons of what is empty', () => {
  const [a, b] = [new Coverage(), new Coverage()]
  a.hit('kill', 'candidate', 'change')
  b.hit('kill', 'candidate', 'change')
  const sum = new Coverage(a.hits)
  sum.add(b)
  expect(sum.hitsOf('kill', 'candidate', 'change')).toBe(2)
  expect(sum.text).toMatch(/^kill +leader +0 +0 +0 +0$/m)
  expect(sum.text).toMatch(/^ +candidate +0 +0 +2 +0$/m)
  expect(sum.text).toMatch(/^leader removed +leader +0 +0 +0 +0 {3}it is the leader that is hit$/m)
})
