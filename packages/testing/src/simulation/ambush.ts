/**
 * A power cut for a moment that chance alone hardly ever meets: a member of a rare role, in a rare phase, with so many writes that are not
 * durable that one of them can be lost and a later one kept. Each run waits for one such moment.
 */
import type { Cluster } from './cluster.ts'
import { type HitRole, type Phase, roles } from './coverage.ts'
import { SeededRandom } from './seeded-random.ts'

const phases: readonly Phase[] = ['steady', 'change']

export class Ambush {
  readonly #role: HitRole
  readonly #phase: Phase
  readonly #writes: number
  #isOver = false

  /** @param seed of the run: what is drawn here changes nothing else of it. */
  constructor(seed: number) {
    const random = new SeededRandom(~seed)
    // Candidates whose group is led already are the rarest of all.
    this.#role = random.chance(0.6) ? 'candidate' : random.pick(roles)
    this.#phase = random.pick(phases)
    this.#writes = 1 + random.below(2)
  }

  /** @returns the host whose power is to be cut now, if the moment has come: it comes once. */
  look(cluster: Cluster): string | null {
    if (this.#isOver) return null
    for (const group of cluster.groups)
      for (const id of cluster.up)
        if (
          cluster.roleOf(id, group) === this.#role &&
          cluster.disks.get(id)!.unsyncedWrites >= this.#writes &&
          cluster.phaseOf(group) === this.#phase
        ) {
          this.#isOver = true
          return id
        }
    return null
  }
}
