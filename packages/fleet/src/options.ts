/** What a fleet is told, looked at. */
import type { Clock, Machine, Observer, Random } from '@rafted/contracts'
import { checkGroupSettings, type GroupSettings, type Join } from '@rafted/host'
import { invalid } from './failures.ts'
import type { FleetHost, MemberOptions } from './fleet-host.ts'
import { MAX_REPLICAS } from './registry/arguments.ts'
import { isMachineName } from './registry/raft-names.ts'
import type { FleetWaitOptions } from './waiting.ts'

/** What a fleet is made of, on one host. */
export interface FleetOptions {
  /** The host that it lives in. */
  readonly host: FleetHost
  /** Whether the host is closed with the fleet, and where it can't be opened. Default false: it stays the caller's, and the fleet is closed before it. */
  readonly closesHost?: boolean | undefined
  readonly clock: Clock
  readonly random: Random
  /** Told of what the fleet does (events of kind `fleet`). */
  readonly observer?: Observer | undefined
  /** By name, what groups may replicate: what `defineValue` and others returned. A host takes members only of machines that it is given. */
  readonly machines: Readonly<Record<string, Machine>>
  /** Addresses of hosts of the fleet, some of them at least; this host's own may be among them. */
  readonly join: Join
  /** What members on this host are given beside their machine: hooks, and settings that are theirs alone. By the group's name and its machine's. */
  readonly memberOptions?: ((group: string, machine: string) => MemberOptions) | undefined
  /** What this host kept is lost for good, a person has made sure: its members are replaced. */
  readonly formerData?: 'lost' | undefined
  /** Milliseconds that a call may take unless it says otherwise. Default 30,000. */
  readonly timeoutMs?: number | undefined
}

/** How a host takes part. */
export interface ActivateOptions extends FleetWaitOptions {
  /** What fails together: a rack, a data centre. */
  readonly zone: string
  /** Its share of what is held, as a weight beside the other hosts of its zone. Default 1; 0: it holds nothing. */
  readonly capacity?: number | undefined
}

/** What there is to be. */
export interface AddGroupOptions extends FleetWaitOptions {
  /** The name of one of the fleet's machines. */
  readonly machine: string
  /** Members there are to be: 1 to 9. Fewer as long as there are not enough hosts, or where one zone would hold a majority. Default 3. */
  readonly replicas?: number | undefined
  /** Whether what members are told is to outlive their process. False is for hosts that keep such groups in memory (`isPersistedGroup`). Default true. */
  readonly persist?: boolean | undefined
  /** Settings that the group begins with, on which its members agree. */
  readonly settings?: Partial<GroupSettings> | undefined
}

/** How a host is emptied. */
export interface DrainOptions extends FleetWaitOptions {
  /** Told how many groups have a member here still, whenever that changes. */
  readonly onProgress?: ((left: number) => void) | undefined
}

const MAX_NAME_BYTES = 160

/** @throws {RaftedError} `invalid-argument`. */
export function checkFleetOptions({ machines, timeoutMs = 1 }: FleetOptions): void {
  if (typeof machines !== 'object' || machines === null)
    throw invalid('`machines` names what the groups of the fleet replicate: { name: machine }.')
  for (const [name, machine] of Object.entries(machines)) {
    if (!isMachineName(name))
      throw invalid(`A machine's name is 1 to 48 letters, digits, "_", "." and "-", not "${name}".`)
    if (typeof machine?.create !== 'function')
      throw invalid(`The machine "${name}" must be what defineValue, pureMachine or inPlaceMachine returned.`)
  }
  checkTimeout(timeoutMs)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkTimeout(timeoutMs: number): number {
  if (timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY) return timeoutMs
  throw invalid(`timeoutMs is a number of milliseconds above zero, not ${timeoutMs}.`)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkActivate({ zone, capacity = 1 }: ActivateOptions): { zone: string; capacity: number } {
  checkText('The zone', zone)
  if (!(capacity >= 0 && capacity < Number.POSITIVE_INFINITY))
    throw invalid(`The capacity is a number, 0 or more, not ${capacity}.`)
  return { zone, capacity }
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkGroupName(name: string): void {
  checkText('The name of a group', name)
}

/** @throws {RaftedError} `invalid-argument`. */
export function checkAddGroup(name: string, options: AddGroupOptions): void {
  checkGroupName(name)
  if (typeof options !== 'object' || options === null || typeof options.machine !== 'string')
    throw invalid('A group is added with the name of its machine: { machine }.')
  if (!isMachineName(options.machine)) throw invalid(`"${options.machine}" is no name of a machine.`)
  const { replicas = 1 } = options
  if (!Number.isSafeInteger(replicas) || replicas < 1 || replicas > MAX_REPLICAS)
    throw invalid(`A group has 1 to ${MAX_REPLICAS} members, not ${replicas}.`)
  checkGroupSettings(options.settings ?? {})
}

function checkText(what: string, text: unknown): void {
  if (typeof text === 'string' && text !== '' && !/\p{Surrogate}/u.test(text)) {
    if (new TextEncoder().encode(text).byteLength <= MAX_NAME_BYTES) return
  }
  throw invalid(`${what} is well-formed text of 1 to ${MAX_NAME_BYTES} bytes, not ${JSON.stringify(text)}.`)
}
