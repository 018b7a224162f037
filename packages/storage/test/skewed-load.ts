/** A load on very many groups, a few of which get most of it, next to some that are idle, slow or huge. It knows what each log has to hold. */
import { entryBytes, type LogEntry, type LogStore } from '@rafted/contracts'
import { entry, identity, write } from './log-setting.ts'

export interface SkewedLoadOptions {
  readonly groups: number
  /** What a group of each kind does; the others write and compact. */
  readonly kindOf?: (group: number) => GroupKind
  readonly below: (bound: number) => number
}

/**
 * `idle` writes once and never again. `slow` writes and never compacts, as when its member is stuck. `huge` keeps much more than others do, in large entries.
 */
export type GroupKind = 'usual' | 'idle' | 'slow' | 'huge'

/** Bytes of its log at which a usual group compacts nearly all of it, and a huge one a part. */
const USUAL_BYTES = 2_000
const HUGE_BYTES = 300_000
/** Writes that go into one batch. */
const TOGETHER = 24

interface Known {
  readonly name: string
  readonly kind: GroupKind
  term: number
  base: number
  baseTerm: number
  entries: LogEntry[]
  bytes: number
}

export class SkewedLoad {
  readonly #store: LogStore
  readonly #o: SkewedLoadOptions
  readonly known: Known[]
  /** `entryBytes` of all that the logs have to hold. */
  neededBytes = 0

  constructor(store: LogStore, options: SkewedLoadOptions) {
    this.#store = store
    this.#o = options
    this.known = Array.from({ length: options.groups }, (_, i) => ({
      name: `group-${i}`,
      kind: options.kindOf?.(i) ?? 'usual',
      term: 1,
      base: 0,
      baseTerm: 0,
      entries: [],
      bytes: 0,
    }))
  }

  /** Every group is there, with a few entries. */
  async begin(): Promise<void> {
    await Promise.all(this.known.map(({ name }) => this.#store.create(name, identity)))
    await Promise.all(this.known.map((log) => this.#append(log, 2, 60)))
  }

  /** Writes of many groups in one batch, and what follows from them. */
  async step(): Promise<void> {
    const { below } = this.#o
    await Promise.all(Array.from({ length: TOGETHER }, () => this.#act(this.#draw(), below(30))))
  }

  /** A few of the groups are drawn most of the time: the k-th about as often as 1/k. */
  #draw(): Known {
    const { below, groups } = this.#o
    const rank = Math.floor(groups ** (below(1_000_000) / 1_000_000)) - 1
    return this.known[Math.min(groups - 1, rank)]!
  }

  async #act(log: Known, what: number): Promise<void> {
    const { below } = this.#o
    if (log.kind === 'idle') return
    if (what === 0) return await this.#truncate(log, below(3))
    // A candidate that is not elected: a term, and no entry.
    if (what <= 3) return await this.#vote(log)
    if (log.kind === 'huge') await this.#append(log, 1, 20_000)
    else await this.#append(log, 1 + below(4), below(8) === 0 ? 2000 : 100)
    if (log.kind === 'slow') return
    if (log.bytes > (log.kind === 'huge' ? HUGE_BYTES : USUAL_BYTES))
      await this.#compact(log, log.kind === 'huge' ? 3 : log.entries.length - below(4))
  }

  #append(log: Known, count: number, size: number): Promise<void> {
    const from = log.base + log.entries.length + 1
    const added = Array.from({ length: count }, (_, i) => entry(from + i, log.term, this.#o.below(size)))
    log.entries.push(...added)
    this.#count(log, added, 1)
    return this.#write(log, { entries: added })
  }

  #truncate(log: Known, count: number): Promise<void> {
    const at = Math.max(0, log.entries.length - count)
    this.#count(log, log.entries.splice(at), -1)
    log.term++
    return this.#write(log, { truncateFrom: log.base + at + 1 })
  }

  #vote(log: Known): Promise<void> {
    log.term++
    return this.#write(log, { vote: 'somebody' })
  }

  async #compact(log: Known, count: number): Promise<void> {
    const gone = log.entries.splice(0, count)
    this.#count(log, gone, -1)
    log.base += gone.length
    log.baseTerm = gone.at(-1)?.term ?? log.baseTerm
    await this.#store.compact(log.name, { index: log.base, term: log.baseTerm })
  }

  #write(log: Known, change: Parameters<typeof write>[0]): Promise<void> {
    return this.#store.write([{ group: log.name, write: write({ term: log.term, ...change }) }])
  }

  #count(log: Known, entries: readonly LogEntry[], sign: number): void {
    const bytes = sign * entries.reduce((sum, { payload }) => sum + entryBytes(payload), 0)
    log.bytes += bytes
    this.neededBytes += bytes
  }
}
