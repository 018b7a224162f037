/**
 * A whole group on a virtual clock: real cores, and between them a network, disks and clients that people can trouble. Nothing here
 * knows a browser, a real clock or real chance: the same scenario comes to the same state, event by event.
 */
import { type Answer, type Configuration, type Effects, type Input, InvariantError } from '@rafted/core'
import { type Link, limits } from './action.ts'
import { Calls, type SavedCalls } from './calls.ts'
import { beginning, draw } from './chance.ts'
import { compacted, foundedDisk, written } from './disk.ts'
import { arrival, type Flight } from './flight.ts'
import { Member, type SavedMember } from './member.ts'
import { type Broken, type Rule, Safety, type SavedSafety } from './safety.ts'

/** Something worth telling. */
export interface Note {
  /** How many events there had been. */
  readonly step: number
  readonly at: number
  readonly text: string
  /** `event`: the algorithm did it. `act`: somebody did it. `good`, `bad`: what came of it. */
  readonly tone: 'event' | 'act' | 'good' | 'bad'
}

/** Plain data: all that a world is. */
export interface SavedWorld {
  readonly now: number
  readonly step: number
  readonly chance: number
  readonly sent: number
  readonly members: readonly SavedMember[]
  readonly flights: readonly Flight[]
  readonly cuts: readonly string[]
  readonly calls: SavedCalls
  readonly safety: SavedSafety
  readonly broken: readonly Broken[]
}

/** More of these would only repeat the first. */
const MAX_BROKEN = 10
/** Messages under way. Beyond that the world would only get slower. */
const MAX_FLIGHTS = 2000

type Event =
  | { readonly at: number; readonly kind: 'arrival'; readonly flight: Flight }
  | { readonly at: number; readonly kind: 'written'; readonly member: Member }
  | { readonly at: number; readonly kind: 'wake'; readonly member: Member }

export class World {
  /** Virtual milliseconds, whole. */
  now = 0
  /** Events and actions so far. */
  step = 0
  readonly members = new Map<string, Member>()
  flights: readonly Flight[] = []
  calls: Calls
  safety: Safety
  broken: readonly Broken[] = []
  /** `from>to`. */
  #cuts: ReadonlySet<string> = new Set()
  /** Of the network. */
  #chance: number
  readonly #seed: number
  #sent = 0
  /** Is told what happens. */
  tell: (note: Note) => void = () => {}

  constructor(founders: number, seed: number, saved: SavedWorld | null = null) {
    this.#seed = seed
    this.#chance = saved?.chance ?? beginning(seed, 0)
    this.calls = new Calls(saved?.calls)
    const found = (rule: Rule, detail: string): void => this.#isBroken(rule, detail)
    this.safety = new Safety(found, saved?.safety)
    if (saved === null) this.#found(founders)
    else this.#load(saved)
  }

