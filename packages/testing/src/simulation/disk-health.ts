/** Whether what the disks of a cluster hold is enough for its groups. */
import { type Configuration, type ConfigurationEntry, EntryKind, type Member } from '@rafted/core'
import { decodeConfiguration } from '@rafted/wire'
import type { Cluster, SimulatedGroup } from './cluster.ts'
import { holdsEntry } from './promises/group-promises.ts'
import { isQuorum } from './promises/quorums.ts'

/** Whether nothing of the group is damaged on the host's disk. */
export function isWhole(cluster: Cluster, host: string, group: SimulatedGroup): boolean {
  const disk = cluster.disks.get(host)!
  return !disk.isRotten && disk.copies.isWhole(group.name)
}

/** Configurations that somebody could still act on and be elected: the newest one that is committed, and those behind it. */
function configurationsOf(cluster: Cluster, group: SimulatedGroup): Configuration[] {
  const known = group.hosts.flatMap((host): ConfigurationEntry[] => {
    const inEffect = cluster.configurationOf(host, group)
    const logged = (cluster.disks.get(host)!.logs.durable(group.name)?.entries ?? [])
      .filter(({ kind }) => kind === EntryKind.configuration)
      .map(({ index, payload }) => ({ index, configuration: decodeConfiguration(payload) }))
    return inEffect === null ? logged : [...logged, inEffect]
  })
  const committed = known.map(({ index }) => index).filter((index) => index <= group.promises.commit)
  const from = Math.max(0, ...committed)
  return known.filter(({ index }) => index >= from).map(({ configuration }) => configuration)
}

/** Whether of every configuration a majority is whole without this host: it can do all that has to be done. */
export function isEnoughWithout(cluster: Cluster, id: string, group: SimulatedGroup): boolean {
  const isSound = ({ host, id: member }: Member): boolean =>
    host !== id &&
    cluster.disks.get(host)!.logs.durable(group.name)?.member === member &&
    isWhole(cluster, host, group)
  const configurations = configurationsOf(cluster, group)
  return (
    configurations.length > 0 &&
    configurations.flatMap(withOneMore).every((configuration) => {
      const all = [...configuration.voters, ...(configuration.outgoing ?? [])]
      return isQuorum(configuration, (member) => isSound(all.find((one) => one.id === member)!))
    })
  )
}

/** It, and what it may become at this moment: a learner that has caught up begins to vote by what it acknowledged before its disk was damaged. */
function withOneMore(configuration: Configuration): Configuration[] {
  const { voters, learners } = configuration
  return [configuration, ...learners.map((learner) => ({ ...configuration, voters: [...voters, learner] }))]
}

/**
 * Whether the host can lose its disk, and nothing that was promised with it: every other voter of the newest configuration is there and holds all that
 * is committed, and all that the host itself has acknowledged; and nobody needs anything from it, or from the others, that can't be read elsewhere.
 */
export function canLose(cluster: Cluster, id: string): boolean {
  return cluster.groups.every((group) => {
    const { name, hosts, promises, isFounded } = group
    if (!hosts.includes(id)) return true
    if (!isFounded || hosts.some((host) => host !== id && !isWhole(cluster, host, group))) return false
    const memberAt = (host: string) => cluster.process(host)?.host.inspect(name) ?? null
    const newest = hosts
      .map((host) => memberAt(host)?.core.standing.configuration ?? null)
      .reduce((a, b) => (a === null || (b !== null && b.index > a.index) ? b : a), null)
    if (newest === null || newest.configuration.outgoing !== null) return false
    const { voters } = newest.configuration
    if (voters.length < 3) return false
    // What the host has acknowledged may be counted later: its ack can be under way, or the leader be asleep.
    const own = cluster.disks.get(id)!.logs.durable(name)
    return voters.every((voter) => {
      if (voter.host === id) return true
      const log = cluster.disks.get(voter.host)?.logs.durable(name)
      if (log?.member !== voter.id || log.last < promises.commit) return false
      if (
        own !== undefined &&
        own.last > 0 &&
        !holdsEntry(log, own.last, own.at(own.last)?.term ?? own.base.term)
      )
        return false
      return memberAt(voter.host)?.id === voter.id
    })
  })
}
