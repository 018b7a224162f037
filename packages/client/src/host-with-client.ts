/// <reference lib="esnext.disposable" preserve="true" />
/** A host and a client that lives in it, as one object: what the entry packages give. */
import type {
  AnyDefinition,
  CallOptions,
  EventKind,
  EventOf,
  EventSource,
  EventStream,
  EventStreamOptions,
  Leadership,
  Machine,
  RaftedEvent,
  Subscription,
  ValueHandle,
} from '@rafted/contracts'
import type { GroupSettings, MemberStatus, PlacedSettings } from '@rafted/wire'
import type { Client } from './client.ts'
import type { CommandId } from './command.ts'
import type { CommandCall, SettledCommands } from './many.ts'
import type {
  ChangeMembershipOptions,
  ChangeOptions,
  Membership,
  PlacedConfiguration,
  WantedMembers,
} from './membership.ts'
import type { WaitOptions } from './options.ts'
import type { CommandKey, Resolved } from './resolve.ts'
import type { ChangeSettingsOptions, Settings } from './settings.ts'

/** What is needed of a host. `Status`: what it says of a member, or a promise of it where that is asked of another thread. */
export interface LocalHost<GroupOptions, CreateGroupOptions, LeaveOptions, Status = MemberStatus | null>
  extends EventSource {
  /** The host's name in the cluster. */
  readonly id: string
  /** Runs a member of the group here, or waits for the group. */
  group(name: string, options: GroupOptions): Promise<void>
  /** Creates the group, once. */
  createGroup(name: string, options: CreateGroupOptions): Promise<void>
  /** Takes the member here out of the group, and resolves when the removal is committed. */
  leave(name: string, options?: LeaveOptions): Promise<void>
  status(name: string): Status
  /** Names of the groups that run here, waiting ones included. */
  groups(): readonly string[]
  leadership(name: string): Leadership
  /** A backup of the group from the member here. */
  backup(name: string, options?: BackupOptions): AsyncIterable<Uint8Array>
  health(options?: HealthOptions): Promise<Health>
  /** Stops the host. Its groups go on without it. */
  close(options?: CloseOptions): Promise<void>
  /** Resolves when the host is gone, where that can come unasked: its client is closed then. */
  readonly ended?: Promise<void>
}

/** How a host is closed. */
export interface CloseOptions {
  /** Hand over the leadership of groups first. Default true. */
  readonly transfer?: boolean
}

export interface BackupOptions {
  /** With the log since the newest snapshot that is kept, so that it can be restored up to any index from there on. Default false. */
  readonly history?: boolean
  /** How long to wait for a leader's word on what is committed, milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

export interface HealthOptions {
  /** Those that should run here. Default: those that were started. */
  readonly groups?: readonly string[] | undefined
  /** How long to wait for the word of a leader where a member has not caught up yet, milliseconds. Default 1000. */
  readonly timeoutMs?: number | undefined
}

export interface Health {
  /** False where a restart helps: the host is closed, or its storage has failed for good. */
  readonly live: boolean
  /** Whether each group that should run here does, under a leader, and has once caught up with it since its member was started. */
  readonly ready: boolean
  /** What is not well, for people; empty where all is. */
  readonly why: readonly string[]
  readonly groups: readonly {
    readonly group: string
    readonly ready: boolean
    readonly why: string | null
  }[]
}

