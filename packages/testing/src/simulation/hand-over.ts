/** Leaders, and what is asked of them. */
import type { Cluster, SimulatedGroup } from './cluster.ts'
import type { SeededRandom } from './seeded-random.ts'

interface Surroundings {
  readonly cluster: Cluster
  readonly random: SeededRandom
}

/** A host whose member leads the group, or believes so; any group unless one is given. */
export function someLeader(
  { cluster, random }: Surroundings,
  group = random.pick(cluster.groups),
): { readonly id: string; readonly group: SimulatedGroup } | null {
  const leaders = cluster.up.filter((id) => cluster.process(id)!.host.inspect(group.name)?.leads)
  return leaders.length === 0 ? null : { id: random.pick(leaders), group }
}

/** Asks a leader to hand over: to the best there is, or to any member, whatever it is fit for. At times it is called off again. */
export function handOver(surroundings: Surroundings, which?: SimulatedGroup): void {
  const { cluster, random } = surroundings
  const led = someLeader(surroundings, which)
  if (led === null) return
  const { id, group } = led
  const { host } = cluster.process(id)!
  const members = group.hosts.map((other) => cluster.process(other)?.host.inspect(group.name)?.id ?? null)
  const to = random.chance(0.4) ? null : random.pick(members)
  cluster.hit('leadership transfer', id, group)
  const about = { group: group.name, incarnation: null }
  void host.link.call(null, { kind: 'transfer-leadership', ...about, to, ifTerm: null }, 5000)
  if (random.chance(0.2)) void host.link.call(null, { kind: 'cancel-transfer', ...about }, 5000)
}
