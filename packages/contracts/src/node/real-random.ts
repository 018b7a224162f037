import { randomBytes } from 'node:crypto'
import type { Random } from '../random.ts'

/** Chance from the operating system for identities, from the engine for delays. */
export const realRandom: Random = {
  number: () => Math.random(),
  bytes: (count: number) => randomBytes(count),
}
