/** Chance as a number that is kept with the rest of the world: the same number gives the same draws. */

/** The next state of a source of chance, and what it draws: uniform in [0, 1). */
export function draw(state: number): [next: number, value: number] {
  const next = (state + 0x6d2b79f5) >>> 0
  let mixed = Math.imul(next ^ (next >>> 15), next | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return [next, ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32]
}

/** The state in which the source number `stream` of this seed begins. */
export function beginning(seed: number, stream: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) >>> 0
}
