/**
 * How a host that waits for a group becomes a member: it asks the addresses it was given until one of them knows the group, creates a
 * log with a fresh member id under the group's incarnation, and asks the leader to add that member, again and again until its own
 * committed configuration holds it. An addition that was lost with its leader is asked for anew.
 *
 * A member that is there already, and is dialled elsewhere than its log says, or runs other code, asks for that to be changed, for as long as it runs: what it, or the host
 * before it at another address, has asked for may be committed much later.
 */
import type { Clock, ErrorCode, RaftedEvent, Random } from '@rafted/contracts'
import type { Member as ConfiguredMember } from '@rafted/core'
import { WIRE_VERSIONS } from '@rafted/wire'
import { isAsRecorded } from './changes.ts'
import { askLeader, type Call, pauseAfter } from './leader-calls.ts'
import type { Member } from './member.ts'
import type { Versions } from './raising.ts'
import { SeldomSet } from './seldom.ts'

/** Refusals that only people can do something about. */
const FOR_PEOPLE: ReadonlySet<ErrorCode> = new Set([
  'member-lost',
  'machine-too-old',
  'machine-too-new',
  'version-mismatch',
])

export interface JoiningOptions {
  readonly group: string
  readonly host: string
  readonly address: string
  readonly durable: boolean
  /** Of the user's machine, those that the code here knows. */
  readonly machine: Versions
  /** Not to be promoted. */
  readonly learner: boolean
  /** A person says that what this host kept of the group is lost. */
  readonly formerDataLost: boolean
  join(): readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly call: Call
  event(event: RaftedEvent): void
  /** Creates a member of this incarnation, with an empty log; null if the host is about to do otherwise. */
  create(incarnation: string): Promise<Member | null>
}

export class Joining {
  readonly #options: JoiningOptions
  #stopped = false
  #isHeld = false
  #isAsking = false
  /** What people have been told already. */
  readonly #said = new SeldomSet<ErrorCode>()
  /** There is nothing to ask for it until something changes, and nobody waits meanwhile: there may be thousands like it. */
  #resting: Member | null = null
  #wake: () => void = () => {}

  constructor(options: JoiningOptions) {
    this.#options = options
  }

  /** @param member the one whose log is here already, or null. */
  start(member: Member | null): void {
    const { event, group } = this.#options
    this.#run(member).catch((error: unknown) =>
      event({ kind: 'join', level: 'error', group, what: 'failed', error }),
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
          member = await this.#options.create(incarnation)
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
    const { group, call, event } = this.#options
    const located = await Promise.all(
      this.#others().map((address) => call(address, { kind: 'locate', group, incarnation: null })),
    )
    const found = new Set<string>()
    for (const response of located)
      if (response.kind === 'located' && response.knows === 'member' && response.incarnation !== null)
        found.add(response.incarnation)
    if (found.size > 1) event({ kind: 'join', level: 'error', group, what: 'ambiguous', error: [...found] })
    return found.size === 1 ? [...found][0]! : null
  }

  #selfOf({ id }: Member): ConfiguredMember {
    const { host, address, durable, machine } = this.#options
    return { id, host, address, durable, wire: WIRE_VERSIONS, machine }
  }

  async #askToJoin(member: Member, self: ConfiguredMember): Promise<void> {
    const { group, learner, formerDataLost, call, event } = this.#options
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
    event({ kind: 'join', level: this.#levelOf(response.code), group, what: 'refused', error: response })
  }

  /** Asked again and again, since a person may remove the former member, or replace the code of another; said once. */
  #levelOf(code: ErrorCode): 'error' | 'debug' {
    if (!FOR_PEOPLE.has(code) || this.#said.has(code)) return 'debug'
    this.#said.add(code)
    return 'error'
  }

  /** Its own host as well: it may lead, or be the only one. */
  async #askToMove(member: Member, self: ConfiguredMember): Promise<void> {
    const { group, address, call, event } = this.#options
    const { incarnation } = member
    const request = { kind: 'update-member', group, incarnation, member: self } as const
    const response = await askLeader(call, [...this.#others(), ...member.addresses, address], request)
    if (response?.kind !== 'error' || this.#stopped || member.ended !== null) return
    event({ kind: 'join', level: this.#levelOf(response.code), group, what: 'refused', error: response })
    if (response.code === 'no-such-member' && response.term >= member.term && !member.wasAdded)
      member.disown()
  }

  #others(): string[] {
    return this.#options.join().filter((address) => address !== this.#options.address)
  }

  #pause(attempt: number): Promise<void> {
    const { clock, random } = this.#options
    return new Promise((resolve) => {
      const cancel = clock.after(pauseAfter(attempt, random), resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
