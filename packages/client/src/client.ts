/// <reference lib="esnext.disposable" preserve="true" />
/** A client of any number of groups. */
import {
  type AnyDefinition,
  type CallOptions,
  codecOf,
  type Machine,
  type ValueHandle,
} from '@rafted/contracts'
import {
  type DoneResponse,
  type ErrorResponse,
  errorResponse,
  type GroupSettings,
  type MemberStatus,
  type PlacedSettings,
  type Response,
  type SettingsResponse,
  type StatusResponse,
} from '@rafted/wire'
import { type Answer, type Asked, askHost, askLeader } from './ask.ts'
import { backedUp, type ClientBackupOptions } from './backing-up.ts'
import { Caller } from './caller.ts'
import type { CommandId } from './command.ts'
import type { Address, Context } from './context.ts'
import { closedError, invalidArgument } from './failures.ts'
import { Groups } from './groups.ts'
import { createHandle, createMachineHandle, type MachineHandle } from './handle.ts'
import { MAX_GROUPS } from './limits.ts'
import { type Location, locateGroup } from './locate.ts'
import type { CommandCall, SettledCommands } from './many.ts'
import {
  type AskedChange,
  type ChangeMembershipOptions,
  type ChangeOptions,
  exactly,
  type Membership,
  type PlacedConfiguration,
  placing,
  type WantedMembers,
} from './membership.ts'
import { operate } from './operate.ts'
import {
  type ClientOptions,
  checkDefinition,
  checkName,
  checkSignal,
  checkTimeout,
  createContext,
  type WaitOptions,
} from './options.ts'
import { Patience } from './patience.ts'
import { askedOf, type CommandKey, leftInDoubt, type Resolved, resolveCommand } from './resolve.ts'
import { type ChangeSettingsOptions, type Settings, settingsChange } from './settings.ts'
import { type TransportLinkOptions, transportLink } from './transport-link.ts'

/** Where a group is created, by a person who does it once. */
export interface CreateGroupOptions extends WaitOptions {
  /** The host that creates it, which must be waiting for the name. Null: the host this client lives in. */
  readonly at: string | null
  /** `checked`: a person has made sure that the hosts which don't answer don't know the name either. */
  readonly unreachable?: 'checked' | undefined
}

/** Whose status is asked for. */
export interface StatusOptions extends WaitOptions {
  /** Which host's member. Null: the host this client lives in. Default: that one if there is one, else the leader's. */
  readonly at?: string | null | undefined
}

/**
 * Finds leaders, retries, and keeps sessions, so that each command takes effect once. Every rejection is a `RaftedError`
 * whose `outcome` says whether it could have happened.
 */
