/** What the registry is told is looked at before anything comes of it. */
import { CommandError } from '@rafted/contracts'
import { DEFAULT_SETTINGS, type FleetSettings } from './records.ts'

/** @throws {CommandError} `bad-argument`. */
export function checkSettings(changes: Partial<FleetSettings>, current: FleetSettings): FleetSettings {
  if (typeof changes !== 'object' || changes === null) throw bad('Settings are an object.')
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(DEFAULT_SETTINGS, name)) throw bad(`There is no setting "${name}" of a fleet.`)
    if (typeof value !== 'number' || !(value > 0) || value === Number.POSITIVE_INFINITY)
      throw bad(`The setting ${name} is a number above zero, not ${String(value)}.`)
  }
  const next = { ...current, ...changes }
  if (next.controlVoters % 2 !== 1) throw bad('controlVoters is an odd whole number.')
  for (const name of ['movesPerHost', 'movesPerZone'] as const)
    if (!Number.isSafeInteger(next[name])) throw bad(`The setting ${name} is a whole number.`)
  return next
}

/** Members of a group, at most. */
export const MAX_REPLICAS = 9

/** @throws {CommandError} `bad-argument`. */
export function checkReplicas(replicas: number): number {
  if (Number.isSafeInteger(replicas) && replicas >= 1 && replicas <= MAX_REPLICAS) return replicas
  throw bad(`A group has 1 to ${MAX_REPLICAS} members, not ${String(replicas)}.`)
}

export function bad(message: string): CommandError {
  return new CommandError('bad-argument', message)
}
