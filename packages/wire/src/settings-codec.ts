/** A group's settings, and changes of them: as requests ask for them, as entries keep them, as answers and snapshots tell them. */
import { cannotEncode } from './bad-bytes.ts'
import {
  FIRST_SETTINGS,
  type PlacedSettings,
  SETTING_NAMES,
  type SettingChange,
  withChanges,
} from './group-settings.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Layout of entries of kind `settings`. */
const FORMAT = 1
/** What one change takes. */
const CHANGE_BYTES = 9

/** The payload of an entry of kind `settings`. */
export interface SettingsPayload {
  /** Only if the settings in effect come from this index; null for any. */
  readonly ifSettingsAt: number | null
  /** No setting twice. */
  readonly changes: readonly SettingChange[]
}

const writer = new Writer()

/** @throws {RaftedError} `invalid-argument` if a number is none. */
export function encodeSettingsPayload(payload: SettingsPayload): Uint8Array {
  writer.begin(96)
  writer.u8(FORMAT)
  writeSettingsChange(writer, payload)
  return writer.finish()
}

/** @throws {BadBytes} */
export function decodeSettingsPayload(bytes: Uint8Array): SettingsPayload {
  const r = new Reader(bytes)
  const format = r.u8()
  if (format !== FORMAT) r.fail(`an entry of format ${format}`, 'version-mismatch')
  const payload = readSettingsChange(r)
  r.done()
  return payload
}

export function writeSettingsChange(w: Writer, { ifSettingsAt, changes }: SettingsPayload): void {
  if (changes.some(({ setting }, i) => changes.findIndex((other) => other.setting === setting) < i))
    cannotEncode('a setting is named twice')
  // Settings that nobody has changed come from index 0.
  w.uint(ifSettingsAt === null ? 0 : ifSettingsAt + 1)
  w.uint(changes.length)
  for (const { setting, value } of changes) {
    const place = SETTING_NAMES.indexOf(setting)
    if (place < 0) cannotEncode(`"${setting}" is no setting`)
    w.u8(place)
    w.float(value)
  }
}

export function readSettingsChange(r: Reader): SettingsPayload {
  const at = r.uint()
  const changes: SettingChange[] = []
  for (let left = r.count(SETTING_NAMES.length, CHANGE_BYTES, 'changes'); left > 0; left--) {
    const place = r.u8()
    const setting = SETTING_NAMES[place]
    if (setting === undefined) return r.fail(`${place} is no setting`)
    if (changes.some((other) => other.setting === setting)) r.fail(`the setting ${setting} is named twice`)
    changes.push({ setting, value: r.float() })
  }
  return { ifSettingsAt: at === 0 ? null : at - 1, changes }
}

/** Writes all settings, and the index that they come from. @throws {RaftedError} `invalid-argument` if a number is none. */
export function writeSettings(w: Writer, settings: PlacedSettings): void {
  w.uint(settings.index)
  for (const name of SETTING_NAMES) w.float(settings[name])
}

/** Reads what `writeSettings` has written. @throws {BadBytes} */
export function readSettings(r: Reader): PlacedSettings {
  const index = r.uint()
  const changes = SETTING_NAMES.map((setting) => ({ setting, value: r.float() }))
  return withChanges({ ...FIRST_SETTINGS, index }, changes)
}