export interface Client extends Membership, Settings {
  /**
   * The handle to a replicated value. Nothing is sent before it is called.
   * @throws {RaftedError} `invalid-argument` for a name that can't be one, and for what `defineValue` has not returned.
   */
  value<D extends AnyDefinition>(name: string, definition: D): ValueHandle<D>
  /**
   * The handle to a machine by what is sent to it: that of a machine without named operations; of a value, `[name, ...arguments]`, checked as its
   * handle checks them.
   * @throws {RaftedError} `invalid-argument` for a name that can't be one.
   */
  machine(name: string, machine: Pick<Machine, 'codec'> & Partial<Machine>): MachineHandle
  /**
   * Many commands in one call, sent in as few messages as they fit in. Each is a command of its own, as if they had been called one after the other: each takes effect once, in
   * their order, and has its own result or error. They are not done as one: others may be done in between, and any may fail while those behind it are done.
   * @param options `timeoutMs` and `signal` for all of them. `key`: that of the first is `KEY/0`, that of the next `KEY/1` and so on; asked again with the same key, the list has to be
   * the same. It protects no more commands than `retainedResults` says.
   * @returns what came of each, in their order. Rejects only with `invalid-argument`, for what is no list or are no options; then none was called.
   */
  commandMany<D extends AnyDefinition, const Calls extends readonly CommandCall<D>[]>(
    name: string,
    definition: D,
    commands: Calls,
    options?: Pick<CallOptions, 'timeoutMs' | 'signal' | 'key' | 'trace'>,
  ): Promise<SettledCommands<D, Calls>>
  /**
   * What became of a command whose call ended as `unknown`. If it has not been applied by then, it never will be: what is on its way of it is void, and so it stays.
   * An id speaks of that one call, a key of all calls under it: one that was not used is used up by this.
   * @param machine the value's definition, or its machine: its codec reads the result.
   * @param id `details.id` of the error, or `{ key }`.
   * Rejects with `session-expired` or `forgotten` where nobody can know any more, with `group-mismatch` if the group was recovered or created anew since, and as other calls do. The `outcome`
   * of each rejection is `unknown`: the command is in doubt as before.
   */
  resolve(
    name: string,
    machine: Pick<Machine, 'codec'>,
    id: CommandId | CommandKey,
    options?: WaitOptions,
  ): Promise<Resolved>
  /** Creates a group, once. Rejects with `already-exists`, `peers-unreachable` and others. */
  createGroup(name: string, options: CreateGroupOptions): Promise<void>
  /**
   * Where the group is: the leader's address as soon as a member names it, null if none of those that can be asked does. Rejects with `no-such-group`,
   * `ambiguous-group`.
   */
  locate(name: string, options?: WaitOptions): Promise<Location>
  /**
   * How one member stands, or null if that host has none. Rejects with `no-such-group` where the leader's is wanted and nobody knows the group, with
   * `ambiguous-group`, and with `timeout` where nobody answers in time.
   */
  status(name: string, options?: StatusOptions): Promise<MemberStatus | null>
  /**
   * A backup of the group over the network, from one of its members: all that was acknowledged before it was asked for, in parts, each asked for when the one before was taken. For `from` of
   * `createGroup` of a host. While it is read, as other calls do, and with `aborted` where the member that gives it has given it up (it was started again, nothing was asked for 30 seconds, its log
   * was cut back meanwhile): then it has to be taken again.
   * @throws {RaftedError} `invalid-argument` for a name or an address that can't be one; `closed`.
   */
  backup(name: string, options?: ClientBackupOptions): AsyncIterable<Uint8Array>
  /**
   * Hands leadership over to a member, or, null, to the best the leader finds; resolves when it is known to lead. Rejects with `not-a-voter`,
   * `member-unresponsive`, `member-damaged`, `transfer-pending` (another transfer is under way), or `transfer-failed` when it has not come about within an election
   * timeout; the leader leads on then. Commands wait meanwhile.
   */
  transferLeadership(name: string, to: string | null, options?: WaitOptions): Promise<void>
  /** Gives up the transfer that is under way, if one is. A member that was told to campaign by then may still be elected. */
  cancelTransfer(name: string, options?: WaitOptions): Promise<void>
  /** Ends every call that waits with `closed`, closes the sessions as far as that is quickly done, then the link. */
  close(): Promise<void>
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** @throws {RaftedError} `invalid-argument`. */
export function createClient(options: ClientOptions): Client {
  return new GroupClient(createContext(options))
}

/**
 * A client with a link of its own over a transport. Both are closed with it, and where it can't be opened.
 * @throws {RaftedError} `invalid-argument`, or what the transport throws where it can't listen.
 */
export async function openClient(
  options: TransportLinkOptions & Omit<ClientOptions, 'link'>,
): Promise<Client> {
  const link = await transportLink(options)
  try {
    return createClient({ ...options, link })
  } catch (error) {
    await link.close()
    throw error
  }
}

class GroupClient implements Client {
  readonly #context: Context
  readonly #groups: Groups
  #closing: Promise<void> | null = null

  constructor(context: Context) {
    this.#context = context
    this.#groups = new Groups(context, MAX_GROUPS)
  }

