/** A large value in both ways to write a machine: items of bytes, by number. */
import { CowMap, defineValue, type ValueDefinition } from '@rafted/contracts'

export const forms = ['pure', 'in-place'] as const
export type Form = (typeof forms)[number]

/** Items in a page of the pure value: a command makes one page anew, and the list of pages. */
const PAGE = 128

type Commands = {
  /** Appends items made here, the same on every member: what fills the value does not go through the log. */
  fill(from: number, count: number, bytes: number): number
  put(item: number, bytes: Uint8Array): number
}

type Queries = {
  count(): number
}

export type Items = ValueDefinition<Commands, Queries>

type Pages = readonly (readonly Uint8Array[])[]

const pure = defineValue({
  init: (): Pages => [],
  commands: {
    fill: (pages: Pages, from: number, count: number, bytes: number): [number, Pages] => {
      const next = pages.slice()
      for (let i = from; i < from + count; i++) {
        const at = Math.floor(i / PAGE)
        next[at] = [...(next[at] ?? []), itemOf(i, bytes)]
      }
      return [from + count, next]
    },
    put: (pages: Pages, item: number, bytes: Uint8Array): [number, Pages] => {
      const at = Math.floor(item / PAGE)
      const next = pages.with(at, (pages[at] ?? []).with(item % PAGE, bytes))
      return [item, next]
    },
  },
  queries: { count: (pages) => pages.reduce((all, page) => all + page.length, 0) },
})

const inPlace = defineValue({
  create: () => new CowMap<number, Uint8Array>(),
  snapshot: (items) => items.freeze(),
  restore: (items, [item, bytes]: [number, Uint8Array]) => {
    items.set(item, bytes)
  },
  commands: {
    fill: (items, from: number, count: number, bytes: number) => {
      for (let i = from; i < from + count; i++) items.set(i, itemOf(i, bytes))
      return from + count
    },
    put: (items, item: number, bytes: Uint8Array) => {
      items.set(item, bytes)
      return item
    },
  },
  queries: { count: (items) => items.size },
})

/** Of the kind that a decoded one is: bytes outside of the heap of the engine. */
function itemOf(i: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(i)
}

export function itemsIn(form: Form): Items {
  return form === 'pure' ? pure : inPlace
}
