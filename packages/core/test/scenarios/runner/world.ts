/**
 * Some cores, with everything between them under control: each has a clock, chance and a disk of its own, and nothing
 * moves unless a command moves it. Whatever changes, is sent or is written gets a line in the transcript.
 */
import type * as coreModule from '../../../src/index.ts'
import type {
  Answer,
  Configuration,
  ConfigurationEntry,
  Member as ConfiguredMember,
  Core,
  CoreOptions,
  Effects,
  Input,
  LeadershipWish,
  SnapshotPosition,
  Standing,
} from '../../../src/index.ts'
import { type Asked, Disk } from './disk.ts'
import { type Flying, Network } from './network.ts'
import * as print from './print.ts'
import { Safety } from './safety.ts'

/** The sources under test: the real ones, or a mutant of them. */
export type CoreModule = Pick<typeof coreModule, 'Core' | 'emptyLog'>

export interface Member {
  readonly id: string
  readonly host: string
  /** Null while it is down. */
  core: Core | null
  /** Its monotonic clock, milliseconds. */
  now: number
  /** What its source of chance gives, in turn. */
  chance: readonly number[]
  chanceAt: number
  readonly disk: Disk
  /** Its writes don't finish unless told to. */
  slowDisk: boolean
  /** How much it wants to lead. */
  leadership: LeadershipWish
  /** Options of its own, from its next start on. */
  options: Partial<CoreOptions>
  /** A snapshot has arrived whole and is not saved yet. */
  arrived: SnapshotPosition | null
  standing: Standing | null
  /** Up to here it has been told to apply. */
  commitIndex: number
  shown: ReadonlyMap<string, string>
}

/** What is known of an entry beyond its place. */
interface EntryContent {
  readonly time: number
  readonly configuration: Configuration | null
  readonly asked: Asked | null
}

export type ReadOutcome = { readonly at: number } | { readonly refused: string }

const maxTurns = 20_000

export class World {
  readonly module: CoreModule
  readonly members = new Map<string, Member>()
  readonly network = new Network()
  readonly safety = new Safety()
  readonly entries = new Map<string, EntryContent>()
  readonly reads = new Map<string, ReadOutcome>()
  /** Transfers that a leader has asked for, as `from->to`. */
  readonly snapshotsDue = new Set<string>()
  /** How often, since the beginning. */
  readonly snapshotsAsked = new Map<string, number>()
  options: Partial<CoreOptions> = {}
  /** Only how members stand at the end is shown. */
  quiet = false
  /** Nobody reads the transcript. */
  readonly silent: boolean
  #lines: string[] = []
  #turns = 0

  constructor(module: CoreModule, silent: boolean) {
    this.module = module
    this.silent = silent
  }

  say(line: string): void {
    if (!this.quiet) this.#lines.push(line)
  }

  /** A line that is only made up if it is wanted. */
  tell(line: () => string): void {
    if (!this.quiet && !this.silent) this.#lines.push(line())
  }

  takeLines(): string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  member(id: string): Member {
    const member = this.members.get(id)
    if (member === undefined) throw new Error(`there is no member ${id}`)
    return member
  }

  alive(): Member[] {
    return [...this.members.values()].filter(({ core }) => core !== null)
  }

  /** How a configuration records the member. */
  configured(id: string): ConfiguredMember {
    const { host } = this.member(id)
    return { id, host, address: host, durable: true, wire: [1, 1], machine: [1, 1] }
  }

  addMember(id: string, host: string): Member {
    if (this.members.has(id)) throw new Error(`there is a member ${id} already`)
    const member: Member = {
      id,
      host,
      core: null,
      now: 0,
      chance: [0.5],
      chanceAt: 0,
      disk: new Disk(id, (index, term) => this.entries.get(`${index}@${term}`)?.asked ?? null),
      slowDisk: false,
      leadership: 'normal',
      options: {},
      arrived: null,
      standing: null,
      commitIndex: 0,
      shown: new Map(),
    }
    this.members.set(id, member)
    return member
  }

