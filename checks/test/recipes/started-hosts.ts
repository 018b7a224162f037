/** Hosts on virtual time, all of which vote. */
import { DrillHosts, group } from '../recovery/drill-hosts.ts'

const settings = { heartbeatMs: 50, electionMs: 250, snapshotMinBytes: 1_000_000 }

export async function startedHosts(
  machine: ConstructorParameters<typeof DrillHosts>[2],
  seed = 5,
): Promise<DrillHosts> {
  const hosts = new DrillHosts(seed, settings, machine)
  hosts.isShadowed = false
  const [founder, ...others] = hosts.ids
  await hosts.start(founder!, { isFounder: true })
  for (const id of others) await hosts.start(id)
  await hosts.until('all vote', () => hosts.voters(founder!) === hosts.ids.length && hosts.isLevel())
  return hosts
}

export function leaderOf(hosts: DrillHosts): string | undefined {
  return [...hosts.lives.keys()].find((id) => hosts.host(id).status(group)?.role === 'leader')
}

export function followersOf(hosts: DrillHosts): string[] {
  const leader = leaderOf(hosts)
  return [...hosts.lives.keys()].filter((id) => id !== leader)
}
