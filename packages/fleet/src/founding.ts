/** A new group: where it is put, and whom it begins with. */
import { drawId, type Random } from '@rafted/contracts'
import { noActiveHost } from './failures.ts'
import type { AddGroupOptions } from './options.ts'
import { place } from './placement.ts'
import { takers } from './planner.ts'
import { raftName } from './registry/raft-names.ts'
import type { NewGroup } from './registry/registry.ts'
import type { RegistryState } from './registry/state.ts'

/** A fleet has many groups in which nothing happens for long: each of them costs next to nothing then. */
const QUIET = { quietAfterMs: 3000 }

/** @throws {RaftedError} `no-active-host`. */
export function newGroup(
  state: RegistryState,
  random: Random,
  name: string,
  { machine, replicas = 3, persist: isPersisted = true, settings = {} }: AddGroupOptions,
): NewGroup {
  const able = takers(state, { machine })
  // The newest version that all know, among those that know the oldest newest one.
  const machineVersion = Math.min(...able.map(({ machines }) => machines[machine]![1]))
  const fit = able.filter(({ machines }) => machines[machine]![0] <= machineVersion)
  const hosts = place(name, fit, replicas)
  if (hosts.length === 0) throw noActiveHost(machine)
  const incarnation = drawId(random)
  const members = hosts.map((host) => ({ host, member: drawId(random) }))
  const raft = raftName({ machine, name, isPersisted }, incarnation)
  const given = Object.entries({ ...QUIET, ...settings }).filter(([, value]) => value !== undefined)
  return {
    name,
    raft,
    incarnation,
    machine,
    machineVersion,
    isPersisted,
    settings: Object.fromEntries(given) as Record<string, number>,
    replicas,
    members,
  }
}
