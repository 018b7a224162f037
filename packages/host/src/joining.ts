/**
 * How a host that waits for a group becomes a member: it asks the addresses it was given until one of them knows the group, creates a
 * log with a fresh member id under the group's incarnation, and asks the leader to add that member, again and again until its own
 * committed configuration holds it. An addition that was lost with its leader is asked for anew.
 *
 * A member that is there already, and is dialled elsewhere than its log says, or runs other code, asks for that to be changed, for as long as it runs: what it, or the host
 * before it at another address, has asked for may be committed much later.
 */
import type { ErrorCode, Machine } from '@rafted/contracts'
import type { Member as ConfiguredMember } from '@rafted/core'
import { WIRE_VERSIONS } from '@rafted/wire'
import { isAsRecorded } from './changes.ts'
import type { HostContext } from './context.ts'
import type { JoinAddresses } from './join-addresses.ts'
import { askLeader, type Call, pauseAfter } from './leader-calls.ts'
import { versionsOf } from './machine-versions.ts'
import type { Member } from './member.ts'
import { SeldomSet } from './seldom.ts'

/** Refusals that only people can do something about. */
const FOR_PEOPLE: ReadonlySet<ErrorCode> = new Set([
  'member-lost',
  'machine-too-old',
  'machine-too-new',
  'version-mismatch',
])

export interface JoiningOptions {
  readonly host: Pick<HostContext, 'id' | 'address' | 'clock' | 'random' | 'event'>
  readonly group: string
  readonly durable: boolean
  readonly machine: Pick<Machine, 'version' | 'oldestVersion'>
  /** Not to be promoted. */
  readonly learner: boolean
  /** A person says that what this host kept of the group is lost. */
  readonly formerDataLost: boolean
  readonly join: Pick<JoinAddresses, 'now'>
  readonly call: Call
}

export interface SeatToJoin {
  /** Creates a member of this incarnation, with an empty log; null if the host is about to do otherwise. */
  becomeLearner(incarnation: string): Promise<Member | null>
}

const NOBODY_WAITS = (): void => {}

export class Joining {
  readonly #options: JoiningOptions
  readonly #seat: SeatToJoin
  #stopped = false
  #isHeld = false
  #isAsking = false
  /** What people have been told already. */
  readonly #said = new SeldomSet<ErrorCode>()
  /** There is nothing to ask for it until something changes, and nobody waits meanwhile: there may be thousands like it. */
  #resting: Member | null = null
  #wake: () => void = NOBODY_WAITS

  constructor(options: JoiningOptions, seat: SeatToJoin) {
    this.#options = options
    this.#seat = seat
  }

