/**
 * A group in virtual time: cores, their disks, and a network that loses, repeats, reorders and delays. What goes wrong is
 * in `plan.ts`, what must hold in `ledger.ts`, what people do to the group in `chaos.ts`.
 */
import {
  type Configuration,
  Core,
  type CoreOptions,
  type Effects,
  emptyLog,
  type Input,
  type Message,
  type SnapshotPosition,
} from '../../src/index.ts'
import { Agenda } from './agenda.ts'
import { Chance } from './chance.ts'
import { type Entry, Ledger } from './ledger.ts'
import { Member, type Waiting } from './member.ts'
import { drawPlan, type Plan } from './plan.ts'

export const memberAt = (id: string, host: string) =>
  ({ id, host, address: host, durable: true, wire: [1, 1], machine: [1, 1] }) as const

export class World {
  readonly chance: Chance
  readonly plan: Plan
  readonly agenda = new Agenda()
  readonly ledger = new Ledger()
  readonly members = new Map<string, Member>()
  /** Links that are cut: `from>to`. */
  readonly cuts = new Set<string>()
  /** Each read under way, and what was committed when it began. */
  readonly reads = new Map<number, number>()
  readonly answered = new Set<number>()
  /** Nothing goes wrong any more. */
  calm = false
  turns = 0
  readsBegun = 0
  #drawn = 0

  constructor(seed: number) {
    this.chance = new Chance(seed)
    this.plan = drawPlan(this.chance)
    const hosts = Array.from({ length: this.plan.members }, (_, i) => `h${i + 1}`)
    const founders = hosts.map((host) => this.create(host))
    const configuration: Configuration = {
      voters: founders.map(({ id, host }) => memberAt(id, host)),
      outgoing: null,
      learners: [],
    }
    const first: Entry = { index: 1, term: 1, bytes: 100, time: 0, configuration, before: 0 }
    this.ledger.found([first])
    for (const member of founders) {
      member.disk.term = 1
      member.disk.entries = [first]
      this.start(member)
    }
  }

  get now(): number {
    return this.agenda.now
  }

  get up(): Member[] {
    return [...this.members.values()].filter((member) => member.core !== null)
  }

  create(host: string): Member {
    const member = new Member(`m${++this.#drawn}`, host)
    this.members.set(member.id, member)
    return member
  }

  /** Goes on until `turns` more turns are taken, or `until` says so. */
  run(turns: number, until: () => boolean = () => false): void {
    const end = this.turns + turns
    while (this.turns < end && !until()) if (!this.agenda.advance()) return
  }

  start(member: Member): void {
    const { id, disk } = member
    const stored = disk.term === 0 && disk.snapshot === null ? emptyLog() : disk.open()
    member.core = new Core(this.#options(id), stored, this.now)
    member.epoch++
    member.doneSeq = 0
    member.commit = stored.commit
    member.term = stored.term
    this.#wake(member)
  }

  /** The process ends. Of the writes under way a first part may have become durable. */
  crash(member: Member): void {
    const done = this.chance.between(0, member.underWay.length)
    for (const write of member.underWay.slice(0, done)) this.#apply(member, write)
    member.underWay = []
    member.diskFreeAt = 0
    member.inbox = []
    member.core = null
    member.epoch++
    member.turnDue = false
  }

  give(member: Member, input: Input, snapshot: Waiting['snapshot'] = null): void {
    if (member.core === null) return
    member.inbox.push({ input, snapshot })
    this.#due(member)
  }

  /** Runs `run` later, unless the process has ended by then. */
  later(member: Member, ms: number, run: () => void): void {
    const { epoch } = member
    this.agenda.at(this.now + ms, () => {
      if (member.epoch === epoch) run()
    })
  }

  #due(member: Member): void {
    if (member.turnDue) return
    member.turnDue = true
    this.later(member, Math.max(this.chance.next(), member.pausedUntil - this.now), () => this.#turn(member))
  }

  #wake(member: Member): void {
    const at = member.core!.wakeAt
    member.wakeAt = at
    if (at === Number.POSITIVE_INFINITY) return
    this.later(member, at - this.now, () => {
      if (member.wakeAt === at) this.#due(member)
    })
  }

