/**
 * What a host has to do with one group: it waits for it, creates it, or holds a member of it. Starting is not creating: nothing here
 * concludes from silence that a group doesn't exist (F99).
 */
import {
  codecOf,
  drawId,
  type GroupIdentity,
  type LogEntry,
  type LogWrite,
  type Machine,
  RaftedError,
} from '@rafted/contracts'
import { type Configuration, EntryKind, emptyLog, type LeadershipWish, type Stored } from '@rafted/core'
import { encodeConfiguration, type GroupSettings, WIRE_VERSIONS } from '@rafted/wire'
import { readBackup, writeRestored } from './backup/founding.ts'
import type { HostContext, MemberSettings } from './context.ts'
import type { Hooks } from './hooks.ts'
import type { CreateGroupOptions, Founding } from './host-options.ts'
import type { JoinAddresses } from './join-addresses.ts'
import { Joining } from './joining.ts'
import type { Call } from './leader-calls.ts'
import { versionsOf } from './machine-versions.ts'
import { Member } from './member.ts'
import { nameCheck, nobodyFound, onlyThoseFound } from './name-check.ts'
import { type Opened, openMember } from './opening.ts'
import type { ReplicatedState } from './replicated-state.ts'
import { watchRestoring } from './restoring.ts'
import { foundingSettings, NOTHING_KNOWN } from './settings.ts'

export interface SeatOptions {
  readonly host: HostContext
  readonly group: string
  readonly machine: Machine
  /** Addresses asked for the group. This host's own may be among them. */
  readonly join: JoinAddresses
  /** Whether its member joins as a learner that is not to be promoted. */
  readonly learner: boolean
  readonly hooks: Hooks
  /** The member's own, and those with which a group begins that is created here. */
  readonly settings: GroupSettings & MemberSettings
  readonly leadership: LeadershipWish
  /** Whether a member's log outlives the process. */
  readonly durable: boolean
  /** A person says that what this host kept of the group is lost. */
  readonly formerDataLost: boolean
  readonly call: Call
  /** A member takes part from now on, or no longer. */
  began(member: Member): void
  ended(member: Member): void
}

type Made = { readonly incarnation: string } | { readonly error: RaftedError }

type BackupToBegin = Pick<CreateGroupOptions, 'from' | 'upTo'>

const NOBODY_WAITS = (): void => {}

export class Seat {
  readonly #o: SeatOptions
  #member: Member | null = null
  #joining: Joining | null = null
  #creating = false
  #closed = false
  #dropped: Promise<void> | null = null
  /** Ends the pause there may be. */
  #wake: () => void = NOBODY_WAITS

  constructor(options: SeatOptions) {
    this.#o = options
  }

  get join(): readonly string[] {
    return this.#o.join.now()
  }

  get machineVersion(): number {
    return this.#o.machine.version
  }

  get member(): Member | null {
    return this.#member
  }

  /** Whether a log of the group is being created here. */
  get isCreating(): boolean {
    return this.#creating
  }

