/**
 * A B-tree whose nodes are shared until they are changed: entries in its leaves, in the order of their keys. A node belongs to whoever made it; who owns
 * the tree and not the node makes a copy of it, and of what leads there, and leaves the others as they are.
 */

/** Entries of a leaf, or children of a branch, at most; a node that is not the root has half of it at least. */
export const MAX_WIDTH = 32
export const MIN_WIDTH = MAX_WIDTH / 2

/** Negative if `a` stands before `b`, 0 if they are the same key. */
export type Order<K> = (a: K, b: K) => number

/** Who may change a node. A fresh object each. */
export type Owner = object

export interface Leaf<K, V> {
  readonly owner: Owner
  readonly children: null
  readonly keys: K[]
  readonly values: V[]
}

export interface Branch<K, V> {
  readonly owner: Owner
  readonly children: SortedNode<K, V>[]
  /** All in `children[i]` is below `keys[i]`, and nothing in those behind it is. One less than there are children. */
  readonly keys: K[]
  readonly values: null
}

export type SortedNode<K, V> = Leaf<K, V> | Branch<K, V>

export function emptyTree<K, V>(owner: Owner): SortedNode<K, V> {
  return { owner, children: null, keys: [], values: [] }
}

/** The first place whose key is not below `key`. */
export function placeOf<K>(keys: readonly K[], key: K, order: Order<K>): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (order(keys[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The child in which `key` stands, if it is there. */
export function childOf<K, V>(branch: Branch<K, V>, key: K, order: Order<K>): number {
  const { keys } = branch
  const place = placeOf(keys, key, order)
  return place < keys.length && order(keys[place]!, key) === 0 ? place + 1 : place
}

/** The leaf in which `key` stands, and where; null if it isn't there. */
export function find<K, V>(
  root: SortedNode<K, V>,
  key: K,
  order: Order<K>,
): { readonly leaf: Leaf<K, V>; readonly at: number } | null {
  let node = root
  while (node.children !== null) node = node.children[childOf(node, key, order)]!
  const at = placeOf(node.keys, key, order)
  return at < node.keys.length && order(node.keys[at]!, key) === 0 ? { leaf: node, at } : null
}

/** One change of a tree by its owner. Every call answers the root there is from then on. */
export class TreeChange<K, V> {
  readonly #owner: Owner
  readonly #order: Order<K>
  /** Whether an entry has come or gone. */
  isOther = false

  constructor(owner: Owner, order: Order<K>) {
    this.#owner = owner
    this.#order = order
  }

  set(root: SortedNode<K, V>, key: K, value: V): SortedNode<K, V> {
    const own = this.#own(root)
    this.#set(own, key, value)
    if (widthOf(own) <= MAX_WIDTH) return own
    const { key: between, right } = this.#split(own)
    return { owner: this.#owner, children: [own, right], keys: [between], values: null }
  }

  /** @param key that is there. */
  delete(root: SortedNode<K, V>, key: K): SortedNode<K, V> {
    const own = this.#own(root)
    this.#delete(own, key)
    return own.children?.length === 1 ? own.children[0]! : own
  }

  #own(node: SortedNode<K, V>): SortedNode<K, V> {
    const owner = this.#owner
    if (node.owner === owner) return node
    if (node.children === null)
      return { owner, children: null, keys: node.keys.slice(), values: node.values.slice() }
    return { owner, children: node.children.slice(), keys: node.keys.slice(), values: null }
  }

  #set(node: SortedNode<K, V>, key: K, value: V): void {
    if (node.children === null) {
      const at = placeOf(node.keys, key, this.#order)
      if (at < node.keys.length && this.#order(node.keys[at]!, key) === 0) {
        node.values[at] = value
        return
      }
      node.keys.splice(at, 0, key)
      node.values.splice(at, 0, value)
      this.isOther = true
      return
    }
    const at = childOf(node, key, this.#order)
    const child = this.#ownChild(node, at)
    this.#set(child, key, value)
    if (widthOf(child) > MAX_WIDTH) this.#splitChild(node, at, child)
  }

  #delete(node: SortedNode<K, V>, key: K): void {
    if (node.children === null) {
      const at = placeOf(node.keys, key, this.#order)
      node.keys.splice(at, 1)
      node.values.splice(at, 1)
      this.isOther = true
      return
    }
    const at = childOf(node, key, this.#order)
    const child = this.#ownChild(node, at)
    this.#delete(child, key)
    if (widthOf(child) < MIN_WIDTH) this.#fill(node, Math.max(0, at - 1))
  }

  #ownChild(node: Branch<K, V>, at: number): SortedNode<K, V> {
    const child = this.#own(node.children[at]!)
    node.children[at] = child
    return child
  }

  #splitChild(node: Branch<K, V>, at: number, child: SortedNode<K, V>): void {
    const { key, right } = this.#split(child)
    node.keys.splice(at, 0, key)
    node.children.splice(at + 1, 0, right)
  }

  /** Takes the upper half out of a node. @param node that is owned. */
  #split(node: SortedNode<K, V>): { readonly key: K; readonly right: SortedNode<K, V> } {
    const owner = this.#owner
    const middle = widthOf(node) >> 1
    if (node.children === null) {
      const keys = node.keys.splice(middle)
      return { key: keys[0]!, right: { owner, children: null, keys, values: node.values.splice(middle) } }
    }
    const keys = node.keys.splice(middle)
    const children = node.children.splice(middle)
    const key = node.keys.pop()!
    return { key, right: { owner, children, keys, values: null } }
  }

  /** One of the children at `at` and `at + 1` has too little: they become one, or share evenly what they have. */
  #fill(node: Branch<K, V>, at: number): void {
    const left = this.#ownChild(node, at)
    const right = node.children[at + 1]!
    const between = node.keys[at]!
    if (left.children === null) {
      append(left.keys, right.keys)
      append(left.values, right.values!)
    } else {
      left.keys.push(between)
      append(left.keys, right.keys)
      append(left.children, right.children!)
    }
    node.keys.splice(at, 1)
    node.children.splice(at + 1, 1)
    if (widthOf(left) > MAX_WIDTH) this.#splitChild(node, at, left)
  }
}

function append<T>(to: T[], from: readonly T[]): void {
  for (const each of from) to.push(each)
}

function widthOf<K, V>({ keys, children }: SortedNode<K, V>): number {
  return children === null ? keys.length : children.length
}
