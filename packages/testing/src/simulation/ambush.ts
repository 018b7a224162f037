/** Trouble for moments that chance alone hardly ever meets. Each run lies in wait for one sort of them. */
import type { Cluster, SimulatedGroup } from './cluster.ts'
import { type HitRole, type Phase, roles } from './coverage.ts'
import { SeededRandom } from './seeded-random.ts'

/** What is to be done to a host now. */
export interface Surprise {
  readonly id: string
  readonly act: 'cut-power' | 'fail-write' | 'wipe' | 'slow-disk' | 'clog'
}

/** What there is to do now, the most wanted first. */
type Trap = (cluster: Cluster) => readonly Surprise[]

export class Ambush {
  readonly #trap: Trap
  readonly #done = new Set<string>()

  /** @param seed of the run: what is drawn here changes nothing else of it. */
  constructor(seed: number) {
    const random = new SeededRandom(~seed)
    const writes = 1 + random.below(2)
    // Candidates whose group is led already are the rarest of all.
    const phase = random.pick(['steady', 'change', 'change'] as const)
    const kind = random.below(10)
    if (kind < 4) this.#trap = powerCut('candidate', phase, writes)
    else if (kind < 6) this.#trap = strike('fail-write', 'candidate', phase)
    else if (kind < 7) this.#trap = strike('wipe', 'candidate', phase)
    else if (kind < 9) this.#trap = lateNews
    else this.#trap = powerCut(random.pick(roles), phase, writes)
  }

  /** @returns what is to be done now, if the moment has come: to each host once. */
  look(cluster: Cluster): Surprise | null {
    for (const surprise of this.#trap(cluster)) {
      const key = `${surprise.act} ${surprise.id}`
      if (this.#done.has(key)) continue
      this.#done.add(key)
      return surprise
    }
    return null
  }
}

/**
 * The power is cut when so many writes are not durable that one can be lost and a later one kept. Disks are made slow for that: those of members in this
 * part, and of candidates, whose votes are under way for long enough that another one is elected.
 */
function powerCut(role: HitRole, phase: Phase, writes: number): Trap {
  return (cluster) => {
    const found = membersIn(cluster, role, phase)
    const loaded = found.filter((id) => cluster.disks.get(id)!.unsyncedWrites >= writes)
    const early = role === 'candidate' ? membersIn(cluster, role, 'election') : []
    return [...as('cut-power', loaded), ...as('slow-disk', found), ...as('slow-disk', early)]
  }
}

function strike(act: Surprise['act'], role: HitRole, phase: Phase): Trap {
  return (cluster) => as(act, membersIn(cluster, role, phase))
}

/** A new term has a candidate, and nobody hears of it while the old leader goes on. */
function lateNews(cluster: Cluster): readonly Surprise[] {
  const contested = cluster.groups.filter(
    (group) => hostsOf(cluster, group, 'leader').length > 0 && cluster.phaseOf(group) === 'election',
  )
  return contested.flatMap((group) => as('clog', hostsOf(cluster, group, 'candidate')))
}

function as(act: Surprise['act'], hosts: readonly string[]): readonly Surprise[] {
  return hosts.map((id) => ({ id, act }))
}

function membersIn(cluster: Cluster, role: HitRole, phase: Phase): readonly string[] {
  return cluster.groups.flatMap((group) => {
    const hosts = hostsOf(cluster, group, role)
    return hosts.length > 0 && cluster.phaseOf(group) === phase ? hosts : []
  })
}

function hostsOf(cluster: Cluster, group: SimulatedGroup, role: HitRole): readonly string[] {
  return cluster.up.filter((id) => cluster.roleOf(id, group) === role)
}
