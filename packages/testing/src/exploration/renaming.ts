/**
 * Members differ by nothing but their names at the beginning, so situations that differ only by the names are one. A renaming
 * gives each member the name of another.
 */

/** `renaming[i]` is the place whose name the member at place `i` gets. */
export type Renaming = readonly number[]

/** All renamings of `count` members; the first changes nothing. */
export function renamingsOf(count: number): Renaming[] {
  let found: number[][] = [[]]
  for (let place = 0; place < count; place++)
    found = found.flatMap((before) =>
      Array.from({ length: count }, (_, name) => name)
        .filter((name) => !before.includes(name))
        .map((name) => [...before, name]),
    )
  return found
}

/** In what a core saves, these arrays have one item for each member, in the order of the configuration. */
const byMember = new Set(['votes', 'peers'])

/** A copy of plain data in which each member has its new name. */
export function renamed(value: unknown, names: readonly string[], renaming: Renaming): unknown {
  if (typeof value === 'string') {
    const place = names.indexOf(value)
    return place < 0 ? value : names[renaming[place]!]
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => renamed(item, names, renaming))
  const result: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const copy = renamed(item, names, renaming)
    result[key] = byMember.has(key) && Array.isArray(copy) ? moved(copy, renaming) : copy
  }
  return result
}

function moved(items: readonly unknown[], renaming: Renaming): unknown[] {
  const result: unknown[] = []
  for (let place = 0; place < items.length; place++) result[renaming[place]!] = items[place]
  return result
}
