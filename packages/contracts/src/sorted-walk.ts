/** Walks the entries of a sorted tree, or a range of them, in either direction. */
import { childOf, type Order, placeOf, type SortedNode } from './sorted-tree.ts'

/** Which keys: all, unless it is bounded. At most one bound on each side. */
export interface KeyRange<K> {
  /** The lowest key, if it is there. */
  readonly from?: K | undefined
  /** Only keys above this one. */
  readonly after?: K | undefined
  /** The highest key, if it is there. */
  readonly to?: K | undefined
  /** Only keys below this one. */
  readonly before?: K | undefined
  /** From the highest to the lowest. Default false. */
  readonly reverse?: boolean | undefined
}

/** A node on the way from the root, and the child in which the way goes on, or the next entry. */
interface Step<K, V> {
  readonly node: SortedNode<K, V>
  at: number
}

export function* walk<K, V>(
  root: SortedNode<K, V>,
  order: Order<K>,
  { from, after, to, before, reverse = false }: KeyRange<K>,
): Generator<[K, V], undefined> {
  const isAbove = (key: K): boolean =>
    (from === undefined || order(key, from) >= 0) && (after === undefined || order(key, after) > 0)
  const isBelow = (key: K): boolean =>
    (to === undefined || order(key, to) <= 0) && (before === undefined || order(key, before) < 0)
  const [start, isIn] = reverse ? [to ?? before, isBelow] : [from ?? after, isAbove]
  const isStill = reverse ? isAbove : isBelow
  const direction = reverse ? -1 : 1
  const way = wayTo(root, start, order, reverse)
  for (let step = way.at(-1); step !== undefined; step = onward(way, direction)) {
    const { keys, values } = step.node as { keys: K[]; values: V[] }
    for (; step.at >= 0 && step.at < keys.length; step.at += direction) {
      const key = keys[step.at]!
      // Only the first, or the one behind it, can stand before the range.
      if (!isIn(key)) continue
      if (!isStill(key)) return
      yield [key, values[step.at]!]
    }
  }
}

/** The way to the place of `start`, or to the first entry, or the last. */
function wayTo<K, V>(
  root: SortedNode<K, V>,
  start: K | undefined,
  order: Order<K>,
  reverse: boolean,
): Step<K, V>[] {
  const way: Step<K, V>[] = []
  let node = root
  for (;;) {
    const { children, keys } = node
    const last = (children ?? keys).length - 1
    let at = reverse ? last : 0
    if (start !== undefined)
      at =
        children === null
          ? Math.min(placeOf(keys, start, order), reverse ? last : last + 1)
          : childOf(node, start, order)
    way.push({ node, at })
    if (children === null) return way
    node = children[at]!
  }
}

/** On to the next leaf. */
function onward<K, V>(way: Step<K, V>[], direction: 1 | -1): Step<K, V> | undefined {
  way.pop()
  for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
    step.at += direction
    const next = step.node.children![step.at]
    if (next !== undefined) return down(way, next, direction)
    way.pop()
  }
  return undefined
}

function down<K, V>(way: Step<K, V>[], from: SortedNode<K, V>, direction: 1 | -1): Step<K, V> {
  for (let node = from; ; ) {
    const { children, keys } = node
    const at = direction === 1 ? 0 : (children ?? keys).length - 1
    const step = { node, at }
    way.push(step)
    if (children === null) return step
    node = children[at]!
  }
}
