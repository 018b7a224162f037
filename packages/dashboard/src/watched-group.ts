/** What is remembered of one group: how fast it goes, and who has led it. */
import type { MemberStatus } from '@rafted/wire'
import { type GroupRow, leaderHost, membersOf, rowOf } from './rows.ts'
import { Series, type Values } from './series.ts'

/** From when on a host led. */
export interface Leadership {
  /** Wall-clock milliseconds at which that was seen. */
  readonly at: number
  readonly term: number
  /** Null: nobody, as far as was known here. */
  readonly leader: string | null
}

/** What the page draws of a group's last minutes. */
export interface GroupHistory {
  readonly perSecond: Values
  readonly behind: Values
  readonly uncommittedBytes: Values
}

const KEPT_LEADERSHIPS = 64
const KEPT_NAMES = 64

export class WatchedGroup {
  row: GroupRow
  /** The look at which its row changed last. */
  changedAt = 0
  status: MemberStatus | null = null
  readonly leaderships: Leadership[] = []
  readonly #perSecond: Series | null
  readonly #behind: Series | null
  readonly #uncommitted: Series | null
  /** Hosts by the members that they had. */
  readonly #hosts = new Map<string, string>()
  #text = ''
  #lookedAt = 0

  /** @param isRemembered whether it has a history: of very many groups not all do. */
  constructor(name: string, hostId: string, isRemembered: boolean) {
    this.row = rowOf({ name, title: null }, hostId, null, null)
    const series = (): Series | null => (isRemembered ? new Series() : null)
    this.#perSecond = series()
    this.#behind = series()
    this.#uncommitted = series()
  }

  /**
   * @param now monotonic milliseconds. @param wall those of the wall clock.
   * @returns entries per second since the look before, null where that isn't known; and whether another leadership has begun.
   */
  look(
    status: MemberStatus | null,
    title: string | null,
    hostId: string,
    at: { readonly now: number; readonly wall: number },
  ): { perSecond: number | null; isLedAnew: boolean } {
    const perSecond = this.#rate(status, at.now)
    this.status = status
    this.#lookedAt = at.now
    this.row = rowOf({ name: this.row.name, title }, hostId, status, perSecond)
    this.#perSecond?.add(perSecond)
    this.#behind?.add(this.row.behind)
    this.#uncommitted?.add(status?.uncommittedBytes ?? null)
    if (status === null) return { perSecond, isLedAnew: false }
    for (const { id, host } of membersOf(status)) this.#name(id, host)
    const isLedAnew = this.led(status.term, status.leader === null ? null : leaderHost(status), at.wall)
    return { perSecond, isLedAnew }
  }

  /** It has no member here: the registry says where it is. */
  isElsewhere(row: GroupRow): void {
    this.status = null
    this.row = row
    for (const series of [this.#perSecond, this.#behind, this.#uncommitted]) series?.add(null)
  }

  /** @returns whether its row is another than it was when this was asked last. */
  hasChanged(): boolean {
    const text = JSON.stringify(this.row)
    if (text === this.#text) return false
    this.#text = text
    return true
  }

  /** @returns whether that is a leadership which was not known. */
  led(term: number, leader: string | null, wall: number): boolean {
    const last = this.leaderships.at(-1)
    if (last !== undefined && (term < last.term || (term === last.term && leader === last.leader)))
      return false
    // Within a term whoever led it may be forgotten for a moment, and be told again; that nobody leads it is worth a mark, too.
    this.leaderships.push({ at: wall, term, leader })
    if (this.leaderships.length > KEPT_LEADERSHIPS) this.leaderships.shift()
    const isNew = leader !== null && !this.leaderships.slice(0, -1).some((one) => isSame(one, term, leader))
    return isNew && last !== undefined
  }

  /** The host of a member, as far as a configuration has named it. */
  hostOf(member: string): string | null {
    return this.#hosts.get(member) ?? null
  }

  get history(): GroupHistory | null {
    if (this.#perSecond === null) return null
    return {
      perSecond: this.#perSecond.read(),
      behind: this.#behind!.read(),
      uncommittedBytes: this.#uncommitted!.read(),
    }
  }

  #rate(status: MemberStatus | null, now: number): number | null {
    const before = this.status
    if (status === null || before === null || before.incarnation !== status.incarnation) return null
    const seconds = (now - this.#lookedAt) / 1000
    if (seconds <= 0) return null
    // Another member may answer than the one before, and be a little behind it.
    return Math.max(0, Math.round((status.commitIndex - before.commitIndex) / seconds))
  }

  #name(member: string, host: string): void {
    if (this.#hosts.get(member) === host) return
    this.#hosts.delete(member)
    this.#hosts.set(member, host)
    if (this.#hosts.size > KEPT_NAMES) this.#hosts.delete(this.#hosts.keys().next().value!)
  }
}

function isSame(one: Leadership, term: number, leader: string): boolean {
  return one.term === term && one.leader === leader
}