  /** Starts a member from what its disk holds. */
  start(member: Member): void {
    if (member.core !== null) throw new Error(`${member.id} is running`)
    const random = () => member.chance[member.chanceAt++ % member.chance.length]!
    const options = {
      ...this.options,
      ...member.options,
      id: member.id,
      random,
      leadership: member.leadership,
    }
    member.core = new this.module.Core(options, member.disk.stored(), member.now)
    member.standing = null
    member.shown = new Map()
    this.turn(member, null)
  }

  /** Stops a member. Of its writes under way the first `finished` have reached the disk, and nobody was told. */
  crash(member: Member, finished: number): void {
    if (member.core === null) throw new Error(`${member.id} is down`)
    for (const write of member.disk.underWay.splice(0).slice(0, finished)) member.disk.finish(write)
    member.core = null
    member.arrived = null
    for (const transfer of [...this.snapshotsDue])
      if (transfer.startsWith(`${member.id}->`)) this.snapshotsDue.delete(transfer)
    this.say(`${member.id}: down`)
    this.safety.check(member, null)
  }

  /** One turn of a member: an input, if any, and all that is due then. */
  turn(member: Member, input: Input | null): Answer | null {
    const { core } = member
    if (core === null) throw new Error(`${member.id} is down`)
    if (++this.#turns > maxTurns) throw new Error('this does not come to an end')
    const before = member.standing?.configuration?.configuration ?? null
    const answer = input === null ? null : core.step(input, member.now)
    if (answer?.taken && input?.kind === 'propose')
      for (let index = answer.index; index < answer.index + answer.count; index++)
        this.#made(member, index, answer.term, {
          time: answer.time,
          configuration: null,
          asked: null,
        })
    this.#take(member, core.drain(member.now), before)
    return answer
  }

  #made(member: Member, index: number, term: number, content: EntryContent): void {
    this.safety.appended(member.id, index, term)
    this.entries.set(`${index}@${term}`, content)
  }

  #take(member: Member, effects: Effects, before: Configuration | null): void {
    const core = member.core!
    const { standing } = core
    member.standing = standing
    member.commitIndex = effects.commitIndex
    for (const { index, term, time, configuration, abstainMs } of effects.own) {
      const asked = abstainMs === 0 ? null : { leader: member.id, abstainMs }
      this.#made(member, index, term, { time, configuration, asked })
    }
    if (standing.role === 'leader') this.safety.leads(member.id, standing.term)
    this.show(member)
    if (effects.write !== null) {
      this.tell(() => `${member.id}: ${print.write(effects.write!)}`)
      member.disk.underWay.push(effects.write)
    }
    for (const { id, index, byLease } of effects.reads) this.#readAnswered(member, id, index, byLease)
    for (const { id, reason } of effects.refused) {
      this.say(`${member.id}: read ${id} refused: ${reason}`)
      this.reads.set(`${member.id} ${id}`, { refused: reason })
    }
    for (const to of effects.snapshotsTo) {
      this.say(`${member.id}: a snapshot is due to ${to}`)
      const transfer = `${member.id}->${to}`
      this.snapshotsDue.add(transfer)
      this.snapshotsAsked.set(transfer, (this.snapshotsAsked.get(transfer) ?? 0) + 1)
    }
    for (const message of effects.messages) this.send({ message, snapshot: null })
    this.safety.commits(member, effects.commitIndex, standing.term, this.members, [
      before,
      standing.configuration?.configuration ?? null,
    ])
    this.safety.check(member, standing.role === 'leader' ? standing.term : null)
  }

  #readAnswered(member: Member, id: number, index: number, byLease: boolean): void {
    this.say(`${member.id}: read ${id} at ${index}${byLease ? ', by its lease' : ''}`)
    this.reads.set(`${member.id} ${id}`, { at: index })
    this.safety.readAnswered(id, index)
  }

  send(flying: Flying): void {
    const arrives = this.network.send(flying)
    this.tell(() => `${arrives ? 'send' : 'lost'} ${print.message(flying.message)}`)
    this.safety.told(flying.message)
  }

  /** A message arrives: at the member that it is for, or at the one that lives on that host now. */
  deliver(flying: Flying): void {
    const { message } = flying
    const named = this.member(message.to)
    const receiver = named.core === null ? this.alive().find(({ host }) => host === named.host) : named
    if (receiver === undefined) {
      this.tell(() => `lost ${print.message(message)}: ${message.to} is down`)
      return
    }
    this.tell(() => `recv ${print.message(message)}${receiver === named ? '' : ` (by ${receiver.id})`}`)
    const answer = this.turn(receiver, { kind: 'message', message })
    if (message.kind !== 'snapshot' || receiver !== named) return
    if (answer?.taken) receiver.arrived = flying.snapshot
    this.say(`${receiver.id}: ${answer?.taken ? 'wants' : 'does not want'} the snapshot of ${message.index}`)
  }

  /** The first `count` writes under way of a member finish, and its core is told. */
  persist(member: Member, count: number): void {
    const writes = member.disk.underWay.splice(0, count)
    for (const write of writes) member.disk.finish(write)
    const last = writes.at(-1)
    if (last === undefined) return
    this.say(`${member.id}: #${last.seq} is durable`)
    this.turn(member, { kind: 'persisted', seq: last.seq })
  }

  /** Time passes for one member. It wakes whenever its core asked to be woken. */
  tick(member: Member, ms: number): void {
    const until = member.now + ms
    const core = member.core
    for (let turns = 0; core !== null && core.wakeAt <= until; turns++) {
      if (turns > 1000) throw new Error(`${member.id} asks to be woken again and again`)
      member.now = Math.max(member.now, core.wakeAt)
      this.turn(member, null)
    }
    member.now = until
  }

  /** The configuration in effect at `index` of a member's log, from the entries that made it. */
  configurationAt(member: Member, index: number): ConfigurationEntry {
    for (let at = index; at > member.core!.baseIndex; at--) {
      const configuration = this.entries.get(`${at}@${member.core!.termAt(at)}`)?.configuration
      if (configuration) return { index: at, configuration }
    }
    if (member.disk.snapshot === null) throw new Error(`${member.id} knows no configuration at ${index}`)
    return member.disk.snapshot.configuration
  }

  /** Says what has changed about a member since it was last shown. */
  show(member: Member): void {
    if (!this.quiet && !this.silent) this.showTogether([member])
  }

  /** The same for several; those of whom the same is to be said share a line. */
  showTogether(members: Iterable<Member>): void {
    const news = new Map<string, string[]>()
    for (const member of members) {
      if (member.core === null) continue
      const now = describe(member, member.core)
      const changed = [...now].filter(([key, value]) => member.shown.get(key) !== value)
      member.shown = now
      if (changed.length === 0) continue
      const text = changed.map(([, value]) => value).join(', ')
      news.set(text, [...(news.get(text) ?? []), member.id])
    }
    for (const [text, ids] of news) this.say(`${ids.join(' ')}: ${text}`)
  }
}

