/**
 * The value that endures: lists to which writers append numbered items, and registers for histories. It stays small however long
 * the run: what has been audited is cut from the lists, and only its hash and length remain.
 */
import { CommandError, defineValue } from '@rafted/contracts'

/** The name of the group. */
export const GROUP = 'ledger'
/** More writers than a run has. */
const MAX_WRITERS = 64
/** Items of a writer that nobody has audited yet: far more than it gets ahead of its audit. */
const MAX_KEPT = 65_536
/** Registers kept: an operation that is older has been given up long ago. */
const KEPT_REGISTERS = 64

interface List {
  /** The place in the whole list of the first item that is kept. */
  cut: number
  readonly items: number[]
  /** Of all items there ever were, in order. */
  hash: number
}

interface State {
  readonly lists: Map<string, List>
  readonly registers: Map<number, number>
  newest: number
}

type Item =
  | {
      readonly writer: string
      readonly cut: number
      readonly items: readonly number[]
      readonly hash: number
    }
  | { readonly register: number; readonly value: number }

/** A part of a writer's list, and the length and hash of the whole. */
export interface Page {
  readonly from: number
  readonly items: readonly number[]
  readonly length: number
  readonly hash: number
}

/** The hash of a list that goes on with `item`. */
export function hashed(hash: number, item: number): number {
  return (Math.imul(hash ^ item, 0x9e3779b1) >>> 0) ^ (hash >>> 15)
}

export const ledger = defineValue({
  create: (): State => ({ lists: new Map(), registers: new Map(), newest: 0 }),
  // So little that it is copied before the first item is taken.
  snapshot: (state: State): Iterable<Item> => itemsOf(state),
  restore(state: State, item: Item) {
    if ('writer' in item) {
      const { writer, cut, items, hash } = item
      state.lists.set(writer, { cut, items: [...items], hash })
    } else {
      state.registers.set(item.register, item.value)
      state.newest = Math.max(state.newest, item.register)
    }
  },
  commands: {
    /** @returns its place in the writer's list. The bytes only weigh. */
    append(state: State, writer: string, item: number, _weight: Uint8Array): number {
      const list = listOf(state, writer)
      if (list.items.length >= MAX_KEPT) throw new CommandError('full', 'Nobody audits this list.')
      list.hash = hashed(list.hash, item)
      return list.cut + list.items.push(item) - 1
    },
    /** Forgets the items before a place. */
    cut(state: State, writer: string, upTo: number): void {
      const list = listOf(state, writer)
      const gone = Math.min(list.items.length, upTo - list.cut)
      if (gone <= 0) return
      list.items.splice(0, gone)
      list.cut += gone
    },
    /** @returns what stood there before. */
    write(state: State, register: number, to: number): number {
      const before = standing(state, register)
      setRegister(state, register, to)
      return before
    },
    /** Sets it if it holds `from`. @returns what stood there before. */
    swap(state: State, register: number, from: number, to: number): number {
      const before = standing(state, register)
      if (before === from) setRegister(state, register, to)
      return before
    },
  },
  queries: {
    read: (state: State, register: number): number => standing(state, register),
    page(state: State, writer: string, from: number, count: number): Page {
      const { cut, items, hash } = state.lists.get(writer) ?? { cut: 0, items: [], hash: 0 }
      const first = Math.max(from, cut)
      return {
        from: first,
        items: items.slice(first - cut, first - cut + count),
        length: cut + items.length,
        hash,
      }
    },
    /** All of it, as text: the same text for equal values. */
    text: (state: State): string => JSON.stringify(itemsOf(state)),
  },
})

/** Copied, and in an order that doesn't depend on how they came. */
function itemsOf({ lists, registers }: State): Item[] {
  const byName = [...lists].sort(([a], [b]) => (a < b ? -1 : 1))
  const byNumber = [...registers].sort(([a], [b]) => a - b)
  return [
    ...byName.map(([writer, { cut, items, hash }]) => ({ writer, cut, items: [...items], hash })),
    ...byNumber.map(([register, value]) => ({ register, value })),
  ]
}

function listOf({ lists }: State, writer: string): List {
  let list = lists.get(writer)
  if (list === undefined) {
    if (lists.size >= MAX_WRITERS) throw new CommandError('full', 'There are too many writers.')
    list = { cut: 0, items: [], hash: 0 }
    lists.set(writer, list)
  }
  return list
}

function standing({ registers, newest }: State, register: number): number {
  if (register <= newest - KEPT_REGISTERS) throw new CommandError('gone', 'That register is kept no longer.')
  return registers.get(register) ?? 0
}

function setRegister(state: State, register: number, to: number): void {
  const { registers } = state
  registers.set(register, to)
  if (register <= state.newest) return
  state.newest = register
  for (const old of registers.keys()) if (old <= register - KEPT_REGISTERS) registers.delete(old)
}