  /**
   * Opens what the storage holds, else waits for the group to be found.
   * @param founding with what its member is to begin the group, together with others. Null: not at all.
   */
  async start(founding: Founding | null): Promise<void> {
    const { host, group, machine } = this.#o
    const codec = codecOf(machine, host.codec)
    let opened = await openMember(host, group, { machine, codec }, watchRestoring(host, group))
    // Started again after it was removed, or before its log held anything: it may come back, as another member. An empty log has
    // promised nothing, and one that was to found the group would keep everybody from creating it.
    const wasRemoved = opened !== null && opened.removedAt !== null
    if (opened !== null && (wasRemoved || isEmpty(opened.stored))) {
      await this.#forget()
      opened = null
    }
    if (this.#closed) return
    if (opened === null && !wasRemoved && founding !== null) {
      await this.#foundTogether(founding)
      return
    }
    if (opened !== null) this.#begin(opened)
    if (this.#o.join.areWanted || this.#member !== null) this.#startJoining()
  }

  #startJoining(): void {
    this.#joining = new Joining(this.#o, this)
    this.#joining.start(this.#member)
  }

  /** For `Joining`: a member of this incarnation, with an empty log; null if the host is about to do otherwise. */
  async becomeLearner(incarnation: string): Promise<Member | null> {
    const { host } = this.#o
    if (this.#creating || this.#closed || this.#member !== null) return null
    this.#creating = true
    try {
      const member = drawId(host.random)
      await this.#createLog({ incarnation, member })
      if (this.#closed) return null
      this.#begin({
        incarnation,
        member,
        removedAt: null,
        stored: emptyLog(),
        restored: null,
        known: NOTHING_KNOWN,
      })
      return this.#member
    } finally {
      this.#creating = false
    }
  }

  /** Creates the group with this host's member as its only one. A person's act. */
  async create(unreachableChecked: boolean, { from, upTo }: BackupToBegin = {}): Promise<Made> {
    const { group } = this.#o
    if (this.#member !== null || this.#creating)
      return { error: refusal('already-exists', `Group "${group}" exists here already.`) }
    this.#creating = true
    try {
      const problem = await this.#someoneKnows(unreachableChecked)
      if (problem !== null) return { error: problem }
      const { host, machine } = this.#o
      const restored = await readBackup(from, host, machine, upTo ?? null)
      if (restored !== null && 'error' in restored) return restored
      this.#joining?.stop()
      const member = await this.#found(restored)
      return { incarnation: member.incarnation }
    } catch (error) {
      const message = `Group "${group}" could not be created: ${error instanceof Error ? error.message : String(error)}`
      return { error: new RaftedError('storage-failed', message, { outcome: 'unknown', cause: error }) }
    } finally {
      this.#creating = false
    }
  }

  #someoneKnows(unreachableChecked: boolean): Promise<RaftedError | null> {
    const { group, join, call, host } = this.#o
    const { clock, random, address: own } = host
    const all = join.now()
    if (join.areWanted && all.length === 0 && !unreachableChecked) return Promise.resolve(nobodyFound(group))
    if (join.arePartial && !unreachableChecked) return Promise.resolve(onlyThoseFound(group))
    const addresses = all.filter((address) => address !== own)
    const pause = (ms: number): Promise<boolean> => this.#pause(ms)
    return nameCheck({ group, addresses, unreachableChecked, call, clock, random, pause })
  }

  /** @returns whether the host was closed meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    if (!this.#closed)
      await new Promise<void>((resolve) => {
        const cancel = this.#o.host.clock.after(ms, resolve)
        this.#wake = () => {
          cancel()
          resolve()
        }
      })
    return this.#closed
  }

  /**
   * The log of a new group: a configuration of this member alone, in its first entry or with what a backup held, and its settings if it wants its own. It
   * elects itself from there.
   */
  async #found(restored: ReplicatedState | null): Promise<Member> {
    const { host, group, machine, durable } = this.#o
    const incarnation = drawId(host.random)
    const id = drawId(host.random)
    const self = {
      id,
      host: host.id,
      address: host.address,
      durable,
      wire: WIRE_VERSIONS,
      machine: versionsOf(machine),
    }
    await this.#createLog({ incarnation, member: id })
    const alone = { voters: [self], outgoing: null, learners: [] }
    const write =
      restored === null
        ? firstWrite(alone, foundingSettings(this.#o.settings, machine.version))
        : await writeRestored(host, group, incarnation, restored, alone)
    await host.logs.write([{ group, write }])
    return await this.#beginStored(restored === null ? write.entries : [])
  }

  /** The log of a group that several begin at once: all of them write the same. Its leader is elected by them. */
  async #foundTogether(founding: Founding): Promise<void> {
    const { incarnation, member, configuration, machineVersion } = founding
    const { host, group, settings } = this.#o
    this.#creating = true
    try {
      await this.#createLog({ incarnation, member })
      const write = firstWrite(configuration, foundingSettings(settings, machineVersion))
      await host.logs.write([{ group, write }])
      await this.#beginStored(write.entries, configuration.voters[0]?.id === member)
    } finally {
      this.#creating = false
    }
    this.#startJoining()
  }

  /** The member whose log was just written. @param isFirst it is to lead those that begin with it. */
  async #beginStored(begunWith: readonly LogEntry[], isFirst = false): Promise<Member> {
    const { host, group, machine } = this.#o
    const codec = codecOf(machine, host.codec)
    const opened = await openMember(host, group, { machine, codec }, watchRestoring(host, group))
    if (opened === null || this.#closed) throw refusal('closed', 'The host was closed meanwhile.')
    this.#begin(opened, begunWith, isFirst)
    return this.#member!
  }

  /**
   * A snapshot without a log is what a former member's host had no time to forget. It is nobody's, and a newer one than the
   * leader's would keep that one out.
   */
  async #createLog(identity: GroupIdentity): Promise<void> {
    const { host, group } = this.#o
    await host.snapshots.remove(group)
    await host.logs.create(group, identity)
  }

