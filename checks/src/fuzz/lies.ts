/** Items that are well formed and say what nobody has found out: forged numbers, names and yeses. */

import type { SeededRandom } from '@rafted/testing'
import type { Item } from '@rafted/wire'
import type { KnownGroup } from './knowledge.ts'
import { NOBODY } from './samples.ts'

const FAR = [2 ** 31, 2 ** 32, 2 ** 48, 2 ** 53 - 2, 2 ** 53 - 1]
const IDS = [NOBODY, 'a', '__proto__', 'constructor', 'x'.repeat(64), 'ä', '\0']

/** @returns the item with one of its fields, or a few, changed for something it can hold, and perhaps should not. */
export function distorted(item: Item, group: KnownGroup, random: SeededRandom): Item {
  const copy = copyOf(item) as Item
  for (let changes = 1 + random.below(2); changes > 0; changes--) {
    const places = leavesOf(copy)
    const { holder, key } = random.pick(places)
    holder[key] = other(holder[key], group, random)
  }
  return copy
}

/** Where a number, a text or a yes stands. */
interface Leaf {
  readonly holder: Record<string, unknown>
  readonly key: string
}

function leavesOf(value: object, leaves: Leaf[] = []): Leaf[] {
  const holder = value as Record<string, unknown>
  for (const [key, part] of Object.entries(holder)) {
    if (key === 'kind' || part instanceof Uint8Array) continue
    if (typeof part === 'object' && part !== null) leavesOf(part, leaves)
    else leaves.push({ holder, key })
  }
  return leaves
}

function other(value: unknown, group: KnownGroup, random: SeededRandom): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') {
    const near = [0, 1, value - 1, value + 1, group.term + 1, group.lastIndex + 1]
    // Whoever has once believed in a term or an index without a successor can't go on: mostly it is one that leaves room.
    return Math.max(0, random.chance(0.9) ? random.pick(near) : random.pick(FAR))
  }
  if (typeof value === 'string') return random.pick([...group.members, ...IDS, group.name])
  return value
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(copyOf)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)]))
}
