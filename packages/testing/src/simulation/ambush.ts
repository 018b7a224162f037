/** Trouble for moments that chance alone hardly ever meets. Each run lies in wait for one of them. */
import type { Cluster, SimulatedGroup } from './cluster.ts'
import { type HitRole, type Phase, roles } from './coverage.ts'
import { SeededRandom } from './seeded-random.ts'

/** What is to be done to a host now. */
export interface Surprise {
  readonly id: string
  readonly act: 'cut-power' | 'fail-write' | 'slow-disk' | 'clog'
}

type Trap = (cluster: Cluster) => Surprise | null

export class Ambush {
  readonly #random: SeededRandom
  #trap: Trap | null

  /** @param seed of the run: what is drawn here changes nothing else of it. */
  constructor(seed: number) {
    const random = new SeededRandom(~seed)
    this.#random = random
    const kind = random.below(10)
    // Candidates whose group is led already are the rarest of all.
    const phase = random.pick(['steady', 'change', 'change'] as const)
    if (kind < 5) this.#trap = this.#powerCut('candidate', phase)
    else if (kind < 6) this.#trap = this.#failedWrite('candidate', phase)
    else if (kind < 8) this.#trap = lateNews
    else this.#trap = this.#powerCut(random.pick(roles), random.pick(['steady', 'change']))
  }

  /** @returns what is to be done now, if the moment has come. */
  look(cluster: Cluster): Surprise | null {
    const surprise = this.#trap?.(cluster) ?? null
    // A disk is slowed to have something to lose when the power is cut: the trap stays.
    if (surprise !== null && surprise.act !== 'slow-disk') this.#trap = null
    return surprise
  }

  /** The power is cut when so much is not durable that one write can be lost and a later one kept. The disk is made slow for that. */
  #powerCut(role: HitRole, phase: Phase): Trap {
    const writes = 1 + this.#random.below(2)
    let hasSlowed = false
    return (cluster) => {
      const found = membersIn(cluster, role, phase)
      const id = found.find((one) => cluster.disks.get(one)!.unsyncedWrites >= writes)
      if (id !== undefined) return { id, act: 'cut-power' }
      if (hasSlowed || found.length === 0) return null
      hasSlowed = true
      return { id: this.#random.pick(found), act: 'slow-disk' }
    }
  }

  #failedWrite(role: HitRole, phase: Phase): Trap {
    return (cluster) => {
      const found = membersIn(cluster, role, phase)
      return found.length === 0 ? null : { id: this.#random.pick(found), act: 'fail-write' }
    }
  }
}

/** A new term has a candidate, and nobody hears of it while the old leader goes on. */
function lateNews(cluster: Cluster): Surprise | null {
  for (const group of cluster.groups) {
    if (cluster.phaseOf(group) !== 'election' || hostsOf(cluster, group, 'leader').length === 0) continue
    const [id] = hostsOf(cluster, group, 'candidate')
    if (id !== undefined) return { id, act: 'clog' }
  }
  return null
}

function membersIn(cluster: Cluster, role: HitRole, phase: Phase): string[] {
  return cluster.groups.flatMap((group) => {
    const hosts = hostsOf(cluster, group, role)
    return hosts.length > 0 && cluster.phaseOf(group) === phase ? hosts : []
  })
}

function hostsOf(cluster: Cluster, group: SimulatedGroup, role: HitRole): string[] {
  return cluster.up.filter((id) => cluster.roleOf(id, group) === role)
}
