/** What people do to the members of a group: take them out, promote, demote and replace them, and change all at once from what they saw some time ago. */
import type { Configuration, Member, Place } from '@rafted/core'
import type { Cluster, SimulatedGroup } from './cluster.ts'
import type { FaultKind } from './coverage.ts'
import { isWhole } from './disk-health.ts'
import { someLeader } from './hand-over.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-clock.ts'

export interface MemberChangesOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly cluster: Cluster
  readonly trace: Trace
  /** Stops a host and starts it again, as a person does whose member is gone. */
  restart(id: string): void
}

/** How long a person waits for a change. */
const PATIENCE_MS = 20_000
/** How often somebody looks whether all members are what they should be, once the trouble is over. */
const LOOK_MS = 500

interface Led {
  readonly id: string
  readonly group: SimulatedGroup
}

/** A certain member, by its host. */
interface Meant {
  readonly host: string
  readonly group: SimulatedGroup
}

export class MemberChanges {
  readonly #o: MemberChangesOptions
  #underWay = 0

  constructor(options: MemberChangesOptions) {
    this.#o = options
  }

  /** Whether somebody still waits for a change: a group may then get smaller at any moment. */
  get isUnderWay(): boolean {
    return this.#underWay > 0
  }

  /** Takes a member out of the group; its host comes back later as another one. */
  leave(id: string, group: SimulatedGroup): void {
    const { cluster, trace } = this.#o
    const process = cluster.process(id)
    const member = process?.host.inspect(group.name) ?? null
    if (process === undefined || member === null || !group.isFounded || !this.#allDisksAreWhole(group)) return
    trace.note('leave', id, group.name)
    this.#underWay++
    cluster.hit(member.leads ? 'leader removed' : 'member leaves', id, group)
    const again = (): void => {
      this.#underWay--
      if (cluster.process(id) === process) this.#comeBack(id, group)
    }
    Promise.race([process.host.leave(group.name), process.killed]).then(again, again)
  }

  removeLeader(): void {
    const led = someLeader(this.#o)
    if (led !== null) this.leave(led.id, led.group)
  }

  /** Makes a learner a voter when it has caught up, also one that should stay a learner. */
  promote(): void {
    const led = someLeader(this.#o)
    const learner = led && this.#pick(this.#configurationOf(led.id, led.group)?.learners)
    if (led && learner) this.#ask(led, 'member promoted', learner.host, [[learner.id, 'promoted']])
  }

  /** Makes a voter a learner, which may be the leader. @param meant that voter, if it is to be a certain one. */
  demote(meant: Meant | null = null): void {
    const led = this.#someLeaderWithDisks(meant?.group)
    const voter = led && this.#pickVoter(led, meant)
    if (led && voter) this.#ask(led, 'member demoted', voter.host, [[voter.id, 'learner']])
  }

  /** A learner takes the place of a voter, whose host comes back as another member. @param meant that voter, if it is to be a certain one. */
  replace(meant: Meant | null = null): void {
    const led = this.#someLeaderWithDisks(meant?.group)
    if (led === null) return
    const voter = this.#pickVoter(led, meant)
    const learner = this.#pick(this.#configurationOf(led.id, led.group)?.learners)
    if (voter === null || learner === null) return
    this.#ask(led, 'member replaced', voter.host, [
      [learner.id, 'voter'],
      [voter.id, 'out'],
    ])
  }

  /** All members at once, by what some member of the group takes them for. */
  change(): void {
    const { cluster, random } = this.#o
    const led = this.#someLeaderWithDisks()
    if (led === null) return
    const seenAt = random.pick(led.group.hosts)
    const seen = cluster.process(seenAt)?.host.inspect(led.group.name)?.core.standing.configuration ?? null
    if (seen === null) return
    const places: [string, Place][] = []
    const draw = (id: string, own: Place): void => {
      const place = random.chance(0.7) ? own : random.pick<Place>(['voter', 'learner', 'promoted', 'out'])
      if (place !== 'out') places.push([id, place])
    }
    for (const { id } of seen.configuration.voters) draw(id, 'voter')
    for (const { id, promote } of seen.configuration.learners) draw(id, promote ? 'promoted' : 'learner')
    this.#ask(led, 'members changed', led.id, places, seen.index)
  }

  /** From now on, somebody sees to it that all members are what they should be. */
  restore(): void {
    for (const group of this.#o.cluster.groups) this.#restore(group)
    this.#o.time.after(LOOK_MS, () => this.restore())
  }

  #restore(group: SimulatedGroup): void {
    const { cluster, restart } = this.#o
    for (const host of group.hosts) if (cluster.looksInVain(host, group)) restart(host)
    const id = cluster.up.find((host) => cluster.process(host)!.host.inspect(group.name)?.leads)
    const { voters = [], learners = [] } = (id && this.#configurationOf(id, group)) || {}
    if (id === undefined || this.isUnderWay) return
    const places: [string, Place][] = []
    const present = (host: string) => cluster.process(host)?.host.inspect(group.name)?.id
    // A host that has lost its disk is another member now; somebody may have said that this one stays a learner, and so the former one stays as well.
    for (const { id: former, host } of [...voters, ...learners])
      if (former !== present(host) && learners.some((one) => one.id === present(host) && one.host === host))
        places.push([former, 'out'])
    if (places.length > 0) {
      this.#ask({ id, group }, null, id, places)
      return
    }
    for (const learner of learners)
      if (!learner.promote && !group.learners.has(learner.host)) places.push([learner.id, 'promoted'])
    // Where no voter is one that should be, nobody else would be left: a learner gets its vote first.
    const mayDemote = voters.some(({ host }) => !group.learners.has(host))
    for (const voter of voters)
      if (mayDemote && group.learners.has(voter.host)) places.push([voter.id, 'learner'])
    if (places.length > 0) this.#ask({ id, group }, null, id, places)
  }

  #configurationOf(id: string, { name }: SimulatedGroup): Configuration | null {
    return this.#o.cluster.process(id)?.host.inspect(name)?.core.standing.configuration?.configuration ?? null
  }

  #pick<T>(list: readonly T[] = []): T | null {
    return list.length === 0 ? null : this.#o.random.pick(list)
  }