  #found(founders: number): void {
    const ids = Array.from({ length: founders }, (_, at) => String(at + 1))
    const configuration: Configuration = { voters: ids.map(memberOf), outgoing: null, learners: [] }
    this.calls.made(1, 1, 'configuration')
    for (const id of ids)
      this.members.set(id, new Member(id, beginning(this.#seed, Number(id)), foundedDisk(configuration)))
    for (const member of this.members.values()) this.begin(member)
  }

  #load(saved: SavedWorld): void {
    this.now = saved.now
    this.step = saved.step
    this.#sent = saved.sent
    for (const member of saved.members) this.members.set(member.id, Member.load(member))
    this.flights = saved.flights
    this.#cuts = new Set(saved.cuts)
    this.broken = saved.broken
  }

  save(): SavedWorld {
    return {
      now: this.now,
      step: this.step,
      chance: this.#chance,
      sent: this.#sent,
      members: [...this.members.values()].map((member) => member.save()),
      flights: this.flights,
      cuts: [...this.#cuts],
      calls: this.calls.save(),
      safety: this.safety.save(),
      broken: this.broken,
    }
  }

  note(text: string, tone: Note['tone'] = 'event'): void {
    this.tell({ step: this.step, at: this.now, text, tone })
  }

  /** When the next event falls; Infinity for never. */
  get nextAt(): number {
    return this.#next()?.at ?? Number.POSITIVE_INFINITY
  }

  /** The next event happens: one message arrives, one write is durable, or one member wakes. */
  advance(): void {
    const event = this.#next()
    if (event === null) return
    this.now = Math.max(this.now, event.at)
    this.step++
    if (event.kind === 'arrival') this.arrive(event.flight)
    else if (event.kind === 'written') this.#written(event.member)
    else this.turn(event.member, null)
  }

  /** Time passes up to here, in which nothing happens. */
  idle(until: number): void {
    if (until < this.nextAt) this.now = Math.max(this.now, until)
  }

  #next(): Event | null {
    let next: Event | null = null
    const consider = (event: Event): void => {
      if (next === null || event.at < next.at) next = event
    }
    for (const flight of this.flights) consider({ at: flight.arrivesAt, kind: 'arrival', flight })
    for (const member of this.members.values()) {
      const doneAt = member.writes[0]?.doneAt ?? null
      if (doneAt !== null) consider({ at: doneAt, kind: 'written', member })
    }
    for (const member of this.members.values())
      if (member.core !== null) consider({ at: Math.ceil(member.core.wakeAt), kind: 'wake', member })
    return next
  }

  /** A new member, which knows nothing. */
  newMember(): Member | null {
    const id = String(this.members.size + 1)
    if (this.members.size >= limits.members) return null
    const disk = { term: 0, vote: null, base: null, entries: [], snapshot: null }
    const member = new Member(id, beginning(this.#seed, Number(id)), disk)
    this.members.set(id, member)
    return member
  }

  /** Its process begins. */
  begin(member: Member): void {
    this.#guarded(member, () => {
      member.start(this.now)
      this.#carryOut(member)
    })
  }

  /** Its process ends. */
  end(member: Member): void {
    for (const read of this.calls.reads)
      if (read.member === member.id && read.state === 'waiting')
        this.calls.settle(read.number, 'refused', `S${member.id} ended`)
    member.end()
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`)
  }

  get cuts(): readonly Link[] {
    return [...this.#cuts].map((cut) => cut.split('>') as [string, string])
  }

  cut(links: readonly Link[], cut: boolean): void {
    const cuts = new Set(this.#cuts)
    for (const [from, to] of links) {
      if (cut) cuts.add(`${from}>${to}`)
      else cuts.delete(`${from}>${to}`)
    }
    this.#cuts = cuts
  }

  heal(): void {
    this.#cuts = new Set()
  }

  /** One turn of a member that runs: what has happened to it, if anything, and all that is due then. */
  turn(member: Member, input: Input | null): Answer | null {
    let answer: Answer | null = null
    this.#guarded(member, () => {
      const core = member.core!
      if (input?.kind === 'message') member.hear(input.message)
      if (input !== null) answer = core.step(input, this.now)
      this.#carryOut(member)
    })
    return answer
  }

  /** A member that sees its own state broken stops, and takes part in nothing more. */
  #guarded(member: Member, run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      this.#isBroken('Invariant of the core', `S${member.id} has stopped: ${error.message}`)
      this.end(member)
      member.problem = error.message
    }
  }

  #carryOut(member: Member): void {
    const core = member.core!
    const before = core.standing
    const last = core.lastIndex
    const effects = core.drain(this.now)
    for (const own of effects.own)
      this.calls.made(own.index, own.term, own.kind === 1 ? 'configuration' : 'noop')
    if (effects.write !== null) this.#write(member, effects.write)
    for (const message of effects.messages) {
      this.safety.told(message)
      this.#send(message, null)
    }
    this.#look(member, effects, before.role, last)
    this.#answer(member, effects)
    for (const to of effects.snapshotsTo) this.#sendSnapshot(member, to)
  }

  /** What has changed at a member, and whether it may have. */
  #look(member: Member, effects: Effects, roleBefore: string, lastBefore: number): void {
    const core = member.core!
    const { role, term, removedAt } = core.standing
    member.count()
    if (role === 'leader' && (roleBefore !== 'leader' || effects.changed !== null))
      this.safety.leads(member.id, term, core)
    if (effects.write?.entries || effects.write?.reset || core.lastIndex !== lastBefore) {
      const others = [...this.members.values()].filter((other) => other !== member && other.core !== null)
      this.safety.match(
        member.id,
        core,
        others.map((other) => [other.id, other.core!] as const),
      )
    }
    if (effects.commitIndex > member.commit) {
      const wasKnown = this.safety.highest
      this.safety.commits(member.id, core, member.commit, effects.commitIndex, term)
      member.commit = effects.commitIndex
      if (this.safety.highest > wasKnown)
        this.note(
          `S${member.id} commits up to entry ${effects.commitIndex}: a majority has it on disk`,
          'good',
        )
    }
    if (role !== roleBefore) this.#tellRole(member, role, term)
    if (effects.changed?.removedAt != null) this.note(`S${member.id} has been removed at entry ${removedAt}`)
  }

  #tellRole({ id }: Member, role: string, term: number): void {
    if (role === 'leader') this.note(`S${id} leads term ${term}`, 'good')
    else if (role === 'candidate') this.note(`S${id} is a candidate of term ${term}: it votes for itself`)
    else if (role === 'pre-candidate')
      this.note(`S${id} hears no leader, and asks whether it would be elected in term ${term + 1}`)
    else this.note(`S${id} follows again, in term ${term}`)
  }

  #write(member: Member, write: NonNullable<Effects['write']>): void {
    member.vote = write.vote
    const before = member.writes.at(-1)
    const doneAt =
      before?.doneAt === null || member.pace === 'stalled'
        ? null
        : Math.max(before?.doneAt ?? 0, this.now + this.#writeMs(member))
    member.writes = [...member.writes, { write, doneAt }]
  }

  #writeMs(member: Member): number {
    const share = this.#draw()
    return Math.round(member.pace === 'slow' ? 500 + 400 * share : 8 + 12 * share)
  }

  /** Its disk goes at another pace from now on, also about what is under way. */
  pace(member: Member, pace: Member['pace']): void {
    member.pace = pace
    let at = this.now
    member.writes = member.writes.map(({ write, doneAt }) => {
      if (pace === 'stalled') return { write, doneAt: null }
      at = Math.max(at, doneAt !== null && pace === 'slow' ? doneAt : this.now + this.#writeMs(member))
      return { write, doneAt: at }
    })
  }

  #written(member: Member): void {
    const [first, ...rest] = member.writes
    member.disk = written(member.disk, first!.write)
    member.writes = rest
    this.turn(member, { kind: 'persisted', seq: first!.write.seq })
  }

  #draw(): number {
    const [next, value] = draw(this.#chance)
    this.#chance = next
    return value
  }

  #send(message: Flight['message'], snapshot: Flight['snapshot']): void {
    const id = ++this.#sent
    const { arrivesAt } = arrival(this.flights, message, this.now, this.#draw())
    const isLost = this.isCut(message.from, message.to) || this.flights.length >= MAX_FLIGHTS
    const halfway = Math.max(this.now + 1, Math.round((this.now + arrivesAt) / 2))
    const flight = {
      id,
      message,
      sentAt: this.now,
      arrivesAt: isLost ? halfway : arrivesAt,
      isLost,
      snapshot,
    }
    this.flights = [...this.flights, flight]
  }

  /** A message arrives, or vanishes. */
  arrive(flight: Flight): void {
    const { message, snapshot } = flight
    this.flights = this.flights.filter((other) => other !== flight)
    const receiver = this.members.get(message.to)
    if (flight.isLost || receiver === undefined || receiver.core === null) {
      this.vanished(flight)
      return
    }
    const answer = this.turn(receiver, { kind: 'message', message })
    if (snapshot !== null && answer !== null) this.#takeSnapshot(flight, receiver, answer.taken)
  }

  /** A message will not arrive: of a snapshot, its sender gets to know. */
  vanished({ message, snapshot }: Flight): void {
    if (snapshot !== null) this.#snapshotSent(message.from, message.to, snapshot.index, false)
  }

  /** What is wrong is told once. */
  #isBroken(rule: Rule, detail: string): void {
    const known = this.broken.some((each) => each.rule === rule && each.detail === detail)
    if (known || this.broken.length >= MAX_BROKEN) return
    this.broken = [...this.broken, { rule, detail, step: this.step, at: this.now }]
    this.note(`${rule} does not hold: ${detail}`, 'bad')
  }

  // Snapshots.

  #sendSnapshot(from: Member, to: string): void {
    const { snapshot } = from.disk
    if (snapshot === null) return
    const { index, term: indexTerm } = snapshot
    const { term } = from.core!.standing
    this.note(`S${from.id} no longer holds what S${to} lacks, and sends its snapshot`)
    this.#send({ kind: 'snapshot', from: from.id, to, term, index, indexTerm }, snapshot)
  }

  #takeSnapshot({ message, snapshot }: Flight, receiver: Member, wanted: boolean): void {
    const meta = snapshot!
    if (wanted && receiver.core !== null) {
      const held = receiver.core.termAt(meta.index) === meta.term
      const answer = this.turn(receiver, { kind: 'snapshot-installed', meta })
      if (answer?.taken && held) receiver.disk = compacted(receiver.disk, meta)
      else receiver.disk = { ...receiver.disk, snapshot: meta }
      if (answer?.taken) this.note(`S${receiver.id} begins after the snapshot of ${meta.index}`, 'good')
    }
    this.#snapshotSent(message.from, message.to, meta.index, true)
  }

  #snapshotSent(from: string, to: string, index: number, ok: boolean): void {
    const sender = this.members.get(from)
    if (sender?.core != null) this.turn(sender, { kind: 'snapshot-sent', to, index, ok })
  }

  // Reads.

  #answer(member: Member, effects: Effects): void {
    for (const { id, reason } of effects.refused) {
      const read = this.calls.settle(id, 'refused', reason)
      if (read !== null) this.note(`S${member.id} refuses read ${id}: ${reason}`)
    }
    const due = [...member.due, ...effects.reads]
    member.due = due.filter(({ index }) => index > member.commit)
    for (const { id, index } of due) {
      if (index > member.commit) continue
      const value = this.valueAt(member)
      const read = this.calls.settle(id, 'answered', value)
      if (read === null) continue
      this.note(`S${member.id} answers read ${id}: ${value}`, 'good')
      this.safety.readAnswered(member.id, member.commit, read.floor)
    }
  }

  /** The value that a member has applied, for people: `x = 3`. */
  valueAt(member: Member): string {
    for (let index = member.commit; index > 0; index--) {
      const term = member.core?.termAt(index) ?? this.safety.committedAt(index)?.term
      const value = term === undefined ? null : this.calls.valueOf(index, term)
      if (value !== null) return `x = ${value}`
    }
    return 'x has no value'
  }
}

/** How a configuration records a member. */
export function memberOf(id: string): Configuration['voters'][number] {
  return { id, host: `h${id}`, address: `h${id}`, durable: true, wire: [1, 1], machine: [1, 1] }
}
