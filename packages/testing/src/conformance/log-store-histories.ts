/** Long random histories: a log store is a set of plain arrays, whatever came before. */
import type { GroupWrite, LogStore, LogWrite } from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import { type Claims, numbersFrom } from './case.ts'
import { checkEntries, checkLog, entryAt, LogModel, snapshotAt } from './log-model.ts'
import { identityOf, type LogStorePlace } from './log-store-place.ts'

const GROUPS = ['a', 'b', 'c']
const STEPS = 80
const SEEDS = 12

class History {
  readonly #number: () => number
  readonly #store: LogStore
  readonly #models = new Map<string, LogModel>()
  readonly #underWay: Promise<void>[] = []
  #created = 0

  constructor(store: LogStore, seed: number) {
    this.#store = store
    this.#number = numbersFrom(seed)
  }

  #below(n: number): number {
    return Math.floor(this.#number() * n)
  }

  async step(): Promise<void> {
    const group = GROUPS[this.#below(GROUPS.length)]!
    const model = this.#models.get(group)
    const dice = this.#below(20)
    if (model === undefined) await this.#create(group)
    else if (dice < 12) this.#write()
    else if (dice < 15) await this.#read(group, model)
    else if (dice < 17) await this.#compact(group, model)
    else if (dice === 17) await this.check()
    else if (dice === 18 && this.#below(4) === 0) await this.#remove(group)
    else await Promise.all(this.#underWay.splice(0))
  }

  async #create(group: string): Promise<void> {
    const model = new LogModel(identityOf(group, ++this.#created))
    await this.#store.create(group, model.identity)
    this.#models.set(group, model)
  }

  /** Not waited for: several are under way. */
  #write(): void {
    const writes: GroupWrite[] = []
    for (const [group, model] of this.#models)
      for (let n = this.#below(3); n > 0; n--) writes.push({ group, write: model.write(this.#change(model)) })
    this.#underWay.push(this.#store.write(writes))
  }

  #change(model: LogModel): Partial<LogWrite> {
    const dice = this.#below(12)
    const term = model.term + (dice < 6 ? 0 : 1)
    const reset = dice === 11 ? snapshotAt(model.last + this.#below(5), term) : null
    const base = reset?.index ?? model.base.index
    const last = reset?.index ?? model.last
    // Mostly a few of the last, as conflicts are; anywhere, too.
    const depth = this.#below(4) === 0 ? last - base : Math.min(8, last - base)
    const truncateFrom = dice >= 8 && depth > 0 ? last - this.#below(depth) : null
    const next = truncateFrom ?? last + 1
    // Those that a leader sends may be of any term since the one they follow, older than what stood in their place, too.
    let itsTerm = reset?.term ?? model.entries[next - base - 2]?.term ?? model.base.term
    const entries = Array.from({ length: this.#below(6) }, (_, i) => {
      if (this.#below(3) === 0) itsTerm += this.#below(term - itsTerm + 1)
      const kind = this.#below(8) === 0 ? EntryKind.configuration : EntryKind.command
      const size = this.#below(20) === 0 ? this.#below(100_000) : this.#below(60)
      return entryAt(next + i, itsTerm, { kind, size })
    })
    return { term, vote: dice % 2 === 0 ? null : `member ${dice}`, reset, truncateFrom, entries }
  }

  async #read(group: string, model: LogModel): Promise<void> {
    const from = model.base.index + 1 + this.#below(model.entries.length + 2)
    const count = this.#below(10)
    const expected = model.entries.slice(from - model.base.index - 1).slice(0, count)
    checkEntries(await this.#store.read(group, from, count, Number.MAX_SAFE_INTEGER), expected)
  }

  async #compact(group: string, model: LogModel): Promise<void> {
    if (model.entries.length === 0) return
    const upTo = model.compact(model.base.index + 1 + this.#below(model.entries.length))
    await this.#store.compact(group, upTo)
  }

  async #remove(group: string): Promise<void> {
    await Promise.all(this.#underWay.splice(0))
    this.#models.delete(group)
    await this.#store.remove(group)
  }

  async check(): Promise<void> {
    await Promise.all(this.#underWay.splice(0))
    for (const [group, model] of this.#models) await checkLog(this.#store, group, model)
  }
}

export const histories: Claims<LogStorePlace> = {
  'any history of writes, reads and compactions gives what plain arrays would': async (place) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const store = await place.open()
      for (const group of await store.groups()) await store.remove(group)
      const history = new History(store, seed)
      for (let step = 0; step < STEPS; step++) {
        try {
          await history.step()
        } catch (cause) {
          throw new Error(`seed ${seed}, step ${step}: ${(cause as Error).message}`, { cause })
        }
      }
      await history.check()
      await store.close()
    }
  },
}
