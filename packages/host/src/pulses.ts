/**
 * Which hosts are there on which quiet members here rely (`quiet.ts` of the core): each is sent a pulse now and then, once for all groups, and looked after by its own. A
 * host that falls silent is told to those members as lost, and so is one that has been started anew: its pulse names another time then. Where something else leaves for a host, its pulse
 * goes with it: what a host of many idle groups costs is how often it sends and is woken.
 *
 * Two members that are quiet in the same term rely on each other: one leads, the other one follows it. So hosts that tell each other the same digest of what rests here relying on
 * the other one agree about all of it, however much that is. While they don't agree, a host is told with its pulses of some of those groups, of each once a minute, and answers where there is
 * nobody to rely on (`roll-calls.ts`).
 */
import { type Cancel, type Clock, drawId, type Random } from '@rafted/contracts'
import { MAX_QUIET_GROUPS, type PulseItem, type QuietGroup } from '@rafted/wire'
import { Least } from './least.ts'
import type { Outbox } from './outbox.ts'
import { type Mark, markOf, SetDigest } from './set-digest.ts'

/** Within that each quiet member is named to the host that it relies on, if they don't agree, milliseconds. */
const ROLL_CALL_MS = 60_000

/** Of a heartbeat: how long a pulse waits for something to go with, and how much too early it goes with the others of this host. */
const PATIENCE = 0.25
const TOGETHER = 0.125

/** Where a member on which another one relies lives. */
export interface Neighbour {
  readonly host: string
  readonly address: string
}

/** A quiet member here. */
export interface QuietMember {
  readonly restsIn: QuietGroup
  /** A host is lost, as far as can be told from here. */
  suspect(host: string): void
}

/** How often its group says something while it isn't quiet, and how long silence is waited for. */
export interface QuietTimes {
  readonly heartbeatMs: number
  readonly electionMs: number
}

/** As it was when its member fell quiet. */
type Entry = QuietTimes & Mark

/** A host that is looked after, and for whom: what it costs doesn't depend on how many they are. */
class Watched {
  address: string
  heardAt: number
  /** When it was last sent a pulse. */
  saidAt: number
  /** How often something has left for it since a pulse left by itself; that is the first. */
  departures = 0
  /** What its pulses name; null before the first. */
  time: string | null = null
  /** How many of its pulses, one after the other, said that what rests there relying on members here is not what rests here relying on it. */
  differing = 0
  readonly #members = new Map<QuietMember, Entry>()
  readonly #digest = new SetDigest()
  readonly #heartbeats = new Least()
  readonly #elections = new Least()
  /** Those that are watched for, and do without that host: it is to say that it relies on nobody there. */
  readonly #leftOut = new Set<QuietMember>()
  /** That are to be named by now. */
  #toBeNamed = 0

  constructor(address: string, now: number) {
    this.address = address
    this.heardAt = now
    this.saidAt = now
  }

  get heartbeatMs(): number {
    return this.#heartbeats.value
  }

  get electionMs(): number {
    return this.#elections.value
  }

  /** Of all groups that rest here relying on that host. */
  get digest(): number {
    return this.#digest.value
  }

  get isWanted(): boolean {
    return this.#members.size > 0
  }

  get members(): Iterable<QuietMember> {
    return this.#members.keys()
  }

