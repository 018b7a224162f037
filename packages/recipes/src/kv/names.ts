/** Keys within a namespace: what stands before them is put there for the store, and taken away for the caller. */
import type { KvEntry, KvEvent, KvPageOptions, KvRange, KvWatchEvent } from './entry.ts'
import type { KvFilter } from './machine.ts'
import type { KvCondition, KvOperation, KvResult } from './transaction-types.ts'

export class Names {
  readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  key(key: string): string {
    // What is no string is refused by the store: in its own words, and not as `…/undefined`.
    return typeof key === 'string' ? this.prefix + key : key
  }

  range<Range extends KvRange & Pick<KvPageOptions, 'limit' | 'reverse'>>(range: Range): Range {
    const full: { -readonly [Name in keyof KvRange]: KvRange[Name] } = { ...range }
    for (const name of ['from', 'after', 'to', 'before'] as const)
      if (range[name] !== undefined) full[name] = this.key(range[name])
    return { ...range, ...full, prefix: this.key(range.prefix ?? '') }
  }

  filter({ key, range = {} }: KvFilter): KvFilter {
    return key === undefined ? { range: this.range(range) } : { key: this.key(key) }
  }

  condition<V>(condition: KvCondition<V>): KvCondition<V> {
    return { ...condition, key: this.key(condition.key) }
  }

  operation<V>(operation: KvOperation<V>): KvOperation<V> {
    return 'range' in operation
      ? ({ ...operation, range: this.range(operation.range) } as KvOperation<V>)
      : { ...operation, key: this.key(operation.key) }
  }

  /** The caller's own name of a key. */
  own(key: string): string {
    return key.slice(this.prefix.length)
  }

  ownNext(next: string | null): string | null {
    return next === null ? null : this.own(next)
  }

  entry<V, Some extends KvEntry | null | undefined>(entry: Some): KvEntry<V> | Exclude<Some, KvEntry> {
    return (entry ? { ...entry, key: this.own(entry.key) } : entry) as KvEntry<V> | Exclude<Some, KvEntry>
  }

  entries<V>(entries: readonly KvEntry[]): KvEntry<V>[] {
    return entries.map((entry) => this.entry<V, KvEntry>(entry))
  }

  result<V>(result: KvResult): KvResult<V> {
    switch (result.op) {
      case 'put':
      case 'delete':
        return result.previous === undefined
          ? (result as KvResult<V>)
          : ({ ...result, previous: this.entry(result.previous) } as KvResult<V>)
      case 'get':
        return { op: 'get', entry: this.entry<V, KvEntry | null>(result.entry) }
      case 'range':
        return { op: 'range', entries: this.entries(result.entries), next: this.ownNext(result.next) }
      default:
        return result
    }
  }

  watched<V>(event: KvWatchEvent): KvWatchEvent<V> {
    return event.kind === 'snapshot'
      ? { ...event, entries: this.entries(event.entries) }
      : { ...event, events: event.events.map((one) => this.#event(one)) }
  }

  #event<V>(event: KvEvent): KvEvent<V> {
    return event.kind === 'put'
      ? { kind: 'put', entry: this.entry<V, KvEntry>(event.entry) }
      : { ...event, key: this.own(event.key) }
  }
}