  #begin(
    { incarnation, member: id, stored, restored, known }: Opened,
    begunWith: readonly LogEntry[] = [],
    isFirst = false,
  ): void {
    const { host, group, machine, hooks, settings, leadership, join } = this.#o
    const isReadBack = !this.#creating
    const begun = { begunWith, isReadBack, isFirst }
    const options = { machine, hooks, settings, leadership, join, seat: this, ...begun }
    this.#member = new Member({ host, group, incarnation, id, ...options, stored, restored, known })
    this.#o.began(this.#member)
    host.wake()
  }

  /** For the member: who the members are has changed in its log. */
  configured(): void {
    this.#joining?.look()
  }

  /** Takes the member out of the group by `remove`. Nothing is asked for it meanwhile; it goes on if that fails. */
  async leave(remove: (member: Member, isBeingAdded: () => boolean) => Promise<void>): Promise<void> {
    this.#joining?.hold()
    try {
      await remove(this.#member!, () => this.#joining?.isAsking === true)
    } catch (error) {
      // Another call was faster, and has closed the member that this one asked for.
      if (this.#dropped !== null) return
      this.#joining?.release()
      throw error
    }
  }

  /** Stops the member and forgets what the stores hold of the group. Doing it twice is doing it once: by then they may hold another member's. */
  drop(): Promise<void> {
    this.close()
    this.#dropped ??= this.#forget()
    return this.#dropped
  }

  async #forget(): Promise<void> {
    const { host, group } = this.#o
    await host.logs.remove(group)
    await host.snapshots.remove(group)
  }

  close(): void {
    this.#closed = true
    this.#wake()
    this.#joining?.stop()
    if (this.#member === null) return
    this.#member.close()
    this.#o.ended(this.#member)
  }
}

/** Term 1, and the configuration as its first entry. */
function firstWrite(configuration: Configuration, settings: Uint8Array | null): LogWrite {
  const payload = encodeConfiguration(configuration)
  const entries: LogEntry[] = [{ index: 1, term: 1, kind: EntryKind.configuration, time: 0, payload }]
  if (settings !== null)
    entries.push({ index: 2, term: 1, kind: EntryKind.settings, time: 0, payload: settings })
  return { term: 1, vote: null, reset: null, truncateFrom: null, entries }
}

/** Neither a term nor a vote, nor an entry, nor a snapshot; and none was lost. */
function isEmpty({ term, base, heads, lostTo }: Stored): boolean {
  return term === 0 && base.index === 0 && heads === null && lostTo === null
}

function refusal(code: 'already-exists' | 'closed', message: string): RaftedError {
  return new RaftedError(code, message, { outcome: 'not-applied' })
}