  /** Those that wait for no longer silence than this. */
  losing(silentMs: number): QuietMember[] {
    return [...this.#members].flatMap(([member, { electionMs }]) => (silentMs > electionMs ? [member] : []))
  }

  /** Groups of those whose turn has come in so many milliseconds more. */
  named(ms: number): QuietGroup[] {
    // One pulse alone may have left, or come, just as a group fell quiet.
    if (this.differing < 2) return []
    const due = this.#toBeNamed + (this.#members.size * ms) / ROLL_CALL_MS
    this.#toBeNamed = Math.min(due, this.#members.size)
    const groups: QuietGroup[] = []
    // Whoever was named, or has rested anew, goes behind all others: nobody comes before one that has waited for longer.
    for (const [member, entry] of this.#members) {
      if (this.#toBeNamed < 1) break
      this.#toBeNamed--
      this.#members.delete(member)
      this.#members.set(member, entry)
      groups.push(member.restsIn)
    }
    return groups
  }

  add(member: QuietMember, entry: Entry): void {
    this.remove(member)
    this.#members.set(member, entry)
    this.#digest.toggle(entry)
    this.#heartbeats.add(entry.heartbeatMs)
    this.#elections.add(entry.electionMs)
  }

  /** It goes on being watched for, and does without that host. */
  leaveOut(member: QuietMember): void {
    const entry = this.#members.get(member)
    if (entry === undefined || this.#leftOut.has(member)) return
    this.#leftOut.add(member)
    this.#digest.toggle(entry)
  }

  remove(member: QuietMember): void {
    const entry = this.#members.get(member)
    if (entry === undefined) return
    this.#members.delete(member)
    if (!this.#leftOut.delete(member)) this.#digest.toggle(entry)
    this.#heartbeats.remove(entry.heartbeatMs)
    this.#elections.remove(entry.electionMs)
  }
}

export interface PulsesOptions {
  readonly clock: Clock
  readonly random: Random
  readonly outbox: Pick<Outbox, 'push'>
  /** What is to be sent waits. */
  wake(): void
}

export class Pulses {
  readonly #o: PulsesOptions
  readonly #life: string
  readonly #watched = new Map<string, Watched>()
  readonly #byAddress = new Map<string, Watched>()
  #timer: Cancel | null = null
  #dueAt = 0
  #everyMs = 0

  constructor(options: PulsesOptions) {
    this.#o = options
    this.#life = drawId(options.random)
  }

  /** The member relies on these from now on. They have just been heard. */
  begin(
    member: QuietMember,
    neighbours: readonly Neighbour[],
    { heartbeatMs, electionMs }: QuietTimes,
  ): void {
    // As they are now: settings change in place.
    const entry = { heartbeatMs, electionMs, ...markOf(member.restsIn) }
    const now = this.#o.clock.now()
    for (const { host, address } of neighbours) {
      let watched = this.#watched.get(host)
      if (watched === undefined) {
        watched = new Watched(address, now)
        this.#watched.set(host, watched)
      }
      if (watched.address !== address) this.#byAddress.delete(watched.address)
      watched.address = address
      this.#byAddress.set(address, watched)
      watched.heardAt = now
      watched.add(member, entry)
    }
    if (this.#timer !== null && heartbeatMs < this.#everyMs) this.#timer()
    else if (this.#timer !== null) return
    this.#arm()
  }

  /** It was told that the host is lost, or has nobody to rely on, and may rest without it. That host is to hear it, if it sees that otherwise. */
  leaveOut(member: QuietMember, host: string): void {
    this.#watched.get(host)?.leaveOut(member)
  }

  /** The member is quiet no more. */
  end(member: QuietMember): void {
    for (const [host, watched] of this.#watched) {
      watched.remove(member)
      if (!watched.isWanted) this.#forget(host, watched)
    }
  }

  #forget(host: string, watched: Watched): void {
    this.#watched.delete(host)
    this.#byAddress.delete(watched.address)
  }

  /** A pulse of a host. */
  heard(host: string, { time, digest }: PulseItem): void {
    const watched = this.#watched.get(host)
    if (watched === undefined) return
    watched.heardAt = this.#o.clock.now()
    watched.differing = digest === watched.digest ? 0 : watched.differing + 1
    if (watched.time !== null && watched.time !== time) this.#suspect(host)
    else watched.time = time
  }

  /** For how long the host has said nothing, milliseconds; 0 for one that nobody here relies on. */
  silentMs(host: string): number {
    const watched = this.#watched.get(host)
    return watched === undefined ? 0 : this.#o.clock.now() - watched.heardAt
  }

  #arm(): void {
    this.#timer = null
    if (this.#watched.size === 0) return
    const { clock } = this.#o
    const now = clock.now()
    const all = [...this.#watched.values()]
    this.#everyMs = Math.min(...all.map(({ heartbeatMs }) => heartbeatMs))
    this.#dueAt = Math.max(now, Math.min(...all.map((watched) => this.#dueOf(watched))))
    this.#timer = clock.after(this.#dueAt - now, () => {
      this.#beat()
      this.#arm()
    })
  }

  /** Where something else leaves now and then, that is given a little time to come first. */
  #dueOf({ saidAt, departures }: Watched): number {
    return saidAt + this.#everyMs * (departures > 1 ? 1 + PATIENCE : 1)
  }

  #beat(): void {
    const { clock, wake } = this.#o
    const everyMs = this.#everyMs
    const now = clock.now()
    const late = now - this.#dueAt
    for (const [host, watched] of [...this.#watched]) {
      // This process was blocked or paused: what others have said meanwhile may wait unread.
      if (late > everyMs) watched.heardAt = Math.min(now, watched.heardAt + late)
      if (now - watched.heardAt > watched.electionMs)
        for (const member of watched.losing(now - watched.heardAt)) {
          watched.remove(member)
          member.suspect(host)
        }
      if (!watched.isWanted) this.#forget(host, watched)
      else if (now >= this.#dueOf(watched) - everyMs * TOGETHER) {
        this.#say(watched, now)
        watched.departures = 0
      }
    }
    wake()
  }

  /** Something leaves for that address: the pulse goes with it, unless there was one just before. */
  ride(address: string): void {
    if (this.#byAddress.size === 0) return
    const watched = this.#byAddress.get(address)
    if (watched === undefined) return
    watched.departures++
    const now = this.#o.clock.now()
    if (now - watched.saidAt >= this.#everyMs / 2) this.#say(watched, now)
  }

  #say(watched: Watched, now: number): void {
    const { outbox } = this.#o
    outbox.push(watched.address, { kind: 'pulse', time: this.#life, digest: watched.digest })
    // Not all at once, where this process was paused.
    const groups = watched.named(Math.min(now - watched.saidAt, 2 * this.#everyMs))
    watched.saidAt = now
    for (let i = 0; i < groups.length; i += MAX_QUIET_GROUPS)
      outbox.push(watched.address, { kind: 'roll-call', groups: groups.slice(i, i + MAX_QUIET_GROUPS) })
  }

  #suspect(host: string): void {
    const watched = this.#watched.get(host)!
    this.#forget(host, watched)
    for (const member of watched.members) member.suspect(host)
  }

  close(): void {
    this.#timer?.()
    this.#watched.clear()
    this.#byAddress.clear()
  }
}