  /** @param member the one whose log is here already, or null. */
  start(member: Member | null): void {
    const { host, group } = this.#options
    this.#run(member).catch((error: unknown) =>
      host.event({ kind: 'join', level: 'error', group, what: 'failed', error }),
    )
  }

  /** Who the members are has changed. */
  look(): void {
    this.#goOn()
  }

  /** Whether it has asked to be added, and may be yet. */
  get isAsking(): boolean {
    return this.#isAsking
  }

  /** Asks for nothing new while the host takes its member out. */
  hold(): void {
    this.#isHeld = true
  }

  /** The member has stayed. */
  release(): void {
    this.#isHeld = false
    this.#wake()
    this.#goOn()
  }

  stop(): void {
    this.#stopped = true
    this.#resting = null
    this.#wake()
  }

  #goOn(): void {
    const member = this.#resting
    this.#resting = null
    // After the turn: what it changes, and what has changed, is settled then.
    if (member !== null) void Promise.resolve().then(() => this.start(member))
  }

  async #run(known: Member | null): Promise<void> {
    let member = known
    for (let attempt = 0; !this.#stopped; attempt++) {
      let isContent = false
      if (member === null) {
        const incarnation = await this.#find()
        if (this.#stopped) return
        if (incarnation !== null) {
          // Null while the host is asked to create the group: if that is refused, joining goes on.
          member = await this.#seat.becomeLearner(incarnation)
          if (member !== null) attempt = 0
        }
      }
      if (member !== null) {
        if (member.ended !== null) return
        const self = this.#selfOf(member)
        const [known, committed] = [member.self, member.committedSelf].map(
          (as) => as && isAsRecorded(as, self),
        )
        isContent = known === true && committed === true
        // One whose log names it waits for its leader: was it removed meanwhile, it has to learn that, not to come back. One whose log has lost that
        // may have been a member as well, and asks whether it still is.
        if (this.#isHeld) attempt = -1
        else if (!member.wasAdded && member.core.lostTo === null) await this.#askToJoin(member, self)
        else if (!member.wasAdded || known === false) await this.#askToMove(member, self)
      }
      if (isContent) {
        this.#resting = member
        return
      }
      await this.#pause(attempt)
    }
  }

  /** The incarnation of the group, if somebody knows it and nobody knows another. */
  async #find(): Promise<string | null> {
    const { group, call, host } = this.#options
    const located = await Promise.all(
      this.#others().map((address) => call(address, { kind: 'locate', group, incarnation: null })),
    )
    const found = new Set<string>()
    for (const response of located)
      if (response.kind === 'located' && response.knows === 'member' && response.incarnation !== null)
        found.add(response.incarnation)
    if (found.size > 1)
      host.event({ kind: 'join', level: 'error', group, what: 'ambiguous', error: [...found] })
    return found.size === 1 ? [...found][0]! : null
  }

  #selfOf({ id }: Member): ConfiguredMember {
    const { host, durable, machine } = this.#options
    const { id: hostId, address } = host
    return { id, host: hostId, address, durable, wire: WIRE_VERSIONS, machine: versionsOf(machine) }
  }

  async #askToJoin(member: Member, self: ConfiguredMember): Promise<void> {
    const { group, learner, formerDataLost, call, host } = this.#options
    const { incarnation } = member
    this.#isAsking = true
    const response = await askLeader(call, [...this.#others(), ...member.addresses], {
      kind: 'join',
      group,
      incarnation,
      member: self,
      promote: !learner,
      formerDataLost,
    })
    this.#isAsking = false
    if (response?.kind !== 'error' || this.#stopped || member.ended !== null) return
    host.event({ kind: 'join', level: this.#levelOf(response.code), group, what: 'refused', error: response })
  }

  /** Asked again and again, since a person may remove the former member, or replace the code of another; said once. */
  #levelOf(code: ErrorCode): 'error' | 'debug' {
    if (!FOR_PEOPLE.has(code) || this.#said.has(code)) return 'debug'
    this.#said.add(code)
    return 'error'
  }

  /** Its own host as well: it may lead, or be the only one. */
  async #askToMove(member: Member, self: ConfiguredMember): Promise<void> {
    const { group, host, call } = this.#options
    const { incarnation } = member
    const request = { kind: 'update-member', group, incarnation, member: self } as const
    const response = await askLeader(call, [...this.#others(), ...member.addresses, host.address], request)
    if (response?.kind !== 'error' || this.#stopped || member.ended !== null) return
    host.event({ kind: 'join', level: this.#levelOf(response.code), group, what: 'refused', error: response })
    if (response.code === 'no-such-member' && response.term >= member.term && !member.wasAdded)
      member.disown()
  }

  #others(): string[] {
    const { join, host } = this.#options
    return join.now().filter((address) => address !== host.address)
  }

  #pause(attempt: number): Promise<void> {
    const { clock, random } = this.#options.host
    return new Promise((resolve) => {
      const goOn = (): void => {
        this.#wake = NOBODY_WAITS
        resolve()
      }
      const cancel = clock.after(pauseAfter(attempt, random), goOn)
      this.#wake = () => {
        cancel()
        goOn()
      }
    })
  }
}
