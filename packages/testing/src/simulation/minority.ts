/** Hosts in trouble at the end of a run, that no group needs for its majority: the others make progress meanwhile. */
import type { Cluster, SimulatedGroup } from './cluster.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { VirtualNetwork } from './virtual-network.ts'

/** How long the disks of a minority do nothing. What is left of it when the others have made progress is waited for. */
const STALL_MS = 20_000

export interface MinorityOptions {
  /** Of the run. */
  readonly hosts: readonly string[]
  readonly groups: readonly SimulatedGroup[]
  readonly cluster: Cluster
  readonly network: VirtualNetwork
  readonly random: SeededRandom
}

export class Minority {
  readonly #o: MinorityOptions
  readonly hosts: readonly string[]

  constructor(options: MinorityOptions) {
    this.#o = options
    const { hosts, groups, random } = options
    const broken: string[] = []
    for (const id of hosts) {
      const without = [...broken, id]
      const isEnough = groups.every((group) => {
        const voters = group.hosts.filter((host) => !group.learners.has(host))
        return 2 * voters.filter((host) => !without.includes(host)).length > voters.length
      })
      if (isEnough && random.chance(0.8)) broken.push(id)
    }
    this.hosts = broken
  }

  break(): void {
    for (const id of this.hosts) this.#break(id)
  }

  #break(id: string): void {
    const { hosts, cluster, network, random } = this.#o
    const way = random.below(4)
    if (way === 0) cluster.kill(id, 'power')
    else if (way === 1) cluster.clock(id)?.hold(false)
    else if (way === 2) cluster.disks.get(id)!.stall(STALL_MS)
    else
      for (const other of hosts)
        if (other !== id) {
          network.cut(id, other, 'partition')
          if (random.chance(0.7)) network.cut(other, id, 'partition')
        }
  }

  mend(): void {
    const { cluster, network } = this.#o
    for (const id of this.hosts) {
      network.heal('partition')
      cluster.clock(id)?.resume()
      cluster.disks.get(id)!.endStall()
      void cluster.start(id)
    }
  }
}