  /** All that waits, then what is due. */
  #turn(member: Member): void {
    this.turns++
    member.turnDue = false
    const core = member.core!
    const { inbox } = member
    member.inbox = []
    for (const waiting of inbox) this.#step(member, core, waiting)
    const before = core.standing.configuration?.configuration ?? null
    const effects = core.drain(this.now)
    this.#take(member, core, effects, before)
    if (!this.calm && this.chance.once(this.plan.reload)) this.#reload(member)
    this.#wake(member)
  }

  /** A core that was saved as text goes on as if nothing had been. */
  #reload(member: Member): void {
    member.core = Core.load(JSON.parse(JSON.stringify(member.core!.save())), this.#options(member.id))
  }

  #options(id: string): CoreOptions {
    const { heartbeatMs, electionMs, maxAppendBytes, maxInflightBytes, maxUncommittedBytes } = this.plan
    const sizes = { maxAppendBytes, maxInflightBytes, maxUncommittedBytes }
    return { id, random: this.chance.next, heartbeatMs, electionMs, commitNoticeMs: 2, ...sizes }
  }

  #step(member: Member, core: Core, { input, snapshot }: Waiting): void {
    if (input.kind === 'read') this.reads.set(input.id, this.ledger.committed.length - 1)
    const over = input.kind === 'snapshot-installed' && core.termAt(input.meta.index) === input.meta.term
    const answer = core.step(input, this.now)
    // Taken though the log names its last entry: it has passed over entries that can't be read.
    if (over && answer.taken) this.write(member, { compactTo: input.meta.index })
    if (input.kind === 'message' && input.message.kind === 'append' && answer.taken && answer.count > 0)
      this.ledger.matches(core, answer.index, answer.index + answer.count - 1)
    if (input.kind === 'propose' && answer.taken)
      for (let i = 0; i < answer.count; i++)
        this.ledger.made(
          {
            index: answer.index + i,
            term: answer.term,
            bytes: input.bytes / answer.count,
            time: answer.time,
            configuration: null,
            before: core.termAt(answer.index + i - 1),
          },
          member.id,
        )
    if (snapshot !== null) {
      const { position, ended } = snapshot
      if (answer.taken) this.receive(member, position, ended)
      else ended(core.commitIndex >= position.index)
    }
  }

  /** A snapshot has arrived: first its store holds it, then the core hears of it. */
  receive(member: Member, position: SnapshotPosition, ended: (ok: boolean) => void): void {
    this.later(member, this.#diskTime() * 2, () => {
      this.save(member, position)
      this.later(member, this.chance.next(), () => {
        this.give(member, { kind: 'snapshot-installed', meta: position })
        ended(true)
      })
    })
  }

  /** The snapshot store keeps the newest. */
  save(member: Member, position: SnapshotPosition): void {
    if (position.term !== this.ledger.committed[position.index])
      throw new Error('a snapshot of what is not committed')
    if (position.index > (member.disk.snapshot?.index ?? 0)) member.disk.snapshot = position
  }

  #take(member: Member, core: Core, effects: Effects, before: Configuration | null): void {
    const { ledger } = this
    const { id, disk } = member
    for (const { index, term, time, configuration } of effects.own)
      ledger.made({ index, term, time, bytes: 32, configuration, before: core.termAt(index - 1) }, id)
    const { term, role, configuration, removedAt } = core.standing
    if (term < member.term) throw new Error(`the term of ${id} falls from ${member.term} to ${term}`)
    if (role === 'leader' && term !== member.ledTerm) {
      ledger.leads(term, id)
      ledger.complete(core, id)
      member.ledTerm = term
    }
    member.term = term
    this.#commit(member, core, effects.commitIndex, [before, configuration?.configuration ?? null])
    if (removedAt !== null && !member.removed) this.#remove(member, removedAt)
    for (const { id: read, index } of effects.reads) {
      const least = this.reads.get(read)!
      if (index < least) throw new Error(`a read gets index ${index}, ${least} was committed before it began`)
      this.answered.add(read)
    }
    for (const message of effects.messages) {
      const leader = this.members.get(ledger.leaderOf(message.term) ?? '')
      ledger.promises(message, disk, leader?.leads && leader.term === message.term ? leader.core : null)
      this.send(member, message)
    }
    for (const to of effects.snapshotsTo) this.#sendSnapshot(member, to)
    if (effects.write !== null) this.write(member, effects.write)
  }

  #commit(member: Member, core: Core, commit: number, configurations: (Configuration | null)[]): void {
    if (commit < member.commit)
      throw new Error(`the commit index of ${member.id} falls from ${member.commit} to ${commit}`)
    if (this.ledger.commits(core, member.commit + 1, commit)) {
      const known = configurations.filter((configuration) => configuration !== null)
      if (core.termAt(commit) !== member.term)
        throw new Error(`an entry of an older term is committed by itself`)
      this.ledger.onQuorum(commit, member.term, known, (id) => this.members.get(id)!.disk)
    }
    member.commit = commit
  }

  #remove(member: Member, at: number): void {
    const { configurations } = this.ledger
    const entry = configurations.find(({ index }) => index === at)
    const isIn = ({ voters, outgoing, learners }: Configuration) =>
      [...voters, ...(outgoing ?? []), ...learners].some(({ id }) => id === member.id)
    if (entry === undefined || isIn(entry.configuration) || isIn(configurations.at(-1)!.configuration))
      throw new Error(`${member.id} believes that it was removed at ${at}`)
    member.removed = true
  }

  /** Whoever lives on the receiver's host gets it, also when that is another member by now. */
  send(member: Member, message: Message, snapshot: Waiting['snapshot'] = null): void {
    const { plan, chance } = this
    const times = this.calm ? 1 : chance.once(plan.loss) ? 0 : chance.once(plan.repeat) ? 2 : 1
    for (let i = 0; i < times; i++) {
      const straggles = !this.calm && chance.once(plan.straggle)
      const ms = straggles ? chance.between(0, 3 * plan.electionMs) : this.#delay()
      this.agenda.at(this.now + ms, () => {
        if (this.cuts.has(`${member.host}>${this.members.get(message.to)!.host}`)) return
        const to = this.members.get(message.to)!
        const there = to.wiped || to.removed ? this.up.find(({ host }) => host === to.host) : to
        if (there !== undefined) this.give(there, { kind: 'message', message }, snapshot)
      })
    }
  }

  #delay(): number {
    const [low, high] = this.plan.delayMs
    return this.calm ? this.chance.next() * 2 : low + this.chance.next() * (high - low)
  }

  #diskTime(): number {
    const [low, high] = this.plan.diskMs
    return this.calm ? this.chance.next() * 2 : low + this.chance.next() * (high - low)
  }

  #sendSnapshot(member: Member, to: string): void {
    const position = member.disk.snapshot!
    let over = false
    const ended = (ok: boolean) =>
      this.later(member, this.#delay(), () => {
        if (over) return
        over = true
        this.give(member, { kind: 'snapshot-sent', to, index: position.index, ok })
      })
    this.later(member, 4 * this.plan.electionMs, () => ended(false))
    const { id, term } = member
    const { index, term: indexTerm } = position
    this.send(member, { kind: 'snapshot', from: id, to, term, index, indexTerm }, { position, ended })
  }

  /** Writes finish in order, each some time after it began. */
  write(member: Member, write: Member['underWay'][number]): void {
    member.underWay.push(write)
    member.diskFreeAt = Math.max(member.diskFreeAt, this.now + this.#diskTime())
    this.later(member, member.diskFreeAt - this.now, () => {
      const done = member.underWay.shift()!
      this.#apply(member, done)
      if ('seq' in done) member.doneSeq = done.seq
      if (member.underWay.length === 0 || this.chance.once(2))
        this.give(member, { kind: 'persisted', seq: member.doneSeq })
    })
  }

  #apply({ disk }: Member, write: Member['underWay'][number]): void {
    if ('seq' in write) disk.apply(write, this.ledger)
    else disk.compact(write.compactTo)
  }
}
