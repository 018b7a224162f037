/** The values of one collection. */
import { METRICS, type MetricName } from './description.ts'

/** What tells the values of one metric apart. */
export type Labels = Readonly<Record<string, string>>

/** One value of a metric. */
export interface Sample {
  readonly name: MetricName
  readonly labels: Labels
  /** Finite. Of a counter: never less than before, unless what it counts has begun anew. */
  readonly value: number
}

/** One sample for each metric and labels, however many groups share them. */
export class Sheet {
  readonly #common: Labels
  readonly #samples = new Map<string, Sample>()

  /** @param common labels of every sample. */
  constructor(common: Labels) {
    this.#common = common
  }

  put(name: MetricName, own: Labels, value: number): void {
    // Nothing can be made of what isn't a number, and one such sample would spoil a whole page.
    if (!Number.isFinite(value)) return
    const labels = { ...this.#common, ...own }
    const key = seriesKey(name, labels)
    const before = this.#samples.get(key)?.value
    const merged =
      before === undefined ? value : METRICS[name].merged === 'max' ? Math.max(before, value) : before + value
    this.#samples.set(key, { name, labels, value: merged })
  }

  get samples(): Sample[] {
    return [...this.#samples.values()]
  }
}

/** Labels stand in the same order wherever they are made for one metric. */
export function seriesKey(name: string, labels: Labels): string {
  return [name, ...Object.values(labels)].join('\0')
}
