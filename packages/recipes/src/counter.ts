/** Counters by name: what many processes count together, each step once. */
import { CommandError, CowMap, defineValue, type ValueHandle, type Watch } from '@rafted/contracts'

/** A machine for any number of counters. One that was never set, or was removed, is 0. They are safe integers; a step beyond them is refused, `out-of-range`. */
export const counters = defineValue({
  create: () => new CowMap<string, number>(),
  commands: {
    add: (all, name: string, by: number) => put(all, name, (all.get(name) ?? 0) + by),
    set: (all, name: string, to: number) => put(all, name, to),
    /** @returns what it was, if that was expected, and is changed by now; else null. */
    setIf(all, name: string, expected: number, to: number) {
      if ((all.get(name) ?? 0) !== expected) return null
      put(all, name, to)
      return expected
    },
    remove: (all, name: string) => all.delete(name),
  },
  queries: {
    get: (all, name: string) => all.get(name) ?? 0,
    all: (all) => new Map(all),
  },
  snapshot: (all) => all.freeze(),
  restore: (all, [name, value]: readonly [string, number]) => void all.set(name, value),
})

function put(all: CowMap<string, number>, name: string, value: number): number {
  if (typeof name !== 'string' || !Number.isSafeInteger(value))
    throw new CommandError('out-of-range', 'A counter has a name, and stays among the safe integers.', {
      value,
    })
  all.set(name, value)
  return value
}

/** One counter. Every call may be made from any process; each step counts once, whatever is retried. */
export interface Counter {
  readonly name: string
  /**
   * Adds to it, 1 by default; a negative number takes away. @returns what it is then. @param key the caller's own name for this step: given again, by whatever
   * process, it changes nothing and has the same answer, as long as the group keeps it (`retainedResults`).
   * @throws {RaftedError} `command-error` with the reason `out-of-range`, and what any command does.
   */
  add(by?: number, options?: { readonly key?: string | undefined }): Promise<number>
  /** @returns what it is. Linearizable. */
  get(): Promise<number>
  /** Sets it, whatever it is. @returns `to`. */
  set(to: number): Promise<number>
  /** Sets it if it is what is expected. @returns whether it was. */
  setIf(expected: number, to: number): Promise<boolean>
  /** What it is, and again whenever it is something else. What is overtaken before it is read is left out. */
  watch(): Watch<number>
}

/** @param handle `host.value(group, counters)`, or a client's. Its options (`with`) hold for all calls. */
export function counter(handle: ValueHandle<typeof counters>, name: string): Counter {
  return {
    name,
    add: (by = 1, { key } = {}) => handle.with({ key }).add(name, by),
    get: () => handle.get(name),
    set: (to) => handle.set(name, to),
    setIf: async (expected, to) => (await handle.setIf(name, expected, to)) !== null,
    watch: () => handle.watchQuery('get', name),
  }
}
