/**
 * The entries that this member can't read: asked of the others by their (index, term), which names an entry for ever, so no leader
 * is needed and whoever has it can give it. Where the others have compacted them, one gives its snapshot instead. And the other side: what is
 * asked of this member.
 */
import { type Cancel, isRaftedError, type LogEntry, type Sender } from '@rafted/contracts'
import { type Core, type Input, type MemberId, membersOf } from '@rafted/core'
import {
  type DamageStatus,
  type FetchAnswer,
  type FetchedItem,
  type FetchItem,
  MAX_DAMAGED_RANGES,
  type RepairItem,
  type StuckEntry,
} from '@rafted/wire'
import type { HostContext } from './context.ts'
import { type DamagedPiece, piecesOf, stillWanted } from './damaged-pieces.ts'
import type { Mail } from './mail.ts'
import type { Member } from './member.ts'
import type { MemberSnapshots } from './member-snapshots.ts'
import type { Routes } from './routes.ts'
import { SeldomMap } from './seldom.ts'
import { SnapshotAsking } from './snapshot-asking.ts'

/** Bytes of entries in one answer, where the transport takes as many. */
const FETCH_BYTES = 256 * 1024
/** The longest time until a member that could not give an entry is asked for it again, milliseconds. */
const MAX_PAUSE_MS = 60_000

type Refusal = Exclude<FetchAnswer, 'given'>

/** A member that is asked. One question at a time is under way to each. */
interface Giver {
  asked: { readonly number: number; readonly index: number; readonly deadline: number } | null
  /** Why it could not give the entries that begin at these indexes. */
  readonly refused: Map<number, Refusal>
  /** When what it refused is asked for again, and how long the pause after that is. */
  againAt: number
  pauseMs: number
  isSilent: boolean
}

export interface RepairingOptions {
  readonly host: HostContext
  readonly group: string
  readonly incarnation: string
  readonly member: MemberId
  readonly core: Core
  readonly routes: Routes
  readonly mail: Mail
  readonly snapshots: MemberSnapshots
  /** A member that has not answered for this long is asked again, milliseconds. */
  silenceMs(): number
  input(input: Input): void
  failed(error: unknown): void
}

export class Repairing {
  readonly #o: RepairingOptions
  readonly #givers = new SeldomMap<MemberId, Giver>()
  readonly #asking: SnapshotAsking
  #isDamaged: boolean
  #restored = 0
  #stuck: StuckEntry | null = null
  #number = 0
  #cancel: Cancel | null = null
  #stopped = false

