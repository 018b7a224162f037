/** What people change of what all members of a group agree on. */
import {
  CHOSEN_NAMES,
  type GroupSettings,
  type PlacedSettings,
  type SettingsPayload,
  settingProblem,
} from '@rafted/wire'
import { invalidArgument } from './failures.ts'
import type { WaitOptions } from './options.ts'

/** On what a change of settings is based. */
export interface ChangeSettingsOptions extends WaitOptions {
  /**
   * Only if the settings in effect come from the entry at this index (`status(…).settings.index`): else `settings-changed`, unless they are as they are to
   * be already. Default: wherever they come from.
   */
  readonly ifSettingsAt?: number | undefined
}

/** What a group agrees on. */
export interface Settings {
  /**
   * Changes settings of the group, those that are named, on all members alike. Resolves with all of them when that is committed and the leader goes by
   * it; what is so already is done. Rejects with `invalid-argument` for what no group can have, and then nothing is changed.
   */
  changeSettings(
    name: string,
    changes: Partial<GroupSettings>,
    options?: ChangeSettingsOptions,
  ): Promise<PlacedSettings>
}

/** @throws {RaftedError} `invalid-argument` for what can't be right whatever the settings are. */
export function settingsChange(
  changes: Partial<GroupSettings>,
  { ifSettingsAt }: ChangeSettingsOptions,
): SettingsPayload {
  if (typeof changes !== 'object' || changes === null)
    throw invalidArgument('The settings to change are an object.')
  const named = Object.entries(changes).filter(([, value]) => value !== undefined)
  if (named.length === 0) throw invalidArgument('Name a setting to change at least.')
  for (const [name, value] of named) {
    if (!isSetting(name))
      throw invalidArgument(`"${name}" is no setting of a group: there are ${CHOSEN_NAMES.join(', ')}.`)
    const problem = settingProblem(name, value)
    if (problem !== null) throw invalidArgument(`Nothing is changed: ${problem}.`)
  }
  if (ifSettingsAt !== undefined && !(Number.isSafeInteger(ifSettingsAt) && ifSettingsAt >= 0))
    throw invalidArgument('`ifSettingsAt` is the index of settings, as `status` tells it.')
  return {
    ifSettingsAt: ifSettingsAt ?? null,
    changes: named.map(([setting, value]) => ({ setting: setting as keyof GroupSettings, value })),
  }
}

function isSetting(name: string): name is keyof GroupSettings {
  return CHOSEN_NAMES.some((known) => known === name)
}
