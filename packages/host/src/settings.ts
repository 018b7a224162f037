/**
 * The settings a member goes by: the group's, which entries change, and those its host has for it alone.
 *
 * The group's take effect where they are applied: at the same index on every member, whatever each of them was started with. A member that has just
 * been started doesn't know how much of its log is committed. Until it has applied as much as it began with, it goes by what that log comes
 * to; else it would wait for a leader by times that the group has left behind. Nothing but when it campaigns depends on that.
 */
import type { LogEntry } from '@rafted/contracts'
import type { CoreSettings } from '@rafted/core'
import {
  type AgreedSettings,
  type ChangeSettingsRequest,
  decodeSettingsPayload,
  encodeSettingsPayload,
  FIRST_SETTINGS,
  type GroupSettings,
  type PlacedSettings,
  RISING_NAMES,
  type RisingSetting,
  SETTING_NAMES,
  type SettingChange,
  type SettingsPayload,
  settingProblem,
  settingsProblem,
  withChanges,
} from '@rafted/wire'
import type { MemberSettings } from './context.ts'
import { LastSeen } from './last-seen.ts'
import type { ReplyStatus } from './replies.ts'

type Payload = Pick<LogEntry, 'index' | 'payload'>

/** What a member can know of the group's settings when it is started. */
export interface KnownSettings {
  readonly settings: PlacedSettings
  /** The last entry of its log that changes them, 0 for none. Whether it is committed is not known. */
  readonly upTo: number
}

export const NOTHING_KNOWN: KnownSettings = { settings: FIRST_SETTINGS, upTo: 0 }

/** @param settings as a snapshot has them. @param entries those of the log after it that change settings. */
export function knownSettings(settings: PlacedSettings, entries: readonly Payload[]): KnownSettings {
  let known = settings
  for (const entry of entries) {
    // Who the members were there isn't looked at: no leader has asked for a version that one of them did not offer.
    const outcome = changeSettings(known, entry, () => true)
    if (!('problem' in outcome)) known = outcome
  }
  return { settings: known, upTo: entries.at(-1)?.index ?? 0 }
}

/** Whether each member offers this version of what rises by itself. */
export type IsOffered = (setting: RisingSetting, version: number) => boolean

const RISING: Readonly<Record<RisingSetting, string>> = {
  machineVersion: 'the version of the machine',
  featureLevel: 'the feature level',
}

/** Why an entry changes nothing: the settings were others than it names, or these can't be. */
export interface Unchanged {
  readonly status: Extract<ReplyStatus, 'overtaken' | 'refused'>
  readonly problem: string
}

/** Groups are mostly begun with the same. */
const placed = new LastSeen<PlacedSettings>()

/**
 * What an entry makes of the settings: the same on every member, since it depends on nothing else. What is so already stays as it is, its index as
 * well: asking twice is asking once.
 * @param isOffered whether each member of the configuration in effect there offers this version of what rises by itself.
 */
export function changeSettings(
  settings: PlacedSettings,
  { index, payload }: Payload,
  isOffered: IsOffered,
): PlacedSettings | Unchanged {
  const change = decodeSettingsPayload(payload)
  if (isSo(settings, change)) return settings
  const unchanged = unchangedBy(settings, change) ?? unoffered(settings, change, isOffered)
  return unchanged ?? placed.of({ ...withChanges(settings, change.changes), index })
}

function isSo(settings: PlacedSettings, { changes }: SettingsPayload): boolean {
  return changes.every(({ setting, value }) => settings[setting] === value)
}

function unchangedBy(settings: PlacedSettings, change: SettingsPayload): Unchanged | null {
  const { ifSettingsAt, changes } = change
  if (isSo(settings, change)) return null
  if (ifSettingsAt !== null && ifSettingsAt !== settings.index) {
    const problem = `The settings in effect come from entry ${settings.index}, not ${ifSettingsAt}. Look again and decide anew.`
    return { status: 'overtaken', problem }
  }
  const problem = lowered(settings, changes) ?? settingsProblem(withChanges(settings, changes))
  return problem === null ? null : { status: 'refused', problem: `Nothing is changed: ${problem}.` }
}