  value<D extends AnyDefinition>(name: string, definition: D): ValueHandle<D> {
    checkDefinition(definition)
    return createHandle(this.#caller(name, definition), definition, {})
  }

  machine(name: string, machine: Pick<Machine, 'codec'> & Partial<Machine>): MachineHandle {
    return createMachineHandle(this.#caller(name, machine), machine)
  }

  async commandMany<D extends AnyDefinition, const Calls extends readonly CommandCall<D>[]>(
    name: string,
    definition: D,
    commands: Calls,
    options: Pick<CallOptions, 'timeoutMs' | 'signal' | 'key' | 'trace'> = {},
  ): Promise<SettledCommands<D, Calls>> {
    checkDefinition(definition)
    const settled: unknown = await this.#caller(name, definition).commandMany(commands, options)
    return settled as SettledCommands<D, Calls>
  }

  async resolve(
    name: string,
    machine: Pick<Machine, 'codec'>,
    id: CommandId | CommandKey,
    options: WaitOptions = {},
  ): Promise<Resolved> {
    const what = `Asking what became of a command to "${name}"`
    return leftInDoubt(async () => {
      const asked = askedOf(id)
      const patience = this.#patience(name, what, options, 'in doubt')
      const codec = codecOf(machine, this.#context.codec)
      return resolveCommand(this.#context, this.#groups, name, codec, asked, patience)
    })
  }

  async createGroup(name: string, options: CreateGroupOptions): Promise<void> {
    const { at, unreachable, ...wait } = options ?? {}
    if (at === undefined)
      throw invalidArgument(
        '`at` must be the address of a host that waits for the group, or null for the host this client lives in.',
      )
    const patience = this.#patience(name, `Creating the group "${name}"`, wait, true)
    if (at !== null) checkName('The address', at)
    await operate(this.#context, this.#groups, name, patience, async (group) => {
      const unreachableChecked = unreachable === 'checked'
      const request = { kind: 'create-group', group: name, incarnation: null, unreachableChecked } as const
      const answer = unlessError(await askHost(this.#context, name, at, request, patience), patience)
      group.known.repin((answer as DoneResponse).incarnation)
    })
  }

  async locate(name: string, options: WaitOptions = {}): Promise<Location> {
    const patience = this.#patience(name, `Locating the group "${name}"`, options, false)
    return operate(this.#context, this.#groups, name, patience, (group) =>
      locateGroup(this.#context, group, patience),
    )
  }

  async status(name: string, { at, ...wait }: StatusOptions = {}): Promise<MemberStatus | null> {
    const context = this.#context
    const patience = this.#patience(name, `The status of "${name}"`, wait, false)
    if (typeof at === 'string') checkName('The address', at)
    const address: Address | undefined = at === undefined && context.link.local ? null : at
    return operate(context, this.#groups, name, patience, async (group) => {
      const request = (incarnation: string | null) => ({ kind: 'status', group: name, incarnation }) as const
      if (address === undefined) return statusOf(await askLeader(context, group, request, patience))
      // Whatever stands there is shown: of the incarnation known, or of another.
      const response = await askHost(context, name, address, request(null), patience)
      if (response.kind === 'error' && response.code === 'no-such-group') return null
      return statusOf(unlessError(response, patience))
    })
  }

  backup(name: string, options: ClientBackupOptions = {}): AsyncIterable<Uint8Array> {
    const { at, timeoutMs, signal } = options
    if (typeof at === 'string') checkName('The address', at)
    const patience = (): Patience =>
      this.#patience(name, `The backup of "${name}"`, { timeoutMs, signal }, false)
    // What can't be is said at once.
    patience()
    return backedUp(this.#context, this.#groups, name, options, patience)
  }

  async changeMembership(
    name: string,
    members: WantedMembers,
    options: ChangeMembershipOptions = {},
  ): Promise<PlacedConfiguration> {
    return this.#change(`Changing the members of "${name}"`, name, exactly(members, options), options)
  }

  async promote(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration> {
    return this.#change(`Promoting a member of "${name}"`, name, placing([memberId, 'promoted']), options)
  }

  async demote(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration> {
    return this.#change(`Demoting a member of "${name}"`, name, placing([memberId, 'learner']), options)
  }

  async removeMember(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration> {
    return this.#change(`Removing a member of "${name}"`, name, placing([memberId, 'out']), options)
  }

  async replaceMember(
    name: string,
    oldId: string,
    newId: string,
    options?: ChangeOptions,
  ): Promise<PlacedConfiguration> {
    const swap = placing([newId, 'voter'], [oldId, 'out'])
    return this.#change(`Replacing a member of "${name}"`, name, swap, options)
  }

  async #change(
    what: string,
    name: string,
    change: AskedChange,
    options: ChangeOptions = {},
  ): Promise<PlacedConfiguration> {
    const { evenIfQuorumAtRisk = false, ...wait } = options
    const patience = this.#patience(name, what, wait, true)
    const request = (incarnation: string | null) =>
      ({ kind: 'change-members', group: name, incarnation, ...change, evenIfQuorumAtRisk }) as const
    const answer = await operate(this.#context, this.#groups, name, patience, (group) =>
      askLeader(this.#context, group, request, patience),
    )
    const { configuration } = answer as DoneResponse
    if (configuration !== null) return configuration
    throw patience.failed(
      errorResponse('unreachable', 'unknown', 'The answer does not say who the members are.'),
    )
  }

  async changeSettings(
    name: string,
    changes: Partial<GroupSettings>,
    options: ChangeSettingsOptions = {},
  ): Promise<PlacedSettings> {
    const change = settingsChange(changes, options)
    const patience = this.#patience(name, `Changing the settings of "${name}"`, options, true)
    const request = (incarnation: string | null) =>
      ({ kind: 'change-settings', group: name, incarnation, ...change }) as const
    const answer = await operate(this.#context, this.#groups, name, patience, (group) =>
      askLeader(this.#context, group, request, patience),
    )
    return (answer as SettingsResponse).settings
  }

  async transferLeadership(name: string, to: string | null, options: WaitOptions = {}): Promise<void> {
    const context = this.#context
    const patience = this.#patience(name, `The transfer of leadership of "${name}"`, options, true)
    if (to !== null) checkName('The member id', to)
    await operate(context, this.#groups, name, patience, async (group) => {
      // An answer may be lost, and whoever leads by then must not hand over once more.
      const ifTerm = to === null ? await this.#termOf(name, group, patience) : null
      const kind = 'transfer-leadership'
      await askLeader(
        context,
        group,
        (incarnation) => ({ kind, group: name, incarnation, to, ifTerm }),
        patience,
      )
    })
  }

  async #termOf(name: string, group: Asked, patience: Patience): Promise<number | null> {
    const request = (incarnation: string | null) => ({ kind: 'status', group: name, incarnation }) as const
    const { role, term } = statusOf(await askLeader(this.#context, group, request, patience))
    return role === 'leader' ? term : null
  }

  async cancelTransfer(name: string, options: WaitOptions = {}): Promise<void> {
    const patience = this.#patience(name, `Cancelling a transfer of "${name}"`, options, true)
    const request = (incarnation: string | null) =>
      ({ kind: 'cancel-transfer', group: name, incarnation }) as const
    await operate(this.#context, this.#groups, name, patience, (group) =>
      askLeader(this.#context, group, request, patience),
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#context.closed = true
    this.#context.pauses.close()
    for (let { first } = this.#context.attempts; first !== null; first = this.#context.attempts.first)
      first.giveUp()
    await this.#groups.close()
    this.#context.deadlines.close()
    this.#context.leaders.close()
    await this.#context.link.close()
  }

  #caller(name: string, machine: Pick<Machine, 'codec'>): Caller {
    checkName('The name of a group', name)
    return new Caller(this.#context, this.#groups, name, machine)
  }

  #patience(
    name: string,
    what: string,
    { timeoutMs, signal }: WaitOptions,
    effects: boolean | 'in doubt',
  ): Patience {
    checkName('The name of a group', name)
    if (this.#context.closed) throw closedError(what, 'not-applied')
    checkSignal(signal)
    const patience = new Patience(this.#context, {
      what: () => what,
      timeoutMs: checkTimeout('timeoutMs', timeoutMs ?? this.#context.timeoutMs),
      signal,
      effects,
    })
    patience.check()
    return patience
  }
}

function unlessError(response: Response, patience: Patience): Answer {
  if (response.kind === 'error') throw patience.failed(response as ErrorResponse)
  return response
}

function statusOf(answer: Answer): MemberStatus {
  return (answer as StatusResponse).status
}
