/** What recipes need of the world: a clock to renew and retry by, and names that nobody else has. */
import type { Clock, Random } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'

/** For tests on virtual time. What is left out is that of this process. */
export interface RecipeSeams {
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
}

export function seamsOf({ clock = realClock, random = realRandom }: RecipeSeams): {
  readonly clock: Clock
  readonly random: Random
} {
  return { clock, random }
}
