/** When a member that starts asks for its leader (F131c). */
import { emptyLog, type Stored } from '@rafted/core'
import { expect, test } from 'vitest'
import { coreOf } from '../src/member-core.ts'
import type { MemberOptions } from '../src/member-options.ts'
import type { SettingsInForce } from '../src/settings.ts'

const voters = ['m', 'n', 'o'].map((id) => ({ id, host: id, address: id, durable: true }))
const configuration = { voters, learners: [], outgoing: null }
const begins = { term: 1, base: { index: 1, term: 1 }, commit: 1 }
const stored = {
  ...emptyLog(),
  ...begins,
  baseConfiguration: { index: 1, configuration },
} as unknown as Stored

function wakeAt(options: Partial<MemberOptions>, chance: number): number {
  const host = {
    random: { number: () => chance },
    fraction: () => chance,
    clock: { now: () => 0 },
    outbox: { maxPayloadBytes: 1024 },
  }
  const base = { id: 'm', leadership: 'normal', isFirst: false, isReadBack: false, stored }
  const settings = { current: { heartbeatMs: 200 }, ofCore: { heartbeatMs: 200, electionMs: 1000 } }
  const all = { host, ...base, ...options } as unknown as MemberOptions
  const core = coreOf(all, settings as unknown as SettingsInForce)
  core.drain(0)
  return core.wakeAt
}

test('one that is started again asks within a heartbeat, those at different times', () => {
  expect(wakeAt({ isReadBack: true }, 0.5)).toBe(100)
  expect(wakeAt({ isReadBack: true }, 0.9)).toBe(180)
})

test('of those who begin a group together the first asks after a heartbeat, and the others as if they had just heard a leader', () => {
  expect(wakeAt({ isFirst: true }, 0.5)).toBe(200)
  expect(wakeAt({}, 0.5)).toBe(1500)
})