  #pickVoter({ id, group }: Led, meant: Meant | null): Member | null {
    const { voters = [] } = this.#configurationOf(id, group) ?? {}
    return this.#pick(meant === null ? voters : voters.filter(({ host }) => host === meant.host))
  }

  /** @param group of any, unless it is given. */
  #someLeaderWithDisks(group?: SimulatedGroup): Led | null {
    const led = someLeader(this.#o, group)
    return led !== null && this.#allDisksAreWhole(led.group) ? led : null
  }

  /** @param base all other members go, if the configuration still stands there. */
  #ask(
    { id, group }: Led,
    kind: FaultKind | null,
    victim: string,
    places: readonly [string, Place][],
    base: number | null = null,
  ): void {
    const { cluster, trace } = this.#o
    const process = cluster.process(id)!
    trace.note('members', id, `${group.name} ${places.join(' ')}${base === null ? '' : ` from ${base}`}`)
    if (kind !== null) cluster.hit(kind, victim, group)
    this.#underWay++
    const asked = process.host.link.call(
      null,
      {
        kind: 'change-members',
        group: group.name,
        incarnation: null,
        places: places.map(([member, place]) => ({ member, place })),
        others: base === null ? 'keep' : 'remove',
        ifConfigurationAt: base,
        evenIfQuorumAtRisk: false,
      },
      PATIENCE_MS,
    )
    void Promise.race([asked, process.killed]).then(() => {
      this.#underWay--
    })
  }

  /**
   * A lost disk is a member less for good, whatever the configuration says, and one that is damaged is one less until a leader has mended it: one that
   * leaves as well may be one too many. A leader refuses that where it knows of the damage, which it doesn't of members that are down.
   */
  #allDisksAreWhole(group: SimulatedGroup): boolean {
    const { cluster } = this.#o
    const isThere = ({ id, host }: Member): boolean =>
      cluster.disks.get(host)!.logs.durable(group.name)?.member === id && isWhole(cluster, host, group)
    return group.hosts.every((host) => {
      const { voters = [], outgoing = null } = this.#configurationOf(host, group) ?? {}
      return voters.every(isThere) && (outgoing ?? []).every(isThere)
    })
  }

  /** In the same process, or in another. */
  #comeBack(id: string, group: SimulatedGroup): void {
    const { cluster, random, time, restart } = this.#o
    const process = cluster.process(id)!
    if (random.chance(0.5) || process.host.groups().includes(group.name)) {
      restart(id)
      return
    }
    time.after(random.between(0, 2000), () => {
      if (cluster.process(id) !== process || process.host.groups().includes(group.name)) return
      process.host.group(group.name, cluster.groupOptions(id, process.name, group)).catch(() => restart(id))
    })
  }
}
