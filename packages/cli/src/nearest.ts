/** The word that somebody may have meant. */

/** @returns the one that differs least, if it is only by a letter or two; else null. */
export function nearest(typed: string, words: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.min(3, Math.floor(typed.length / 2) + 1)
  for (const word of words) {
    const distance = distanceOf(typed, word)
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best
}

/** Letters that are put in, left out or exchanged (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const exchanged = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(exchanged, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}
