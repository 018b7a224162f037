/** The logs of all groups, as what batches say makes them, one thing after the other. */
import type { LogRecord } from './batch.ts'
import { Bytes, Unreadable } from './bytes.ts'
import { LogItems, type ReadEntry } from './log-items.ts'
import { type NamedEntries, orUntrue, type ReadBatch } from './said.ts'

/** What is known of one group. */
export interface ReadLog {
  readonly name: string
  readonly incarnation: string
  readonly member: string
  readonly removedAt: number | null
  readonly term: number
  readonly vote: string | null
  readonly base: { readonly index: number; readonly term: number }
  /** Index of the last entry. */
  readonly last: number
  /** The highest index that the log is known to have held, if entries are lost. */
  readonly lostTo: number | null
  /** Those after the base that can be read, by index. */
  readonly entries: ReadonlyMap<number, ReadEntry>
  /** Terms of those that can't be read. */
  readonly damaged: ReadonlyMap<number, number>
}

type Facts = Omit<ReadLog, 'last' | 'entries' | 'damaged'>

interface Changing {
  facts: Facts
  last: number
  readonly items: LogItems
  /** What it is may not be what was said of it last. */
  isInDoubt: boolean
}

/** Of a group of which only entries have been heard. */
const UNSAID: Facts = {
  name: '',
  incarnation: '',
  member: '',
  removedAt: null,
  term: 0,
  vote: null,
  base: { index: 0, term: 0 },
  lostTo: null,
}

export class GroupLogs {
  readonly #groups = new Map<number, Changing>()
  /** Those that the batch names. */
  #named = new Set<number>()
  /** There may be groups that are not known. */
  #mayLack = false
  readonly #inNewest: ReadonlySet<number>

  /** @param inNewest the groups of which the newest segment says what they are. */
  constructor(inNewest: ReadonlySet<number>) {
    this.#inNewest = inNewest
  }

  /** @throws {Untrue} if it says what can't be. */
  take({ offset, said, factsLostAt }: ReadBatch): void {
    this.#named = new Set()
    // What is lost may have stood before the rest, or behind it.
    if (factsLostAt !== null) this.#doubt()
    for (const what of said)
      if ('offset' in what) orUntrue(what.offset, () => this.#record(what))
      else orUntrue(offset, () => this.#unreadable(what))
    if (factsLostAt !== null) {
      this.#doubt()
    } else if (said.some((what) => 'offset' in what && what.kind === 5)) {
      this.#mayLack = false
      for (const group of this.#groups.keys()) if (!this.#named.has(group)) this.#groups.delete(group)
    }
  }

  /** Here stood batches of which nothing is known: also cuts, so that entries from before may be none any more. */
  gap(): void {
    this.#doubt()
    for (const { items } of this.#groups.values()) items.doubt()
  }

  #doubt(): void {
    this.#mayLack = true
    for (const group of this.#groups.values()) group.isInDoubt = true
  }

  /** @returns each log up to the first entry that it lacks. @throws {Unreadable} if it lacks one and nothing is damaged. */
  logs(isDamaged: boolean): readonly ReadLog[] {
    return [...this.#groups.values()].map(({ facts, last, items }) => {
      const { index } = facts.base
      const sound = items.soundTo(index, last)
      if (sound < last && !isDamaged) throw new Unreadable('entries are in no file')
      const lostTo = sound < last ? Math.max(last, facts.lostTo ?? 0) : facts.lostTo
      return { ...facts, last: sound, lostTo, ...items.between(index, sound) }
    })
  }

  #record({ kind, group, entryKind, content }: LogRecord): void {
    const bytes = new Bytes(content)
    if (kind === 1 || kind === 2) {
      const [index, term, time] = [bytes.u64(), bytes.u64(), bytes.u64()]
      const entry = { index, term, kind: entryKind, time, payload: bytes.take(bytes.left) }
      const log = this.#logOf(group)
      if (log === null) return
      if (kind === 2) this.#copied(log, index, () => log.items.set(index, { term, entry }))
      else this.#appended(log, index, term, () => log.items.set(index, { term, entry }))
    } else if (kind === 3) this.#group(group, bytes)
    else if (kind === 4) this.#groups.delete(group)
    // What those of a catalogue say has been heard before the segments were read.
    else if (kind !== 5 && kind !== 6) throw new Unreadable('a record of an unknown kind')
  }

  /** @returns null if entries of it are left out. */
  #logOf(group: number): Changing | null {
    const log = this.#groups.get(group)
    if (log !== undefined) return log
    if (!this.#mayLack) throw new Unreadable('an entry of no group')
    if (!this.#inNewest.has(group)) return null
    const unsaid = { facts: UNSAID, last: 0, items: new LogItems(), isInDoubt: true }
    this.#groups.set(group, unsaid)
    return unsaid
  }

  #appended(log: Changing, index: number, term: number, put: () => void): void {
    const { items, isInDoubt, last } = log
    if (index !== last + 1 && !isInDoubt) throw new Unreadable('an entry that follows none')
    if (isInDoubt) items.cutFrom(index)
    items.prove(term)
    put()
    log.last = index
  }

  #copied({ facts, last, isInDoubt }: Changing, index: number, put: () => void): void {
    if (index > facts.base.index && (index <= last || isInDoubt)) put()
  }

  #unreadable({ group, copies, special, first, last, term }: NamedEntries): void {
    const log = this.#logOf(group)
    if (log === null) return
    for (let index = first; index <= last; index++) {
      const item = { term, entry: special ? ('lost' as const) : ('unreadable' as const) }
      if (copies) this.#copied(log, index, () => log.items.name(index, item))
      else this.#appended(log, index, term, () => log.items.set(index, item))
    }
  }

