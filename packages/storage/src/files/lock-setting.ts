/** What all parts of a directory lock work with. */
import type { Clock, FileSystem, Random } from '@rafted/contracts'
import type { Machine } from './machine.ts'

export interface LockSetting {
  readonly directory: string
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly machine: Machine
  /** How often the owner's count of beats changes at least, in milliseconds. */
  readonly interval: number
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
