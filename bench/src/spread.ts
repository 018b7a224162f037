/** What several rounds of one figure come to. */

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: number
}

/** @throws {Error} if there is nothing to sum up. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const [least, most] = [sorted[0], sorted.at(-1)]
  if (least === undefined || most === undefined) throw new Error('no rounds: there is nothing to sum up')
  return { median: quantileOf(sorted, 0.5), least, most, rounds: sorted.length }
}

/** @param sorted ascending, not empty. @param part 0 to 1. The nearest rank; of an even number of values, 0.5 is the mean of the two in the middle. */
export function quantileOf(sorted: readonly number[], part: number): number {
  const at = sorted.length / 2
  if (part === 0.5 && Number.isInteger(at)) return (sorted[at - 1]! + sorted[at]!) / 2
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))]!
}

/** `1.23 (1.20–1.31)`. */
export function spreadText({ median, least, most }: Spread, digits: number): string {
  const text = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: digits })
  return `${text(median)} (${text(least)}–${text(most)})`
}
