/** What happens to a cluster while it is under load: hosts are killed, networks are cut. */
import type { SeededRandom } from '@rafted/testing'
import type { Cluster } from './cluster.ts'

export interface TroubleSetting {
  readonly cluster: Cluster
  readonly random: SeededRandom
  /** Commands acknowledged so far. */
  acknowledged(): number
  /** Whether there is no more to be learnt from faults. */
  enough(): boolean
  /** Whether the run has ended before its time. */
  over(): boolean
  /** Receives a line for each fault. */
  say(line: string): void
}

export interface Trouble {
  /** Makes trouble for so long, milliseconds. Resolves when everything is well again. */
  run(ms: number): Promise<void>
  /** What there was of it, by its name. */
  readonly count: readonly [name: string, number]
  /** The same in full, for people. */
  rows(): (readonly [name: string, text: string])[]
  /** What a run of so many seconds lacked to mean something. */
  tooEasy(seconds: number): string[]
}
