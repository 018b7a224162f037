import { expect, test } from 'vitest'
import { RegisterAudit } from '../../src/endure/register-audit.ts'

function audited(): { readonly audit: RegisterAudit; pass(ms: number): void } {
  let now = 0
  const audit = new RegisterAudit(() => ++now)
  return {
    audit,
    pass: (ms) => {
      now += ms
    },
  }
}

test('a history that can be put in order: one after the other, overlapping, left open, refused', () => {
  const { audit } = audited()
  const write = audit.begin({ op: 'write', to: 5 })
  const read = audit.begin({ op: 'read' })
  read.ended({ output: 5 })
  write.ended({ output: 0 })
  audit.begin({ op: 'swap', from: 4, to: 6 }).ended({ output: 5 })
  audit.begin({ op: 'swap', from: 5, to: 7 }).ended({ output: 5 })
  audit.begin({ op: 'write', to: 8 }).ended('refused')
  audit.begin({ op: 'write', to: 9 }).ended('unknown')
  audit.begin({ op: 'read' }).ended({ output: 7 })
  audit.finish(9)
  expect(audit.problems).toEqual([])
  expect(audit).toMatchObject({ operations: 7, histories: 1 })
})

test('a stale read, a lost write, a swap that changed what it should not', () => {
  const runs = [
    (audit: RegisterAudit) => {
      audit.begin({ op: 'write', to: 5 }).ended({ output: 0 })
      audit.begin({ op: 'read' }).ended({ output: 0 })
      audit.finish(5)
    },
    (audit: RegisterAudit) => {
      audit.begin({ op: 'write', to: 5 }).ended({ output: 0 })
      audit.finish(0)
    },
    (audit: RegisterAudit) => {
      audit.begin({ op: 'swap', from: 3, to: 5 }).ended({ output: 0 })
      audit.finish(5)
    },
    (audit: RegisterAudit) => {
      audit.begin({ op: 'write', to: 5 }).ended('refused')
      audit.finish(5)
    },
  ]
  for (const run of runs) {
    const { audit } = audited()
    run(audit)
    expect(audit.problems).toHaveLength(1)
    expect(audit.problems[0]).toContain('is not linearizable')
  }
})

test('each register is used for a while, and judged when its last operation has ended', () => {
  const { audit, pass } = audited()
  const late = audit.begin({ op: 'write', to: 1 })
  expect(late.register).toBe(1)
  pass(10_000)
  expect(audit.begin({ op: 'read' })).toMatchObject({ register: 2 })
  expect(audit.histories).toBe(0)
  late.ended({ output: 4 })
  expect(audit.histories).toBe(1)
  expect(audit.problems).toHaveLength(1)
})

test('no history gets so long that it can not be judged', () => {
  const { audit } = audited()
  const registers = new Set<number>()
  for (let i = 1; i <= 2000; i++) {
    const { register, ended } = audit.begin({ op: 'read' })
    registers.add(register)
    ended({ output: 0 })
  }
  audit.finish(0)
  expect(registers.size).toBeGreaterThan(4)
  expect(audit).toMatchObject({ histories: registers.size, problems: [] })
})
