/** Hosts on virtual time, all of which vote. */
import type { Machine } from '@rafted/contracts'
import { DrillHosts } from '../recovery/drill-hosts.ts'

const settings = { heartbeatMs: 50, electionMs: 250, snapshotMinBytes: 1_000_000 }

export const startedHosts = (machine: Machine, seed = 5): Promise<DrillHosts> =>
  DrillHosts.started(seed, settings, machine)

export const leaderOf = (hosts: DrillHosts): string | undefined => hosts.leader

export function followersOf({ leader, lives }: DrillHosts): string[] {
  return [...lives.keys()].filter((id) => id !== leader)
}
