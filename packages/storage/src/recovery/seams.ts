/** What recovery needs of the machine that it runs on. */
import type { Clock, FileSystem, Random } from '@rafted/contracts'
import type { Machine } from '../files/machine.ts'

export interface RecoverySeams {
  readonly fileSystem: FileSystem
  readonly clock: Clock
  readonly random: Random
  readonly machine: Machine
}
