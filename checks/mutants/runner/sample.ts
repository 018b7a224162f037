/** A few planted bugs for each day, so that all of them get their turn and each day's can be had again. */
import type { Listed } from './catalogue.ts'

/** How many are of one day. */
export const SAMPLE = 5

const DAY_MS = 86_400_000
/** Coprime to the number of any list that it doesn't divide: steps through all of it, and neighbours are of different areas. */
const STRIDE = 7919

/** @param day as in `2026-01-31`. */
export function sampleOf(mutants: readonly Listed[], day: string, count: number): readonly Listed[] {
  const run = mutants.filter(({ equivalent }) => equivalent === undefined)
  const first = Math.floor(Date.parse(day) / DAY_MS) * count
  const taken = new Set<Listed>()
  for (let i = first; i < first + Math.min(count, run.length); i++) taken.add(run[(i * STRIDE) % run.length]!)
  return [...taken]
}
