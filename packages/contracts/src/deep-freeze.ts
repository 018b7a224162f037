/** Freezing of whole values, to find commands that change them. */
import { isTypedArray } from './slice-layout.ts'

/** What `Object.freeze` leaves open. */
const MAP_CHANGES = ['set', 'delete', 'clear'] as const
const SET_CHANGES = ['add', 'delete', 'clear'] as const

/**
 * Freezes `value` and all in it, `Map`s and `Set`s included; typed arrays and dates stay as they are. What is in `frozen` is
 * not looked at again, and all that was frozen is added to it: the cost is that of what is new.
 */
export function deepFreeze(value: unknown, frozen: WeakSet<object>): void {
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null || frozen.has(next) || isTypedArray(next)) continue
    frozen.add(next)
    if (next instanceof Map) {
      forbid(next, MAP_CHANGES)
      for (const [key, child] of next) waiting.push(key, child)
    } else if (next instanceof Set) {
      forbid(next, SET_CHANGES)
      for (const child of next) waiting.push(child)
    }
    Object.freeze(next)
    for (const key of Reflect.ownKeys(next)) waiting.push((next as Record<PropertyKey, unknown>)[key])
  }
}

/** A method that throws stands before each that changes; not enumerable, so that nobody takes it for part of the value. */
function forbid(collection: object, names: readonly string[]): void {
  if (!Object.isExtensible(collection)) return
  for (const name of names) {
    const value = (): never => {
      throw new TypeError(`Cannot ${name} in a frozen value`)
    }
    Object.defineProperty(collection, name, { value })
  }
}
