/** Who votes in the control group: one step of its leader at a time. A pure function, as for any other group; only that every host of the fleet has a member. */
import type { Host } from '@rafted/host'
import { controlVoters } from './planner.ts'
import { CONTROL } from './registry/raft-names.ts'
import type { RegistryState } from './registry/state.ts'

type MemberStatus = NonNullable<ReturnType<Host['status']>>
type Configuration = NonNullable<MemberStatus['configuration']>['configuration']
type Member = Configuration['voters'][number]

export type ControlStep =
  | { readonly kind: 'transfer'; readonly to: string }
  | {
      readonly kind: 'change'
      readonly voters: readonly string[]
      readonly learners: readonly string[]
      readonly ifConfigurationAt: number
    }

/** @param status of the member that leads. @returns null where nothing is to be done, or can be. */
export function controlStep(state: RegistryState, status: MemberStatus): ControlStep | null {
  const { configuration, index } = status.configuration!
  if (configuration.outgoing !== null || index > status.commitIndex || status.transfer !== null) return null
  const { voters, learners } = configuration
  const next = nextVoters(state, status, configuration)
  if (next === null) {
    const lost = learners.find(({ id, host }) => !state.hosts.has(host) && isLost(state, status, id))
    if (lost === undefined) return null
    const others = learners.filter(({ id }) => id !== lost.id)
    return { kind: 'change', voters: ids(voters), learners: ids(others), ifConfigurationAt: index }
  }
  // Who leads goes last.
  const heir = next.find(({ id }) => id !== status.member && voters.some((voter) => voter.id === id))
  if (heir !== undefined && !next.some(({ id }) => id === status.member))
    return { kind: 'transfer', to: heir.id }
  const others = [...voters, ...learners].filter(({ id }) => !next.some((voter) => voter.id === id))
  // A voter whose host takes no part any more, or has lost it and brought another one, leaves for good; the others learn on.
  const isFormer = (host: string): boolean =>
    !state.hosts.has(host) || learners.some((one) => one.host === host)
  const stay = others.filter(({ host, id }) => learners.some((one) => one.id === id) || !isFormer(host))
  return { kind: 'change', voters: ids(next), learners: ids(stay), ifConfigurationAt: index }
}

/** Null where they stay who they are. */
function nextVoters(
  state: RegistryState,
  status: MemberStatus,
  { voters, learners }: Configuration,
): Member[] | null {
  const wanted = controlVoters(state, CONTROL)
  if (wanted.length === 0) return null
  const ready = learners.filter(({ id, host }) => wanted.includes(host) && caughtUp(status, id))
  const isReplaced = ({ host }: Member): boolean => ready.some((one) => one.host === host)
  const fit = [...voters.filter((one) => wanted.includes(one.host) && !isReplaced(one)), ...ready]
  const isSilent = ({ id }: Member): boolean => status.unresponsive.includes(id)
  const surplus = voters
    .filter(({ host }) => !wanted.includes(host))
    .toSorted((a, b) => Number(isSilent(a)) - Number(isSilent(b)))
  const next = [...fit, ...surplus].slice(0, Math.max(wanted.length, fit.length))
  // An even number is no better than one less, and is more to ask.
  if (next.length % 2 === 0 && voters.length % 2 === 1) {
    if (next.length <= fit.length) return null
    next.pop()
  }
  const isSame = next.length === voters.length && next.every(({ id }) => voters.some((one) => one.id === id))
  return isSame || next.length === 0 ? null : next
}

function isLost(state: RegistryState, status: MemberStatus, member: string): boolean {
  const peer = status.peers.find((one) => one.member === member)
  return peer !== undefined && peer.silentMs > state.settings.purgeAfterMs
}

function caughtUp(status: MemberStatus, member: string): boolean {
  const peer = status.peers.find((one) => one.member === member)
  return peer?.state === 'stream' && peer.match >= status.commitIndex - NEARLY
}

/** Entries that a member may be behind: those that are on their way. */
const NEARLY = 64

function ids(members: readonly Member[]): string[] {
  return members.map(({ id }) => id)
}
