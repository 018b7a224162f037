/**
 * What all members of a group agree on. It stands in the log, so a change of it takes effect at one index on every member; what each host decides for
 * its own member is none of it.
 */
import { MAX_MACHINE_VERSION } from '@rafted/contracts'
import { type CoreSettings, checkCoreSettings } from '@rafted/core'
import { MAX_VERSION } from './limits.ts'

/** Those that people choose. */
export interface GroupSettings extends CoreSettings {
  /** Results kept by their callers' own keys: the newest of them. */
  readonly retainedResults: number
  /** A member takes a snapshot once its log since the last one is longer than that, times this. */
  readonly snapshotFactor: number
  /** No snapshot is taken of less than this many bytes of log. */
  readonly snapshotMinBytes: number
  /** Sessions the group keeps at most. With more than that, as after a change, none is opened until some have ended. */
  readonly maxSessions: number
  /** A session that is opened from now on expires when it is not heard of for this long, milliseconds of replicated time. */
  readonly sessionTimeoutMs: number
  /**
   * Above 0, leaders answer queries of `read: 'lease'` by a lease: for `electionMs` less this after a heartbeat that a majority has
   * answered. By so many milliseconds the clocks of two hosts may differ about the length of an election timeout, 80 of them for pauses
   * too short to be noticed. 0, or from 100 to below `electionMs`. 0: no leases, each such query takes a round of heartbeats.
   */
  readonly clockDriftMarginMs: number
  /**
   * Above 0, a group in which nothing has happened for so many milliseconds falls quiet: its members say nothing, and wait for no time; their hosts watch each other, once for all
   * groups. Whatever is asked of it wakes it. What it costs: the first call after that waits for no more than before, a read by a lease for a round. 0: never.
   */
  readonly quietAfterMs: number
}

/** All there are. */
export interface AgreedSettings extends GroupSettings {
  /**
   * The version of the user's machine by which entries are applied, queries answered and snapshots written. It only rises: where an entry says so at
   * whose index each member offers it. The leader's host asks for that by itself.
   */
  readonly machineVersion: number
  /**
   * The feature level: the newest version of the wire (`WIRE_VERSIONS`) by which entries are written. New kinds of entries wait for it. Like the
   * machine's version it only rises, where each member offers it, and the leader's host asks for that by itself.
   */
  readonly featureLevel: number
}

/** Settings, and the index of the entry that brought the last of them; 0 where there is none. */
export interface PlacedSettings extends AgreedSettings {
  /** Of that entry. */
  readonly index: number
}

/** A setting by its name. */
export type SettingName = keyof AgreedSettings

/** One setting, and the value that it is to have. */
export interface SettingChange {
  readonly setting: SettingName
  readonly value: number
}

/** What a group has whose log says nothing else. Part of the format: what is given here is never given anew. */
export const FIRST_SETTINGS: PlacedSettings = {
  index: 0,
  heartbeatMs: 200,
  electionMs: 1000,
  maxUncommittedBytes: 16 * 1024 * 1024,
  retainedResults: 100,
  snapshotFactor: 10,
  snapshotMinBytes: 1024 * 1024,
  maxSessions: 4096,
  sessionTimeoutMs: 600_000,
  clockDriftMarginMs: 0,
  machineVersion: 1,
  quietAfterMs: 0,
  featureLevel: 1,
}

/** Results that any group keeps at most: members take no snapshot with more of them. */
export const MAX_RETAINED_RESULTS = 65_536
/** As `MAX_RETAINED_RESULTS`, of sessions. */
export const MAX_SESSIONS = 65_536

/** A smaller margin would be eaten up by differences of a host's two clocks that nobody notices. */
const LEAST_MARGIN_MS = 100

const DAY_MS = 86_400_000
const MAX_BYTES = 2 ** 50

/** What each may be. Part of what every member decides alike: never narrowed. */
const RANGES: Readonly<Record<SettingName, readonly [least: number, most: number, whole?: 'whole']>> = {
  heartbeatMs: [1, DAY_MS],
  electionMs: [2, DAY_MS],
  maxUncommittedBytes: [1, MAX_BYTES, 'whole'],
  retainedResults: [1, MAX_RETAINED_RESULTS, 'whole'],
  snapshotFactor: [0.001, 1_000_000],
  snapshotMinBytes: [1, MAX_BYTES, 'whole'],
  maxSessions: [1, MAX_SESSIONS, 'whole'],
  sessionTimeoutMs: [1000, 30 * DAY_MS],
  clockDriftMarginMs: [0, DAY_MS],
  machineVersion: [1, MAX_MACHINE_VERSION, 'whole'],
  quietAfterMs: [0, DAY_MS],
  featureLevel: [1, MAX_VERSION, 'whole'],
}

/** Their places are part of the format: added to, never reordered. */
export const SETTING_NAMES = Object.keys(RANGES) as readonly SettingName[]

/** One that rises by itself, where every member offers it, and never falls. */
export type RisingSetting = 'machineVersion' | 'featureLevel'

/** Those that nobody sets. */
export const RISING_NAMES: readonly RisingSetting[] = ['machineVersion', 'featureLevel']

/** Those that people choose. */
export const CHOSEN_NAMES = SETTING_NAMES.filter(
  (name): name is keyof GroupSettings => !(RISING_NAMES as readonly SettingName[]).includes(name),
)

/** Why a setting can't have this value, or null. */
export function settingProblem(setting: SettingName, value: number): string | null {
  const [least, most, whole] = RANGES[setting]
  const isIn = typeof value === 'number' && value >= least && value <= most
  if (isIn && (whole === undefined || Number.isInteger(value))) return null
  const number = whole === undefined ? 'a number' : 'a whole number'
  return `the setting ${setting} must be ${number} from ${least} to ${most}, not ${value}`
}

/** Why these can't be a group's settings, or null. */
export function settingsProblem(settings: GroupSettings): string | null {
  for (const name of CHOSEN_NAMES) {
    const problem = settingProblem(name, settings[name])
    if (problem !== null) return problem
  }
  const { clockDriftMarginMs: margin } = settings
  if (margin > 0 && margin < LEAST_MARGIN_MS)
    return `the setting clockDriftMarginMs must be 0, or at least ${LEAST_MARGIN_MS}, not ${margin}`
  try {
    checkCoreSettings(settings)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** These settings with the changes made: those of a group, whether they are possible or not. */
export function withChanges<S extends AgreedSettings>(settings: S, changes: readonly SettingChange[]): S {
  // A copy whose fields are set: it has the shape of all others. One that is put together by names has its own, which weighs more than what it holds.
  const changed = { ...settings }
  const fields: Record<SettingName, number> = changed
  for (const { setting, value } of changes) fields[setting] = value
  return changed
}
