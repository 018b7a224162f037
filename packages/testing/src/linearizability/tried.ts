/**
 * The configurations that have been tried (Lowe's memory). One that used fewer of the optional operations can do all that one
 * with more can, so only those with the fewest are kept.
 */
export class Tried {
  readonly #sets = new Map<string, Uint32Array[]>()

  /** @returns false if it, or one that can do as much, has been here before. @param used the optional operations used, as bits. */
  add(configuration: string, used: Uint32Array): boolean {
    const sets = this.#sets.get(configuration)
    if (sets === undefined) {
      this.#sets.set(configuration, [used])
      return true
    }
    if (sets.some((set) => isSubset(set, used))) return false
    const kept = sets.filter((set) => !isSubset(used, set))
    kept.push(used)
    this.#sets.set(configuration, kept)
    return true
  }
}

function isSubset(part: Uint32Array, whole: Uint32Array): boolean {
  if (part.length > whole.length) return false
  for (let i = 0; i < part.length; i++) if ((part[i]! & ~whole[i]!) !== 0) return false
  return true
}
