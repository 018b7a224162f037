/** Settings that entries change: what each entry makes of them, on every member alike, and what a member goes by (F114b, F114c, F114d). */
import { Core, emptyLog } from '@rafted/core'
import {
  type ChangeSettingsRequest,
  encodeSettingsPayload,
  FIRST_SETTINGS,
  type GroupSettings,
  type SettingChange,
} from '@rafted/wire'
import { describe, expect, test } from 'vitest'
import { defaultSettings } from '../src/context.ts'
import {
  changeProblem,
  changeSettings,
  foundingSettings,
  knownSettings,
  NOTHING_KNOWN,
  SettingsInForce,
} from '../src/settings.ts'

const listed = (changes: Partial<GroupSettings>): SettingChange[] =>
  Object.entries(changes).map(([setting, value]) => ({ setting: setting as keyof GroupSettings, value }))

function entry(index: number, changes: Partial<GroupSettings>, ifSettingsAt: number | null = null) {
  return { index, payload: encodeSettingsPayload({ ifSettingsAt, changes: listed(changes) }) }
}

const everybody = (): boolean => true

describe('an entry', () => {
  test('changes what it names, and is named as where that comes from', () => {
    const changed = changeSettings(FIRST_SETTINGS, entry(7, { electionMs: 3000 }), everybody)
    expect(changed).toEqual({ ...FIRST_SETTINGS, electionMs: 3000, index: 7 })
  })

  test('changes nothing if the settings come from another entry than it says', () => {
    const changed = { ...FIRST_SETTINGS, index: 7 }
    expect(changeSettings(changed, entry(9, { electionMs: 3000 }, 0), everybody)).toMatchObject({
      status: 'overtaken',
    })
    expect(changeSettings(changed, entry(9, { electionMs: 3000 }, 7), everybody)).toMatchObject({ index: 9 })
  })

  // Each was fine when it was asked for, and both together are not.
  test('changes nothing if that would be no settings, with what is to be done', () => {
    const slow = changeSettings(FIRST_SETTINGS, entry(7, { heartbeatMs: 500 }), everybody)
    const outcome = changeSettings(slow as typeof FIRST_SETTINGS, entry(8, { electionMs: 900 }), everybody)
    expect(outcome).toMatchObject({ status: 'refused', problem: expect.stringContaining('at least twice') })
  })

  test('that says what is so already leaves all as it is: asked twice is asked once', () => {
    const changed = changeSettings(FIRST_SETTINGS, entry(7, { electionMs: 3000 }), everybody)
    expect(
      changeSettings(changed as typeof FIRST_SETTINGS, entry(9, { electionMs: 3000 }, 0), everybody),
    ).toBe(changed)
  })
})

describe('before it stands in the log', () => {
  const request = (changes: Partial<GroupSettings>, ifSettingsAt: number | null = null) =>
    ({
      kind: 'change-settings',
      id: 1,
      group: 'g',
      incarnation: null,
      ifSettingsAt,
      changes: listed(changes),
    }) satisfies ChangeSettingsRequest

  test('a change is refused that can not be made', () => {
    expect(changeProblem(request({ electionMs: 3000 }), FIRST_SETTINGS)).toBeNull()
    expect(changeProblem(request({}), null)).toMatchObject({ status: 'refused' })
    expect(changeProblem(request({ retainedResults: 0 }), null)).toMatchObject({ status: 'refused' })
    expect(changeProblem(request({ electionMs: 300 }), FIRST_SETTINGS)).toMatchObject({ status: 'refused' })
    // The leader asks for it where all know it, and nobody else.
    const raise = { ...request({}), changes: [{ setting: 'machineVersion', value: 2 }] } as const
    expect(changeProblem(raise, FIRST_SETTINGS)).toMatchObject({
      status: 'refused',
      problem: expect.stringContaining('rises by itself'),
    })
    expect(changeProblem(request({ electionMs: 3000 }, 5), FIRST_SETTINGS)).toMatchObject({
      status: 'overtaken',
    })
  })

  // A leader that has just been elected may not have applied the change that this one builds on.
  test('one is not judged by settings that may be old', () => {
    expect(changeProblem(request({ electionMs: 300 }), null)).toBeNull()
    expect(changeProblem(request({ electionMs: 3000 }, 5), null)).toBeNull()
  })
})

describe('a member', () => {
  const { tailBytes, snapshotPartBytes } = defaultSettings
  const own = { tailBytes, snapshotPartBytes }

  test('that founds a group writes down what is different from what every group begins with', () => {
    expect(foundingSettings(defaultSettings, 1)).toBeNull()
    const payload = foundingSettings({ ...defaultSettings, electionMs: 700 }, 1)!
    expect(changeSettings(FIRST_SETTINGS, { index: 2, payload }, everybody)).toEqual({
      ...FIRST_SETTINGS,
      electionMs: 700,
      index: 2,
    })
  })

  test('that founds a group has it begin by the version of its machine', () => {
    const payload = foundingSettings(defaultSettings, 3)!
    expect(changeSettings(FIRST_SETTINGS, { index: 2, payload }, everybody)).toEqual({
      ...FIRST_SETTINGS,
      machineVersion: 3,
      index: 2,
    })
  })

  test('goes by what has been applied, and by nothing before', () => {
    const settings = new SettingsInForce(own, NOTHING_KNOWN)
    const changed = { ...FIRST_SETTINGS, electionMs: 3000, index: 7 }
    expect(settings.follow({ applied: { index: 6 }, settings: FIRST_SETTINGS })).toBe(false)
    expect(settings.follow({ applied: { index: 7 }, settings: changed })).toBe(true)
    expect([settings.current, settings.own]).toEqual([changed, own])
    expect(settings.follow({ applied: { index: 8 }, settings: { ...changed } })).toBe(false)
  })

  test('that is started goes by what its log comes to, until it has applied as much', () => {
    const log = [
      entry(3, { electionMs: 5000 }),
      entry(5, { heartbeatMs: 4000 }),
      entry(6, { electionMs: 8000 }),
    ]
    const known = knownSettings(FIRST_SETTINGS, log)
    expect(known).toMatchObject({ settings: { heartbeatMs: 200, electionMs: 8000, index: 6 }, upTo: 6 })
    const settings = new SettingsInForce(own, known)
    const old = { ...FIRST_SETTINGS, electionMs: 5000, index: 3 }
    expect(settings.follow({ applied: { index: 5 }, settings: old })).toBe(false)
    expect(settings.ofCore.electionMs).toBe(8000)
    // The end of its log was another leader's.
    expect(settings.follow({ applied: { index: 6 }, settings: old })).toBe(true)
    expect(settings.ofCore.electionMs).toBe(5000)
  })

  test('gives its core nothing that the core would not take', () => {
    const core = new Core({ id: 'a', random: () => 0 }, emptyLog(), 0)
    const settings = new SettingsInForce(own, NOTHING_KNOWN).ofCore
    expect(core.step({ kind: 'settings', settings }, 0)).toMatchObject({ taken: true })
  })
})
