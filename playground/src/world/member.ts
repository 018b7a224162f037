/** One member: its process while it runs, its disk, and its share of chance. */
import {
  Core,
  type CoreOptions,
  type Message,
  type ReadyRead,
  type SavedCore,
  type Write,
} from '@rafted/core'
import type { Pace } from './action.ts'
import { draw } from './chance.ts'
import { type Disk, storedOf } from './disk.ts'

/** Times of a group, milliseconds. */
export const times = { heartbeatMs: 200, electionMs: 1000 } as const
/** Less than any entry has: each travels in a message of its own, where people can see it and lose it. */
const maxAppendBytes = 1

/** A write that the disk has not finished. */
export interface UnderWay {
  readonly write: Write
  /** Null: the disk does nothing. */
  readonly doneAt: number | null
}

/** Whom a candidate, or one that asks whether it could be one, has for and against it. */
export interface Ballot {
  readonly role: 'pre-candidate' | 'candidate'
  readonly term: number
  readonly yes: readonly string[]
  readonly no: readonly string[]
}

export interface SavedMember {
  readonly id: string
  readonly core: SavedCore | null
  readonly problem: string | null
  readonly chance: number
  readonly patience: number | null
  readonly disk: Disk
  readonly pace: Pace
  readonly writes: readonly UnderWay[]
  readonly ballot: Ballot | null
  readonly vote: string | null
  readonly commit: number
  readonly due: readonly ReadyRead[]
}

export class Member {
  readonly id: string
  /** Null while it is down. */
  core: Core | null = null
  /** Why its core has stopped for good, or null. */
  problem: string | null = null
  /** What it draws in place of chance, from 0 to below 1. */
  patience: number | null = null
  disk: Disk
  pace: Pace = 'quick'
  /** Oldest first; they finish in this order. */
  writes: readonly UnderWay[] = []
  ballot: Ballot | null = null
  /** Whom it votes for in its term, as far as it has told its disk. */
  vote: string | null = null
  /** It has applied all up to here. */
  commit = 0
  /** Reads that wait until all up to their index is applied. */
  due: readonly ReadyRead[] = []
  #chance: number

  constructor(id: string, chance: number, disk: Disk) {
    this.id = id
    this.#chance = chance
    this.disk = disk
  }

  static load(saved: SavedMember): Member {
    const member = new Member(saved.id, saved.chance, saved.disk)
    member.problem = saved.problem
    member.patience = saved.patience
    member.pace = saved.pace
    member.writes = saved.writes
    member.ballot = saved.ballot
    member.vote = saved.vote
    member.commit = saved.commit
    member.due = saved.due
    if (saved.core !== null) member.core = Core.load(saved.core, member.#options)
    return member
  }

  save(): SavedMember {
    const { id, problem, patience, disk, pace, writes, ballot, vote, commit, due } = this
    const core = this.core?.save() ?? null
    return {
      id,
      core,
      problem,
      chance: this.#chance,
      patience,
      disk,
      pace,
      writes,
      ballot,
      vote,
      commit,
      due,
    }
  }

  get host(): string {
    return `h${this.id}`
  }

  get #options(): CoreOptions {
    return { id: this.id, random: () => this.#random(), maxAppendBytes, ...times }
  }

  #random(): number {
    if (this.patience !== null) return this.patience
    const [next, value] = draw(this.#chance)
    this.#chance = next
    return value
  }

  /** Its process begins, from what its disk holds. @throws {InvariantError} if that contradicts itself. */
  start(now: number): void {
    this.core = new Core(this.#options, storedOf(this.disk), now)
    this.problem = null
    this.ballot = null
    this.vote = this.disk.vote
    this.commit = this.core.commitIndex
  }

  /** Its process ends: what its disk has not finished is lost. */
  end(problem: string | null = null): void {
    this.core = null
    this.problem = problem
    this.writes = []
    this.ballot = null
    this.due = []
  }

  /** Counts a vote before the core does, since that ends the count. */
  hear(m: Message): void {
    const { ballot, core } = this
    if (ballot === null || core === null) return
    const counts =
      (m.kind === 'vote' && ballot.role === 'candidate' && m.term === ballot.term) ||
      (m.kind === 'pre-vote' && ballot.role === 'pre-candidate' && m.campaign === ballot.term + 1)
    if (!counts || ballot.yes.includes(m.from) || ballot.no.includes(m.from)) return
    this.ballot = m.granted
      ? { ...ballot, yes: [...ballot.yes, m.from] }
      : { ...ballot, no: [...ballot.no, m.from] }
  }

  /** Follows what the core has become. */
  count(): void {
    const { role, term } = this.core!.standing
    if (role !== 'candidate' && role !== 'pre-candidate') this.ballot = null
    else if (this.ballot?.role !== role || this.ballot.term !== term)
      this.ballot = { role, term, yes: [this.id], no: [] }
  }
}