function lowered(settings: PlacedSettings, changes: readonly SettingChange[]): string | null {
  const lower = RISING_NAMES.find((name) =>
    changes.some(({ setting, value }) => setting === name && value < settings[name]),
  )
  return lower === undefined ? null : `${RISING[lower]} never falls, and is ${settings[lower]}`
}

/** By what not all members know, nothing is ever applied. */
function unoffered(
  settings: PlacedSettings,
  { changes }: SettingsPayload,
  isOffered: IsOffered,
): Unchanged | null {
  const wanted = withChanges(settings, changes)
  const missing = RISING_NAMES.find(
    (name) => wanted[name] !== settings[name] && !isOffered(name, wanted[name]),
  )
  if (missing === undefined) return null
  const problem = `Nothing is changed: not every member offers ${wanted[missing]} of ${RISING[missing]}.`
  return { status: 'refused', problem }
}

function risingBySelf(changes: readonly SettingChange[]): string | undefined {
  const rising = RISING_NAMES.find((name) => changes.some(({ setting }) => setting === name))
  return rising && `${RISING[rising]} rises by itself, once every member offers a newer one`
}

/** Why a change can't be made, before it stands in the log; null if it may. @param settings null if those in effect are not known for certain. */
export function changeProblem(
  request: ChangeSettingsRequest,
  settings: PlacedSettings | null,
): Unchanged | null {
  const { changes } = request
  const problem =
    changes.length === 0
      ? 'name a setting at least'
      : (risingBySelf(changes) ??
        changes.map(({ setting, value }) => settingProblem(setting, value)).find((one) => one !== null) ??
        null)
  if (problem !== null) return { status: 'refused', problem: `Nothing is changed: ${problem}.` }
  return settings === null ? null : unchangedBy(settings, request)
}

/**
 * The entry that a group begins with whose creator wants other settings than the first; null if it doesn't.
 * @param machineVersion of the creator's machine.
 */
export function foundingSettings(wanted: GroupSettings, machineVersion: number): Uint8Array | null {
  // The level rises from the first one, once there is a leader who sees what the members read.
  const all: AgreedSettings = { ...wanted, machineVersion, featureLevel: FIRST_SETTINGS.featureLevel }
  const names = SETTING_NAMES.filter((name) => all[name] !== FIRST_SETTINGS[name])
  if (names.length === 0) return null
  const changes = names.map((setting) => ({ setting, value: all[setting] }))
  return encodeSettingsPayload({ ifSettingsAt: null, changes })
}

/** What has been applied. */
interface Applied {
  readonly applied: { readonly index: number }
  readonly settings: PlacedSettings
}

export class SettingsInForce {
  /** A value: others are another object. */
  current: PlacedSettings
  /** The host's for this member. */
  readonly own: MemberSettings
  readonly #upTo: number

  constructor(own: MemberSettings, { settings, upTo }: KnownSettings) {
    this.current = settings
    this.own = own
    this.#upTo = upTo
  }

  /** Those of them that the core goes by. */
  get ofCore(): CoreSettings {
    const { heartbeatMs, electionMs, maxUncommittedBytes, clockDriftMarginMs, quietAfterMs } = this.current
    return { heartbeatMs, electionMs, maxUncommittedBytes, clockDriftMarginMs, quietAfterMs }
  }

  /** Goes by what has been applied, once that is what the log began with. @returns whether anything is different now. */
  follow({ applied, settings }: Applied): boolean {
    const { current } = this
    if (settings === current || applied.index < this.#upTo) return false
    this.current = settings
    return current.index !== settings.index || SETTING_NAMES.some((name) => current[name] !== settings[name])
  }
}