  #group(number: number, bytes: Bytes): void {
    const facts: Facts = {
      name: bytes.text(),
      incarnation: bytes.text(),
      member: bytes.text(),
      removedAt: orNull(bytes.varint()),
      term: bytes.varint(),
      vote: bytes.text() || null,
      base: { index: bytes.varint(), term: bytes.varint() },
      lostTo: null,
    }
    const last = bytes.varint()
    const lostTo = bytes.left > 0 ? bytes.varint() : null
    bytes.done()
    const items = this.#groups.get(number)?.items ?? new LogItems()
    items.cutFrom(last + 1)
    items.cutTo(facts.base.index)
    items.prove(facts.term)
    this.#groups.set(number, { facts: { ...facts, lostTo }, last, items, isInDoubt: false })
    this.#named.add(number)
  }
}

function orNull(number: number): number | null {
  return number === 0 ? null : number - 1
}

/** @returns the older segments that are needed, by number, and where each ends. @throws {Untrue} */
export function neededSegments(batches: readonly ReadBatch[]): ReadonlyMap<number, number> {
  let needed = new Map<number, number>()
  for (const what of batches.flatMap(({ said }) => said)) {
    if (!('offset' in what) || (what.kind !== 5 && what.kind !== 6)) continue
    orUntrue(what.offset, () => {
      const bytes = new Bytes(what.content)
      if (what.kind === 5) needed = catalogue(bytes)
      else needed.delete(bytes.varint())
      bytes.done()
    })
  }
  return needed
}

/** @returns the numbers of the groups of which it is said what they are. */
export function saidGroups(batches: readonly ReadBatch[]): ReadonlySet<number> {
  const said = batches.flatMap((batch) => batch.said)
  return new Set(said.flatMap((what) => ('offset' in what && what.kind === 3 ? [what.group] : [])))
}

function catalogue(bytes: Bytes): Map<number, number> {
  bytes.varint()
  bytes.varint()
  const needed = new Map<number, number>()
  for (let left = bytes.varint(); left > 0; left--) needed.set(bytes.varint(), bytes.varint())
  return needed
}
