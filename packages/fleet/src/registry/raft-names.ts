/**
 * The name by which hosts know a group: `machine/name@incarnation`, or `machine/name~incarnation` where it lives in memory. No two groups ever have the same, those that
 * had one name one after the other included: what is late, or left over, of a former one is nothing to the present one. And a host that is started again knows from the names
 * of what it has stored with which machine to go on, also while the control group is out of reach.
 */

/** The group that holds the registry itself. */
export const CONTROL = 'fleet'

/** What the name of a group says. */
export interface RaftName {
  readonly machine: string
  readonly name: string
  readonly isPersisted: boolean
}

const MACHINE = /^[A-Za-z0-9_.-]{1,48}$/
const RAFT = /^([A-Za-z0-9_.-]{1,48})\/(.+)([@~])[0-9a-f]{12}$/s

/** Whether a machine can be registered under it. */
export function isMachineName(name: string): boolean {
  return MACHINE.test(name)
}

/** @param incarnation 32 hexadecimal digits. */
export function raftName({ machine, name, isPersisted }: RaftName, incarnation: string): string {
  return `${machine}/${name}${isPersisted ? '@' : '~'}${incarnation.slice(0, 12)}`
}

/** @returns null for what is no group of a fleet. */
export function parseRaftName(raft: string): RaftName | null {
  const parts = RAFT.exec(raft)
  return parts === null ? null : { machine: parts[1]!, name: parts[2]!, isPersisted: parts[3] === '@' }
}

/**
 * Whether what is told of the group is to outlive the process: for `storageByGroup`, and for `durable` of a host whose storage is of both kinds. Groups that are no fleet's,
 * and the control group, are.
 */
export function isPersistedGroup(raft: string): boolean {
  return parseRaftName(raft)?.isPersisted ?? true
}