/** A host and a client that lives in it. What is asked of a group goes to its leader, wherever that is. */
export class HostWithClient<GroupOptions, CreateGroupOptions, LeaveOptions, Status = MemberStatus | null>
  implements EventSource, Membership, Settings, AsyncDisposable
{
  /** The host's name in the cluster. */
  readonly id: string
  readonly client: Client
  readonly #host: LocalHost<GroupOptions, CreateGroupOptions, LeaveOptions, Status>

  /** @param client whose link is that of `host`. */
  constructor(host: LocalHost<GroupOptions, CreateGroupOptions, LeaveOptions, Status>, client: Client) {
    this.id = host.id
    this.#host = host
    this.client = client
    void host.ended?.then(() => client.close())
  }

  /**
   * Runs a member of the group here, or waits for the group. Resolves once that runs here; never waits for others.
   * @throws {RaftedError} `already-exists` if the group runs here, `damaged-storage`, `invalid-argument`, `closed`.
   */
  group(name: string, options: GroupOptions): Promise<void> {
    return this.#host.group(name, options)
  }

  /**
   * Creates the group, once: a person's act.
   * @throws {RaftedError} `already-exists`, `peers-unreachable`, and what `group` throws.
   */
  createGroup(name: string, options: CreateGroupOptions): Promise<void> {
    return this.#host.createGroup(name, options)
  }

  /**
   * A backup of the group from the member here: all that was acknowledged before it was asked for. For `from` of `createGroup`.
   * @throws {RaftedError} `no-such-group` if the group does not run here; others while it is read.
   */
  backup(name: string, options?: BackupOptions): AsyncIterable<Uint8Array> {
    return this.#host.backup(name, options)
  }

  /** A handle to the value, whether or not it has a member here. */
  value<D extends AnyDefinition>(name: string, definition: D): ValueHandle<D> {
    return this.client.value(name, definition)
  }

  /** Many commands in one call; see `Client.commandMany`. */
  commandMany<D extends AnyDefinition, const Calls extends readonly CommandCall<D>[]>(
    name: string,
    definition: D,
    commands: Calls,
    options?: Pick<CallOptions, 'timeoutMs' | 'signal' | 'key' | 'trace'>,
  ): Promise<SettledCommands<D, Calls>> {
    return this.client.commandMany(name, definition, commands, options)
  }

  /** What became of a command whose call ended as `unknown`; see `Client.resolve`. */
  resolve(
    name: string,
    machine: Pick<Machine, 'codec'>,
    id: CommandId | CommandKey,
    options?: WaitOptions,
  ): Promise<Resolved> {
    return this.client.resolve(name, machine, id, options)
  }

  /**
   * Takes the member here out of the group; resolves when that is committed.
   * @throws {RaftedError} `no-such-group` if the group does not run here; `quorum-at-risk` and others of a change: the member stays then.
   */
  leave(name: string, options?: LeaveOptions): Promise<void> {
    return this.#host.leave(name, options)
  }

  /** Exactly these members, in one joint change; see `Membership.changeMembership`. */
  changeMembership(
    name: string,
    members: WantedMembers,
    options?: ChangeMembershipOptions,
  ): Promise<PlacedConfiguration> {
    return this.client.changeMembership(name, members, options)
  }

  /** Makes a learner a voter as soon as it has caught up; see `Membership.promote`. */
  promote(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration> {
    return this.client.promote(name, memberId, options)
  }

  /** Makes a voter a learner; see `Membership.demote`. */
  demote(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration> {
    return this.client.demote(name, memberId, options)
  }

  /** Removes a member, on whichever host it is; see `Membership.removeMember`. */
  removeMember(name: string, memberId: string, options?: ChangeOptions): Promise<PlacedConfiguration> {
    return this.client.removeMember(name, memberId, options)
  }

  /** Swaps a voter for a learner that has caught up; see `Membership.replaceMember`. */
  replaceMember(
    name: string,
    oldId: string,
    newId: string,
    options?: ChangeOptions,
  ): Promise<PlacedConfiguration> {
    return this.client.replaceMember(name, oldId, newId, options)
  }

  /** Hands the leadership of the group over, wherever it is led; see `Client.transferLeadership`. */
  transferLeadership(name: string, to: string | null, options?: WaitOptions): Promise<void> {
    return this.client.transferLeadership(name, to, options)
  }

  /** Changes settings of the group on all members; see `Settings.changeSettings`. */
  changeSettings(
    name: string,
    changes: Partial<GroupSettings>,
    options?: ChangeSettingsOptions,
  ): Promise<PlacedSettings> {
    return this.client.changeSettings(name, changes, options)
  }

  /** Gives up the transfer that is under way; see `Client.cancelTransfer`. */
  cancelTransfer(name: string, options?: WaitOptions): Promise<void> {
    return this.client.cancelTransfer(name, options)
  }

  /** Whether this host should be restarted, whether it can be counted on, and why not. Never rejects. */
  health(options?: HealthOptions): Promise<Health> {
    return this.#host.health(options)
  }

  /** How the member of the group stands here; null if there is none. */
  status(name: string): Status {
    return this.#host.status(name)
  }

  /** Names of the groups that were started here, those included that wait to be found or created. None once the host is closed. */
  groups(): readonly string[] {
    return this.#host.groups()
  }

  /**
   * Whether the member here leads the group, and what changes in that.
   * @throws {RaftedError} `no-such-group` if the group does not run here.
   */
  leadership(name: string): Leadership {
    return this.#host.leadership(name)
  }

  /** @see `EventSource.on`. */
  on<Kind extends EventKind>(kind: Kind, listener: (event: EventOf<Kind>) => unknown): Subscription {
    return this.#host.on(kind, listener)
  }

  /** @see `EventSource.events`. */
  events(kind?: undefined, options?: EventStreamOptions): EventStream<RaftedEvent>
  events<Kind extends EventKind>(
    kind: Kind,
    options?: EventStreamOptions,
  ): EventStream<EventOf<Kind> | EventOf<'events-dropped'>>
  events<Kind extends EventKind>(kind?: Kind, options?: EventStreamOptions): EventStream<never> {
    return this.#host.events(kind as Kind, options) as EventStream<unknown> as EventStream<never>
  }

  /** Ends calls and sessions, then the members here; groups that are led here are handed over first. They go on elsewhere. */
  async close(options?: CloseOptions): Promise<void> {
    await this.client.close()
    await this.#host.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