function describe({ standing, disk }: Member, core: Core): Map<string, string> {
  const { role, term, leader, configuration, removedAt, transferringTo } = standing!
  const log = print.stretches(core.baseIndex + 1, core.lastIndex, (index) => core.termAt(index))
  const facts: [string, string][] = [
    ['role', role === 'follower' && leader !== null ? `follower of ${leader}` : role],
    ['term', `term ${term}`],
    ['log', `log ${core.baseIndex > 0 ? `${core.baseIndex}| ` : ''}${log === '' ? '-' : log}`],
    ['commit', `commit ${core.commitIndex}`],
    ['durable', `durable ${core.durableIndex}`],
  ]
  if (configuration !== null)
    facts.push([
      'members',
      `members at ${configuration.index}: ${print.configuration(configuration.configuration)}`,
    ])
  if (transferringTo !== null) facts.push(['transfer', `hands over to ${transferringTo}`])
  if (disk.wasDamaged) {
    const damaged = print.ranges(core.damaged, ' ')
    facts.push(['damaged', damaged === '' ? 'all can be read' : `can't read ${damaged}`])
    facts.push(['lost', core.lostTo === null ? 'nothing is lost' : `lost up to ${core.lostTo}`])
  }
  if (removedAt !== null) facts.push(['removed', `removed at ${removedAt}`])
  return new Map(facts)
}
