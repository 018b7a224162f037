export { BadBytes, type BadBytesCode } from './bad-bytes.ts'
export {
  commonVersion,
  type DecodedBatch,
  type DecodedHead,
  type DecodeLimits,
  decodeBatch,
  decodeHead,
  type EncodeOptions,
  encodeBatch,
  itemBytes,
} from './batch.ts'
export { decodeConfiguration, encodeConfiguration } from './configuration-codec.ts'
export { type EntriesMemo, newEntriesMemo } from './entry-codec.ts'
export {
  type CommandHead,
  type CommandPayload,
  decodeCommandHead,
  decodeCommandPayload,
  decodeLease,
  decodeSessionPayload,
  encodeCommandPayload,
  encodeLease,
  encodeSessionPayload,
  type KeptSession,
  type LeasePayload,
  type SessionPayload,
  type Withdrawal,
} from './entry-payload.ts'
export * from './envelope.ts'
export {
  type AgreedSettings,
  CHOSEN_NAMES,
  FIRST_SETTINGS,
  type GroupSettings,
  MAX_RETAINED_RESULTS,
  MAX_SESSIONS,
  type PlacedSettings,
  RISING_NAMES,
  type RisingSetting,
  SETTING_NAMES,
  type SettingChange,
  type SettingName,
  settingProblem,
  settingsProblem,
  withChanges,
} from './group-settings.ts'
export * from './limits.ts'
export * from './link.ts'
export { drawFirstId, errorResponse, PendingCalls, unreachableResponse } from './pending-calls.ts'
export { Reader } from './reader.ts'
export * from './request.ts'
export {
  decodeSettingsPayload,
  encodeSettingsPayload,
  readSettings,
  type SettingsPayload,
  writeSettings,
} from './settings-codec.ts'
export { decodeSnapshotMeta, encodeSnapshotMeta } from './snapshot-meta-codec.ts'
export { cutToBytes, hasLoneSurrogate, utf8Length } from './utf8.ts'
export { createValueCodec, valueCodec } from './value-codec.ts'
export type { ValueLimits } from './value-limits.ts'
export { pathText } from './value-path.ts'
export type { Withdrawn } from './withdrawal-codec.ts'
export { Writer } from './writer.ts'
