/** Hosts that go and come back, one after another or two at a time, for hours, with nothing else to trouble them. */
import { expect } from 'vitest'
import { DrillHosts, group, list } from '../recovery/drill-hosts.ts'

/** How a host goes, and comes back. Each is as good a reason for another leader as any, if it led, and none if it did not. */
const ways = ['stops', 'crashes', 'is cut off', 'leaves', 'loses its disk'] as const
type Way = (typeof ways)[number]

export interface Counts {
  readonly departures: Record<Way, number>
  /** By hosts that led. */
  ofLeaders: number
  /** Terms that began, after the first. */
  terms: number
  virtualMs: number
}

/** @throws if a term begins while the leader is where it was. */
export async function comeAndGo(seed: number, virtualMs: number): Promise<Counts> {
  // The times that every group has unless somebody chooses others.
  const hosts = new DrillHosts(seed, {})
  hosts.isShadowed = false
  try {
    return await new ComingsAndGoings(hosts).run(virtualMs)
  } finally {
    await hosts.end()
  }
}

class ComingsAndGoings {
  readonly #hosts: DrillHosts
  readonly #counts: Counts = {
    departures: { stops: 0, crashes: 0, 'is cut off': 0, leaves: 0, 'loses its disk': 0 },
    ofLeaders: 0,
    terms: 0,
    virtualMs: 0,
  }
  /** How often the disk of each host was replaced. */
  readonly #disks = new Map<string, number>()
  #items = 0

  constructor(hosts: DrillHosts) {
    this.#hosts = hosts
  }

  async run(virtualMs: number): Promise<Counts> {
    const hosts = this.#hosts
    const { clock, random, ids } = hosts
    const [founder, ...others] = ids
    await hosts.start(founder!, { isFounder: true })
    for (const id of others) await hosts.start(id)
    await this.#allInOrder()
    const begun = clock.now()
    while (clock.now() < begun + virtualMs) {
      await this.#round()
      await this.#add()
      await hosts.pause(random.between(1, 240) * 1000)
    }
    this.#counts.virtualMs = clock.now() - begun
    return this.#counts
  }

  async #round(): Promise<void> {
    const { random, ids } = this.#hosts
    const before = this.#led()
    const going = this.#some(random.between(1, Math.floor(ids.length / 2)))
    const goings = going.map((id) => [id, random.pick(ways)] as const)
    await Promise.all(goings.map(([id, way]) => this.#goes(id, way)))
    await this.#allInOrder()
    const after = this.#led()
    const said = `${goings.map(([id, way]) => `${id} ${way}`).join(', ')}; ${before.leader} led term ${before.term}`
    if (!going.includes(before.leader)) expect(after, `without need: ${said}`).toEqual(before)
    else this.#counts.ofLeaders += 1
    this.#counts.terms += after.term - before.term
    // And it stays so.
    await this.#hosts.pause(random.between(1, 30) * 1000)
    expect(this.#led(), `afterwards: ${said}`).toEqual(after)
  }

  async #goes(id: string, way: Way): Promise<void> {
    const hosts = this.#hosts
    const { random, network } = hosts
    const awayMs = random.between(0, 60) * 1000
    this.#counts.departures[way] += 1
    await hosts.pause(random.below(3000))
    if (way === 'is cut off') {
      network.isolate(id)
      await hosts.pause(awayMs)
      network.rejoin(id)
      return
    }
    if (way === 'stops') await hosts.stop(id, true)
    else if (way === 'leaves') {
      await hosts.host(id).leave(group, { timeoutMs: 120_000 })
      await hosts.stop(id)
    } else hosts.kill(id)
    if (way === 'loses its disk') this.#disks.set(id, (this.#disks.get(id) ?? 0) + 1)
    await hosts.pause(awayMs)
    const path = `/${id}${this.#disks.get(id) ?? ''}`
    await hosts.start(id, way === 'loses its disk' ? { path, formerData: 'lost' } : { path })
  }

  async #add(): Promise<void> {
    const { random, ids } = this.#hosts
    // It would outlive its host, and wait for a process that is gone for the rest of the day.
    const client = this.#hosts.client(random.pick(ids))
    try {
      expect(await client.value(group, list).add(`item ${this.#items}`)).toBe(++this.#items)
    } finally {
      await client.close()
    }
  }

  async #allInOrder(): Promise<void> {
    const hosts = this.#hosts
    const vote = (): boolean => hosts.ids.every((id) => hosts.voters(id) === hosts.ids.length)
    await hosts.until(
      'all vote, and have all there is',
      () => vote() && hosts.isLevel() && this.#leaders().length === 1,
    )
  }

  #leaders(): string[] {
    return this.#hosts.ids.filter((id) => this.#hosts.host(id).status(group)?.role === 'leader')
  }

  #led(): { readonly leader: string; readonly term: number } {
    const [leader] = this.#leaders()
    const terms = this.#hosts.ids.map((id) => this.#hosts.host(id).status(group)!.term)
    return { leader: leader!, term: Math.max(...terms) }
  }

  #some(count: number): string[] {
    const all = [...this.#hosts.ids]
    return Array.from({ length: count }, () => all.splice(this.#hosts.random.below(all.length), 1)[0]!)
  }
}
