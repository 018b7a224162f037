/** How large the things are that grow: what `--growth` takes, and what it gives. */
import type { Chart } from '../chart.ts'

export interface GrowthBench {
  /** Commands that one group commits in a row: powers of ten up to this. */
  readonly commands: number
  readonly sessions: readonly number[]
  readonly members: readonly number[]
  readonly valueMib: readonly number[]
  readonly payloads: readonly number[]
  /** Entries of a log that is opened without a snapshot: powers of ten up to this. */
  readonly entries: number
  /** Of each point of sessions, members, values and payloads. */
  readonly measureMs: number
}

export interface Growth {
  /** Of its picture, and of its part in the report. */
  readonly name: string
  readonly chart: Chart
  /** What was measured how, in a sentence. */
  readonly how: string
}

/** Powers of ten from `least` to `most`, both included. */
export function decades(least: number, most: number): number[] {
  const all: number[] = []
  for (let count = least; count <= most; count *= 10) all.push(count)
  return all
}
