/** What a run has found, in words. */
import type { FuzzResult } from './fuzz.ts'
import { allKinds } from './samples.ts'
import { slowdownOf, tellingOf } from './slowness.ts'

/** So many times slower honest calls may be while frames are hostile. */
const MOST_SLOWDOWN = 2

/** The sums of a shorter run say little: kinds that are sent rarely may be missing by chance, and one busy moment of the machine makes calls slow. */
export const FULL_RUN = 200_000

/** What is wrong with the sums, if anything. */
export function problemsOf(result: FuzzResult): string[] {
  const problems: string[] = []
  if (result.frames < FULL_RUN) return problems
  const missing = allKinds.filter((kind) => (result.reached[kind] ?? 0) === 0)
  if (missing.length > 0) problems.push(`none of these came through: ${missing.join(', ')}`)
  for (const part of ['p50', 'p99'] as const) {
    const slowdown = slowdownOf(result.pairs, part)
    if (slowdown !== null && slowdown > MOST_SLOWDOWN)
      problems.push(`honest calls are ${slowdown.toFixed(2)} times slower (${part})`)
  }
  return problems
}

export function summaryOf(result: FuzzResult): string[] {
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([what, times]) => `${what} ${times}`)
      .join(', ')
  const median = (side: 'hostile' | 'valid', of: 'p50' | 'p99'): string => {
    const sorted = result.pairs.map((pair) => pair[side][of]).sort((a, b) => a - b)
    return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2)
  }
  const slowdown = (of: 'p50' | 'p99'): string => {
    const times = slowdownOf(result.pairs, of)
    const judged = times === null ? 'not judged' : `${times.toFixed(2)} times`
    return `${of} ${median('hostile', of)} ms against ${median('valid', of)} ms, ${judged}`
  }
  const perSecond = (seconds: number): number => (seconds === 0 ? 0 : Math.round(result.stormed / seconds))
  const telling = `${tellingOf(result.pairs).length} of ${result.pairs.length} comparisons count, the machine was too busy for the others`
  return [
    `sent        ${list(result.sorts)}`,
    `speed       ${perSecond(result.seconds)} frames/s; ${perSecond(result.cpuSeconds)} for each second of processor time of the attacked process`,
    `came through${allKinds.map((kind) => ` ${kind} ${result.reached[kind] ?? 0}`).join(',')}`,
    `told        ${list(result.told)}`,
    `sacrificed  ${result.sacrifices} groups`,
    `honest      ${result.answered} calls answered; ${slowdown('p50')}; ${slowdown('p99')}; ${telling}`,
    `memory      at most ${mebibytes(result.growth)} MiB more than before`,
  ]
}
