/** What was counted since the beginning. All series of a group begin at 0 together, so that the first of something is seen to be one more. */
import { METRIC_NAMES, METRICS, type MetricName, type MetricNameOf, type Scope } from './description.ts'
import { type Labels, type Sheet, seriesKey } from './samples.ts'

type CounterName = MetricNameOf<'counter'>

interface Counted {
  readonly name: MetricName
  readonly labels: Labels
  value: number
}

/** Those of one scope, of one group if that is by group. */
type Family = Map<string, Counted>

export class Counters {
  /** As many as there are labels of groups, twice, and one. */
  readonly #families = new Map<string, Family>()

  /** @param group its label; null for what is the host's. @param own the value of the metric's own label, if it has one. */
  add(name: CounterName, group: string | null, own: string | null = null, by = 1): void {
    const counted = this.begin(METRICS[name].scope, group).get(seriesKey(name, labelsOf(name, group, own)))
    if (counted !== undefined) counted.value += by
  }

  /** From now on there is at least a 0. */
  begin(scope: Scope, group: string | null): Family {
    const key = seriesKey(scope, group === null ? {} : { group })
    let family = this.#families.get(key)
    if (family === undefined) {
      family = beginning(scope, group)
      this.#families.set(key, family)
    }
    return family
  }

  /** The label of a group is given up. */
  drop(group: string): void {
    for (const scope of ['group', 'caller']) this.#families.delete(seriesKey(scope, { group }))
  }

  putInto(sheet: Sheet): void {
    for (const family of this.#families.values())
      for (const { name, labels, value } of family.values()) sheet.put(name, labels, value)
  }
}

function beginning(scope: Scope, group: string | null): Family {
  const family: Family = new Map()
  for (const name of METRIC_NAMES) {
    const described = METRICS[name]
    if (described.kind !== 'counter' || described.scope !== scope) continue
    for (const own of described.label?.values ?? [null]) {
      const labels = labelsOf(name, group, own)
      family.set(seriesKey(name, labels), { name, labels, value: 0 })
    }
  }
  return family
}

function labelsOf(name: MetricName, group: string | null, own: string | null): Labels {
  const { label } = METRICS[name]
  return {
    ...(group === null ? {} : { group }),
    ...(label === undefined || own === null ? {} : { [label.name]: own }),
  }
}