  constructor(options: RepairingOptions) {
    this.#o = options
    const { core, host, silenceMs, mail, snapshots } = options
    this.#isDamaged = core.damaged.length > 0 || core.lostTo !== null
    this.#asking = new SnapshotAsking({
      core,
      silenceMs,
      now: () => host.now(),
      ask: (from) => mail.askForSnapshot(from),
      take: (from, chunk) => snapshots.onPart(from, chunk),
    })
  }

  /** Asks for what is missing. To be called after each turn; costs nothing for a sound log. */
  advance(): void {
    if (!this.#isDamaged || this.#stopped) return
    const { core, host, group } = this.#o
    if (core.damaged.length > 0) {
      this.#askAll()
      return
    }
    this.#cancel?.()
    this.#cancel = null
    this.#stuck = null
    if (core.lostTo !== null) return
    this.#isDamaged = false
    host.event({ kind: 'log-restored', level: 'info', group, entries: this.#restored })
  }

  status(): DamageStatus | null {
    if (!this.#isDamaged || this.#stopped) return null
    const { damaged, lostTo } = this.#o.core
    const ranges = damaged.slice(0, MAX_DAMAGED_RANGES)
    return { ranges, lostTo, restored: this.#restored, stuck: this.#stuck }
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  onItem(item: RepairItem, from: Sender): void {
    this.#o.routes.heard(item.from, from.name, from.reply)
    if (item.kind === 'fetch') this.#give(item)
    else if (item.kind === 'fetched') this.#take(item)
    else if (item.kind === 'fetch-snapshot') {
      // Each takes a window of parts: there are never more of them than members.
      if (this.#others().includes(item.from)) this.#o.snapshots.give(item.from)
    } else {
      const { answer, installed } = this.#asking.onPart(item.from, item.chunk)
      if (answer === null) return
      this.#o.mail.sendProgress(item.from, item.chunk.transfer, answer, installed)
      this.#o.host.wake()
    }
  }

  #askAll(): void {
    const now = this.#o.host.now()
    const pieces = piecesOf(this.#o.core)
    const others = this.#others()
    // Whoever is a member no more may never answer, and would keep others from being asked for the same.
    for (const id of this.#givers.keys()) if (!others.includes(id)) this.#givers.delete(id)
    for (const id of others) this.#ask(id, this.#giver(id), pieces, now)
    this.#asking.askOneOf(others.filter((id) => this.#hasCompacted(id, pieces)))
    this.#judge(pieces)
    // Silence is noticed, and what was refused is asked for again.
    this.#cancel ??= this.#o.host.clock.after(this.#o.silenceMs(), () => {
      this.#cancel = null
      this.advance()
      this.#o.host.wake()
    })
  }

  /**
   * The members of the configuration in effect, whatever their role, and whoever leads: it can read all that it sends. It may be a member no more
   * (F74g), and the only one that is where it is thought to be.
   */
  #others(): MemberId[] {
    const { configuration, leader } = this.#o.core.standing
    const others = new Set<MemberId>()
    if (configuration !== null) for (const { id } of membersOf(configuration.configuration)) others.add(id)
    if (leader !== null) others.add(leader)
    others.delete(this.#o.member)
    return [...others]
  }

  #giver(id: MemberId): Giver {
    let giver = this.#givers.get(id)
    if (giver === undefined) {
      const pauseMs = this.#o.silenceMs()
      giver = { asked: null, refused: new Map(), againAt: 0, pauseMs, isSilent: false }
      this.#givers.set(id, giver)
    }
    return giver
  }

  #hasCompacted(id: MemberId, pieces: readonly DamagedPiece[]): boolean {
    const { refused } = this.#giver(id)
    return pieces.some(({ index }) => refused.get(index) === 'compacted')
  }

  #ask(id: MemberId, giver: Giver, pieces: readonly DamagedPiece[], now: number): void {
    if (giver.asked !== null) {
      if (now < giver.asked.deadline) return
      giver.asked = null
      giver.isSilent = true
    }
    if (giver.refused.size > 0 && now >= giver.againAt) giver.refused.clear()
    const piece = pieces.find(({ index }) => !giver.refused.has(index) && !this.#isAsked(index))
    const address = this.#o.routes.addressOf(id)
    if (piece === undefined || address === null) return
    const { host, incarnation, member, silenceMs } = this.#o
    const number = ++this.#number
    giver.asked = { number, index: piece.index, deadline: now + silenceMs() }
    const maxBytes = Math.min(FETCH_BYTES, host.outbox.maxPayloadBytes)
    host.outbox.push(
      address,
      { kind: 'fetch', incarnation, from: member, to: id, number, ...piece, maxBytes },
      'bulk',
    )
    host.wake()
  }

  /** Whether somebody is being asked for the entries from here on. */
  #isAsked(index: number): boolean {
    for (const { asked, isSilent } of this.#givers.values())
      if (asked?.index === index && !isSilent) return true
    return false
  }

  #take(item: FetchedItem): void {
    const giver = this.#givers.get(item.from)
    if (giver === undefined) return
    giver.isSilent = false
    const isAnswer = giver.asked?.number === item.number
    if (item.answer !== 'given') {
      if (isAnswer) this.#refused(giver, item.index, item.answer)
      return
    }
    giver.pauseMs = this.#o.silenceMs()
    // However late it comes: what is asked for is what these two numbers name.
    const entries = stillWanted(this.#o.core, item.entries)
    if (entries.length > 0) this.#restore(entries, giver, item.number)
    else if (isAnswer) giver.asked = null
  }

  #refused(giver: Giver, index: number, answer: Refusal): void {
    giver.asked = null
    if (giver.refused.size === 0) {
      giver.againAt = this.#o.host.now() + giver.pauseMs
      giver.pauseMs = Math.min(2 * giver.pauseMs, MAX_PAUSE_MS)
    }
    giver.refused.set(index, answer)
    this.#o.host.wake()
  }

  #restore(entries: readonly LogEntry[], giver: Giver, number: number): void {
    const { host, group, failed, input } = this.#o
    // Nobody is asked for them while they are written.
    if (giver.asked?.number === number) giver.asked = { ...giver.asked, deadline: Number.POSITIVE_INFINITY }
    const done = (): void => {
      if (giver.asked?.number === number) giver.asked = null
      host.wake()
    }
    host.logs.restore(group, entries).then(
      () => {
        if (this.#stopped) return
        this.#restored += entries.length
        input({ kind: 'restored', from: entries[0]!.index, to: entries.at(-1)!.index })
        done()
      },
      (error: unknown) => {
        // Another leader's entries have taken their place meanwhile, or a snapshot.
        if (isRaftedError(error) && error.code === 'invalid-argument') done()
        else if (!this.#stopped) failed(error)
      },
    )
  }

  /** Is there an entry that each member has been asked for in vain? Who has compacted it has a snapshot to give. */
  #judge(pieces: readonly DamagedPiece[]): void {
    const others = this.#others().map((id) => [id, this.#giver(id)] as const)
    const stuck = pieces.find(({ index }) =>
      others.every(([, { refused, isSilent }]) => saysNo(refused.get(index)) !== null || isSilent),
    )
    if (stuck === undefined) {
      // What was refused is being asked for again: nothing is known to be better yet.
      if (this.#stuck !== null && !pieces.some(({ index }) => index === this.#stuck!.index))
        this.#stuck = null
      return
    }
    const answers = others.map(([member, { refused }]) => ({
      member,
      says: saysNo(refused.get(stuck.index)) ?? ('silent' as const),
    }))
    const now: StuckEntry = { index: stuck.index, term: stuck.entryTerm, answers }
    if (JSON.stringify(now) === JSON.stringify(this.#stuck)) return
    this.#stuck = now
    const { host, group } = this.#o
    host.event({ kind: 'repair-stuck', level: 'error', group, ...now })
  }

  /** What another member can't read, if it is here. */
  #give({ from: to, number, index, last, entryTerm, maxBytes }: FetchItem): void {
    const { host, group, core, incarnation, member, routes, failed } = this.#o
    const answer = (what: FetchAnswer, entries: readonly LogEntry[]): void => {
      const address = routes.addressOf(to)
      if (address === null || this.#stopped) return
      const head = { kind: 'fetched', incarnation, from: member, to, number, index, entryTerm } as const
      host.outbox.push(address, { ...head, answer: what, entries }, 'bulk')
      host.wake()
    }
    // What is not durable here yet is not in the store for certain.
    const end = Math.min(last, core.durableIndex)
    if (index <= core.baseIndex) answer('compacted', [])
    else if (index > end || core.termAt(index) !== entryTerm) answer('lacks', [])
    else
      host.logs
        .read(group, index, end - index + 1, Math.min(maxBytes, FETCH_BYTES, host.outbox.maxPayloadBytes))
        .then((read) => {
          const other = read.findIndex((entry, at) => entry.index !== index + at || entry.term !== entryTerm)
          const entries = other < 0 ? read : read.slice(0, other)
          answer(entries.length > 0 ? 'given' : 'damaged', entries)
        })
        .catch(failed)
  }
}

function saysNo(refusal: Refusal | undefined): Exclude<Refusal, 'compacted'> | null {
  return refusal === undefined || refusal === 'compacted' ? null : refusal
}

/** Of this member. */
export function repairingOf(member: Member, mail: Mail, snapshots: MemberSnapshots): Repairing {
  const { host, group, incarnation, id, core, routes } = member
  return new Repairing({
    host,
    group,
    incarnation,
    member: id,
    core,
    routes,
    mail,
    snapshots,
    silenceMs: () => member.settings.electionMs,
    input: (what) => void member.input(what),
    failed: (error) => member.halt(error),
  })
}
