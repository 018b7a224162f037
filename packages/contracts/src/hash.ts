/** Hashes of 32 bits, the same everywhere: where several hosts come to the same answer each by itself. Not for input that somebody may have chosen so that hashes collide. */

/** FNV-1a over UTF-16 units. @param basis 0x811c9dc5 in the original. @returns 32 bits, signed; texts that differ little are near each other: see `mixed`. */
export function fnv1a(text: string, basis: number): number {
  let hash = basis
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

/** The last mixing of MurmurHash3: each bit decides about half of the others, and no two numbers become one. @returns 32 bits, signed. */
export function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
