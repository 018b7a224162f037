/** Looks at the members here again and again, and remembers the last minutes. */
import type { Cancel, Clock, RaftedEvent } from '@rafted/contracts'
import type { MemberStatus } from '@rafted/wire'
import type { Placement } from './placement.ts'
import { rowElsewhere } from './rows.ts'
import { Series, type Values } from './series.ts'
import type { DashboardHost } from './sources.ts'
import { WatchedGroup } from './watched-group.ts'

/** Groups beyond these are not shown: they are counted. */
export const MOST_GROUPS = 10_000
/** So many have a history. */
export const MOST_HISTORIES = 2000
/** So many members are looked at without letting the process do anything else. */
const AT_ONCE = 32
/** A status that is asked of somebody else is waited for no longer. */
const ASK_MS = 2000

/** What the page draws of a host's last minutes. */
export interface HostHistory {
  readonly perSecond: Values
  readonly elections: Values
  readonly diskP50Ms: Values
  readonly diskP99Ms: Values
  readonly loopP99Ms: Values
}

export interface WatchOptions {
  readonly host: DashboardHost
  readonly placement: Placement | null
  readonly clock: Clock
  readonly everyMs: number
  /** After each look. @param seconds since the one before. */
  readonly looked: (seconds: number) => void
}

export class Watch {
  readonly #options: WatchOptions
  readonly #groups = new Map<string, WatchedGroup>()
  readonly #series = {
    perSecond: new Series(),
    elections: new Series(),
    diskP50Ms: new Series(),
    diskP99Ms: new Series(),
    loopP99Ms: new Series(),
  }
  /** Of the last look; each has its number. */
  #number = 0
  /** The look in which a group went last: whoever knows less has to forget some. */
  #wentAt = 0
  #beyond = 0
  #elections = 0
  #lookedAt: number | null = null
  #histories = 0
  #timer: Cancel | null = null
  #isClosed = false

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** Looks for the first time, and from then on. */
  async open(): Promise<void> {
    await this.#look()
    this.#later()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.()
  }

  get number(): number {
    return this.#number
  }

  /** Groups that are not shown. */
  get beyond(): number {
    return this.#beyond
  }

  get size(): number {
    return this.#groups.size
  }

  group(name: string): WatchedGroup | undefined {
    return this.#groups.get(name)
  }

  /** All whose rows have changed after that look; `isAll`: whoever knows others has to forget them. */
  changedSince(number: number): { isAll: boolean; groups: readonly WatchedGroup[] } {
    const isAll = number < this.#wentAt || number <= 0 || number > this.#number
    const groups = [...this.#groups.values()]
    return { isAll, groups: isAll ? groups : groups.filter(({ changedAt }) => changedAt > number) }
  }

  get history(): HostHistory {
    const { perSecond, elections, diskP50Ms, diskP99Ms, loopP99Ms } = this.#series
    return {
      perSecond: perSecond.read(),
      elections: elections.read(),
      diskP50Ms: diskP50Ms.read(),
      diskP99Ms: diskP99Ms.read(),
      loopP99Ms: loopP99Ms.read(),
    }
  }

  /** A leadership that is over before the next look is seen as well. */
  note(event: RaftedEvent): void {
    if (event.kind !== 'role') return
    const group = this.#groups.get(event.group)
    if (group === undefined) return
    const leader = event.leader === null ? null : group.hostOf(event.leader)
    // Who that is stands in a configuration that was not looked at yet.
    if (event.leader !== null && leader === null) return
    if (group.led(event.term, leader, this.#options.clock.wall())) this.#elections++
  }

  #later(): void {
    const { clock, everyMs } = this.#options
    if (this.#isClosed) return
    this.#timer = clock.after(everyMs, () => {
      // What one look could not see, the next one may.
      void this.#look()
        .catch(() => {})
        .then(() => this.#later())
    })
  }

  async #look(): Promise<void> {
    const { host, clock, placement, looked } = this.#options
    const names = [...new Set([...host.groups(), ...(placement?.groups.keys() ?? [])])]
    this.#beyond = Math.max(0, names.length - MOST_GROUPS)
    const shown = names.slice(0, MOST_GROUPS)
    const number = this.#number + 1
    this.#forget(new Set(shown), number)
    const sums = { perSecond: 0, ofHost: null as MemberStatus | null }
    for (let i = 0; i < shown.length && !this.#isClosed; i += AT_ONCE) {
      if (i > 0) await new Promise<void>((resolve) => clock.soon(resolve))
      await Promise.all(shown.slice(i, i + AT_ONCE).map((name) => this.#lookAt(name, number, sums)))
    }
    this.#number = number
    const now = clock.now()
    const seconds = this.#lookedAt === null ? 0 : (now - this.#lookedAt) / 1000
    this.#lookedAt = now
    const { perSecond, elections, diskP50Ms, diskP99Ms, loopP99Ms } = this.#series
    perSecond.add(seconds > 0 ? sums.perSecond : null)
    elections.add(this.#elections)
    this.#elections = 0
    // 0 says that nothing was written in the last minute.
    diskP50Ms.add(sums.ofHost?.disk.p50Ms || null)
    diskP99Ms.add(sums.ofHost?.disk.p99Ms || null)
    loopP99Ms.add(sums.ofHost?.loop.p99Ms ?? null)
    looked(seconds)
  }

  async #lookAt(
    name: string,
    number: number,
    sums: { perSecond: number; ofHost: MemberStatus | null },
  ): Promise<void> {
    const { host, clock, placement } = this.#options
    const told = host.status(name)
    const status = isPromise(told) ? await this.#inTime(told) : told
    const group = this.#known(name)
    const placed = placement?.groups.get(name)
    if (status === null && placed !== undefined && !placed.hosts.includes(host.id)) {
      const { hosts, isServing, move } = placed
      const where = { hosts, isServing, isMoving: move !== null }
      group.isElsewhere(rowElsewhere({ name, title: placed.name }, where))
    } else {
      const at = { now: clock.now(), wall: clock.wall() }
      const { perSecond, isLedAnew } = group.look(status, placed?.name ?? null, host.id, at)
      sums.perSecond += perSecond ?? 0
      if (isLedAnew) this.#elections++
      if (status !== null) sums.ofHost = status
    }
    if (group.hasChanged()) group.changedAt = number
  }

  #known(name: string): WatchedGroup {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const isRemembered = this.#histories < MOST_HISTORIES
    if (isRemembered) this.#histories++
    const group = new WatchedGroup(name, this.#options.host.id, isRemembered)
    this.#groups.set(name, group)
    return group
  }

  #forget(shown: ReadonlySet<string>, number: number): void {
    for (const [name, group] of this.#groups) {
      if (shown.has(name)) continue
      this.#groups.delete(name)
      if (group.history !== null) this.#histories--
      this.#wentAt = number
    }
  }

  #inTime(told: Promise<MemberStatus | null>): Promise<MemberStatus | null> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ASK_MS, () => resolve(null))
      const end = (status: MemberStatus | null): void => {
        cancel()
        resolve(status)
      }
      // Whoever can't say anything has no status to show.
      told.then(end, () => end(null))
    })
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | null)?.then === 'function'
}
