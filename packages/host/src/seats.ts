/** The groups of one host: what runs here, and how it begins and ends. */
import { RaftedError } from '@rafted/contracts'
import type { GroupSettings } from '@rafted/wire'
import type { Agenda } from './agenda.ts'
import {
  checkFounding,
  checkLeadership,
  checkMachine,
  checkName,
  checkOptions,
  checkSettings,
} from './checks.ts'
import { defaultSettings, type HostContext, type MemberSettings } from './context.ts'
import type { GroupOptions } from './host-options.ts'
import { JoinAddresses } from './join-addresses.ts'
import { LastSeen } from './last-seen.ts'
import type { Call } from './leader-calls.ts'
import type { Member } from './member.ts'
import { notHere } from './refusals.ts'
import { Seat } from './seat.ts'

export interface SeatsOptions {
  readonly host: HostContext
  readonly agenda: Agenda<Member>
  readonly call: Call
  /** Whether what the group's member here is told outlives the process. */
  readonly durable: (group: string) => boolean
  readonly isClosing: () => boolean
}

const NO_HOOKS: NonNullable<GroupOptions['hooks']> = {}

export class Seats {
  readonly #o: SeatsOptions
  readonly #byName = new Map<string, Seat>()
  readonly #byIncarnation = new Map<string, Member>()
  readonly #settings = new LastSeen<GroupSettings & MemberSettings>()

  constructor(options: SeatsOptions) {
    this.#o = options
  }

  get(name: string): Seat | undefined {
    return this.#byName.get(name)
  }

  has(name: string): boolean {
    return this.#byName.has(name)
  }

  keys(): MapIterator<string> {
    return this.#byName.keys()
  }

  /** Those that take part. */
  members(): IterableIterator<Member> {
    return this.#byIncarnation.values()
  }

  /** Whose messages are of that group. */
  memberOf(incarnation: string): Member | undefined {
    return this.#byIncarnation.get(incarnation)
  }

  /** @throws {RaftedError} `no-such-group` where none has a log here. */
  member(name: string): Member {
    const member = this.#byName.get(name)?.member ?? null
    if (member === null) throw notHere(name, this.#o.host.id)
    return member
  }

  /** @see `Host.group`. */
  async start(name: string, options: GroupOptions): Promise<void> {
    const seat = this.#newSeat(name, options)
    try {
      await seat.start(options.founding ?? null)
    } catch (error) {
      this.#byName.delete(name)
      throw error
    }
    this.#o.host.wake()
  }

  isDurable(name: string): boolean {
    return this.#o.durable(name)
  }

  /** @see `Host.stop`. */
  stop(name: string): void {
    const seat = this.#byName.get(name)
    if (seat === undefined) throw notHere(name, this.#o.host.id)
    seat.close()
    this.#byName.delete(name)
  }

  /** Another call may have been faster, and the group be started again by now: that is another seat, with files of its own. */
  async drop(name: string, seat: Seat): Promise<void> {
    await seat.drop()
    if (this.#byName.get(name) === seat) this.#byName.delete(name)
  }

  /** @see `Host.discard`. */
  async discard(name: string): Promise<void> {
    const seat = this.#byName.get(name)
    if (seat !== undefined) {
      await this.drop(name, seat)
      return
    }
    const { logs, snapshots } = this.#o.host
    await logs.remove(name)
    await snapshots.remove(name)
  }

  close(): void {
    for (const seat of this.#byName.values()) seat.close()
  }

  readonly #began = (member: Member): void => {
    this.#byIncarnation.set(member.incarnation, member)
    this.#o.agenda.add(member)
  }

  readonly #ended = (member: Member): void => {
    this.#byIncarnation.delete(member.incarnation)
    this.#o.agenda.remove(member)
  }

  #newSeat(name: string, options: GroupOptions): Seat {
    const { host, call, durable, isClosing } = this.#o
    checkName('group name', name, 255)
    checkOptions(options)
    const { machine, join = [], learner = false, formerData, hooks = NO_HOOKS, settings = {} } = options
    const { leadership = 'normal', founding = null } = options
    checkLeadership(leadership)
    if (founding !== null) checkFounding(founding, host.id)
    if (isClosing())
      throw new RaftedError('closed', `Host "${host.id}" is closed.`, { outcome: 'not-applied' })
    if (this.#byName.has(name))
      throw new RaftedError('already-exists', `Group "${name}" runs on host "${host.id}" already.`, {
        outcome: 'not-applied',
      })
    checkMachine(machine, host.codec)
    const seat = new Seat({
      host,
      group: name,
      machine,
      join: new JoinAddresses(join, name, host.event),
      learner,
      hooks,
      leadership,
      settings: this.#settings.of(checkSettings({ ...defaultSettings, ...settings })),
      durable: durable(name),
      formerDataLost: formerData === 'lost',
      call,
      began: this.#began,
      ended: this.#ended,
    })
    this.#byName.set(name, seat)
    return seat
  }
}
