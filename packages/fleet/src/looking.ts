/** How groups and hosts stand, for people. */
import { isRaftedError } from '@rafted/contracts'
import type { Host } from '@rafted/host'
import type { FleetContext } from './fleet-host.ts'
import { CONTROL } from './registry/raft-names.ts'
import { hostsOf } from './registry/records.ts'
import { addressesOf } from './steps.ts'

type MemberStatus = NonNullable<ReturnType<Host['status']>>

/** Groups that are asked about at the same time. */
const AT_ONCE = 64
const ASK_MS = 2000

/** A member of a group without a leader: how it stands, or null where its host has none; and why that isn't known. */
export interface MemberAsFound {
  readonly host: string
  readonly status: MemberStatus | null
  readonly error: unknown
}

/** A group that nobody leads, as far as can be told from here. */
export interface LeaderlessGroup {
  /** Null: the control group. */
  readonly name: string | null
  /** The name by which hosts know it: for `rafted recover` and other tools. */
  readonly raft: string
  readonly members: readonly MemberAsFound[]
}

/** @returns those of them that nobody leads. @param names null for the control group. */
export async function leaderless(
  context: FleetContext,
  names: readonly (string | null)[],
): Promise<LeaderlessGroup[]> {
  const found: LeaderlessGroup[] = []
  const left = [...names]
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const raft = name === null ? CONTROL : context.view.state?.group(name)?.raft
      if (raft === undefined || (await isLed(context, raft))) continue
      found.push({ name, raft, members: await membersOf(context, name, raft) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}

/** Whether a member names a leader that says so itself. */
async function isLed({ client }: FleetContext, raft: string): Promise<boolean> {
  try {
    const { leader } = await client.locate(raft, { timeoutMs: ASK_MS })
    if (leader === null) return false
    const status = await client.status(raft, { at: leader, timeoutMs: ASK_MS })
    return status?.role === 'leader'
  } catch (error) {
    if (isRaftedError(error)) return false
    throw error
  }
}

async function membersOf(
  { client, view }: FleetContext,
  name: string | null,
  raft: string,
): Promise<MemberAsFound[]> {
  const { state } = view
  if (state === null) return []
  const hosts = name === null ? [...state.hosts.keys()] : hostsOf(state.group(name) ?? NO_HOSTS)
  return Promise.all(
    hosts.map(async (host) => {
      const address = state.hosts.get(host)?.address
      if (address === undefined) return { host, status: null, error: null }
      try {
        return { host, status: await client.status(raft, { at: address, timeoutMs: ASK_MS }), error: null }
      } catch (error) {
        return { host, status: null, error }
      }
    }),
  )
}

const NO_HOSTS = { hosts: [], move: null }

/** Which host leads the group; null if that isn't known. */
export async function leaderOf(
  context: FleetContext,
  raft: string,
  timeoutMs: number,
): Promise<string | null> {
  const { leader } = await context.client.locate(raft, { timeoutMs })
  if (leader === null) return null
  for (const { id, address } of context.view.state?.hosts.values() ?? []) if (address === leader) return id
  return null
}

/** Where the members of the groups of a fleet, and of the control group, are to be asked for. */
export function addressesFor(
  context: Pick<FleetContext, 'view'>,
  join: () => readonly string[],
  raft: string,
): string[] {
  const { state } = context.view
  if (raft !== CONTROL) return state === null ? [] : addressesOf(state, state.groupOf(raft))
  const known = state === null ? [] : [...state.hosts.values()].map(({ address }) => address)
  return [...new Set([...known, ...join()])]
}
