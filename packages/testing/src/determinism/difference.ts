/** Where two values differ that should have the same content (`content-hash.ts` says what that is). */
import { classOf } from './content-hash.ts'
import { shown } from './shown.ts'

export interface Difference {
  /** How to get there: `value["seats"][3]`, `value.get("A1")`. */
  readonly path: string
  /** What stands there in the one and in the other, for people. */
  readonly left: string
  readonly right: string
}

/** A part that both have, and how to get there. */
interface Pair {
  readonly left: unknown
  readonly right: unknown
  readonly above: Pair | null
  readonly step: string
}

/** More than this is not looked at. */
const MAX_PAIRS = 4_000_000

/** @returns the first place where they differ, or null. */
export function firstDifference(left: unknown, right: unknown, name = 'value'): Difference | null {
  const waiting: Pair[] = [{ left, right, above: null, step: name }]
  for (let looked = 0; waiting.length > 0 && looked < MAX_PAIRS; looked++) {
    const pair = waiting.pop()!
    if (pair.left === pair.right && (pair.left !== 0 || Object.is(pair.left, pair.right))) continue
    const found = differenceHere(pair.left, pair.right)
    if (found !== null) return { path: pathOf(pair) + found.at, left: found.left, right: found.right }
    const children = childrenOf(pair)
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!)
  }
  return null
}

type Here = { readonly at: string; readonly left: string; readonly right: string }

/** Whether the two differ by themselves, not in what they hold. */
function differenceHere(left: unknown, right: unknown): Here | null {
  if (!isObject(left) || !isObject(right)) {
    const same = Object.is(left, right)
    return same ? null : { at: '', left: shown(left), right: shown(right) }
  }
  if (kindOf(left) !== kindOf(right))
    return { at: '', left: `${kindOf(left)} ${shown(left)}`, right: `${kindOf(right)} ${shown(right)}` }
  if (left instanceof Date) {
    const same = Object.is(left.getTime(), (right as Date).getTime())
    return same ? null : { at: '', left: shown(left), right: shown(right) }
  }
  if (ArrayBuffer.isView(left)) return differentBytes(left, right as ArrayBufferView)
  if (Array.isArray(left)) return differentElements(left, right as readonly unknown[])
  return differentKeys(keysOf(left), keysOf(right))
}

/** How many there are, and where there is none. */
function differentElements(left: readonly unknown[], right: readonly unknown[]): Here | null {
  if (left.length !== right.length)
    return { at: ', length', left: String(left.length), right: String(right.length) }
  for (let i = 0; i < left.length; i++) {
    if (i in left === i in right) continue
    const there = (array: readonly unknown[]): string => (i in array ? shown(array[i]) : 'a hole')
    return { at: `[${i}]`, left: there(left), right: there(right) }
  }
  return null
}

function differentBytes(left: ArrayBufferView, right: ArrayBufferView): Here | null {
  const [a, b] = [left, right].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  ) as [Uint8Array, Uint8Array]
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a[at] === b[at]) at++
  if (at === a.length && at === b.length) return null
  const there = (bytes: Uint8Array): string => (at < bytes.length ? String(bytes[at]) : 'nothing')
  return { at: `, byte ${at}`, left: there(a), right: there(b) }
}

/** What is there is the same in the same order, or it is told. */
function differentKeys(left: readonly unknown[], right: readonly unknown[]): Here | null {
  const length = Math.max(left.length, right.length)
  for (let i = 0; i < length; i++) {
    if (i >= left.length || i >= right.length || !sameKey(left[i], right[i])) {
      const there = (keys: readonly unknown[]): string => (i < keys.length ? shown(keys[i]) : 'nothing')
      return { at: `, key number ${i + 1}`, left: there(left), right: there(right) }
    }
  }
  return null
}

function sameKey(left: unknown, right: unknown): boolean {
  // Keys of a Map and elements of a Set may be values themselves.
  if (isObject(left) && isObject(right)) return firstDifference(left, right) === null
  return Object.is(left, right)
}

/** What has to be there in the same order. */
function keysOf(value: object): readonly unknown[] {
  return value instanceof Map || value instanceof Set ? [...value.keys()] : Object.keys(value)
}

function childrenOf(above: Pair): Pair[] {
  const { left, right } = above
  if (!isObject(left) || !isObject(right) || left instanceof Set || ArrayBuffer.isView(left)) return []
  if (left instanceof Map) {
    const others = [...(right as ReadonlyMap<unknown, unknown>).values()]
    return [...left].map(([key, child], i) => ({
      left: child,
      right: others[i],
      above,
      step: `.get(${shown(key)})`,
    }))
  }
  const other = right as Readonly<Record<string, unknown>>
  return Object.entries(left).map(([key, child]) => ({
    left: child as unknown,
    right: other[key],
    above,
    step: Array.isArray(left) ? `[${key}]` : `[${JSON.stringify(key)}]`,
  }))
}

function pathOf(pair: Pair): string {
  const steps: string[] = []
  for (let at: Pair | null = pair; at !== null; at = at.above) steps.push(at.step)
  return steps.reverse().join('')
}

function kindOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null ? 'an object without a prototype' : classOf(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
