/** Whether a host should be restarted, and whether it can be counted on: for supervisors and load balancers. */
import type { Link, MemberStatus } from '@rafted/wire'
import { committedIndex } from './backup/backup.ts'
import type { Member } from './member.ts'

/** How well a host is, for a supervisor that restarts it and a balancer that sends it work. */
export interface Health {
  /**
   * False where a restart helps: the host is closed, or its storage has failed for good and is opened anew by a restart. A member that has stopped alone
   * (its machine failed, it is damaged) doesn't count: a restart would stop the others for a while, and come to the same entry again.
   */
  readonly live: boolean
  /** Whether each group that should run here does, under a leader, and has once caught up with it since its member was started. */
  readonly ready: boolean
  /** What is not well, for people; empty where all is. */
  readonly why: readonly string[]
  readonly groups: readonly GroupHealth[]
}

/** Whether a group can be used through this host. */
export interface GroupHealth {
  readonly group: string
  readonly ready: boolean
  /** Null where it is ready. */
  readonly why: string | null
}

/** What is expected of a host. */
export interface HealthOptions {
  /** Those that should run here. Default: those that were started. */
  readonly groups?: readonly string[] | undefined
  /** How long to wait for the word of a leader where a member has not caught up yet, milliseconds. Default 1000. */
  readonly timeoutMs?: number | undefined
}

/** A disk that says nothing for so long is none to count on, milliseconds. */
const STUCK_DISK_MS = 10_000
const TIMEOUT_MS = 1000

export interface HealthSource {
  readonly link: Link
  /** Those of the groups that were started, the ones without a member too. */
  readonly seats: Pick<ReadonlyMap<string, { readonly member: Member | null }>, 'get' | 'keys'>
  readonly disk: { diskLatency(): MemberStatus['disk'] }
}

export class HealthWatch {
  /** Members that had applied, at some moment, all that their leader had committed when it was asked. */
  readonly #caughtUp = new WeakSet<Member>()
  /** Those that are asking: a probe that comes meanwhile waits for the same answer. */
  readonly #asking = new WeakMap<Member, Promise<void>>()
  /** Null until it has failed for good. */
  #storageFailure: { readonly error: unknown } | null = null
  #end: 'closing' | 'closed' | null = null

  storageFailed(error: unknown): void {
    this.#storageFailure ??= { error }
  }

  /** The host is closed when this resolves. @returns the same. */
  closing(closed: Promise<void>): Promise<void> {
    this.#end = 'closing'
    return closed.finally(() => {
      this.#end = 'closed'
    })
  }

  async look(source: HealthSource, { groups, timeoutMs = TIMEOUT_MS }: HealthOptions = {}): Promise<Health> {
    const wanted = groups ?? [...source.seats.keys()]
    const found = await Promise.all(wanted.map((group) => this.#group(source, group, timeoutMs)))
    const why = [...this.#ofHost(source, wanted), ...found.flatMap((group) => group.why ?? [])]
    return {
      live: this.#end !== 'closed' && this.#storageFailure === null,
      ready: why.length === 0,
      why,
      groups: found,
    }
  }

  #ofHost({ disk }: HealthSource, wanted: readonly string[]): string[] {
    if (this.#end !== null)
      return [this.#end === 'closed' ? 'The host is closed.' : 'The host is being closed.']
    if (this.#storageFailure !== null)
      return [`The storage has failed: ${textOf(this.#storageFailure.error)}`]
    const why: string[] = []
    const { waitingMs } = disk.diskLatency()
    if (waitingMs > STUCK_DISK_MS) why.push(`The disk has not answered for ${Math.round(waitingMs)} ms.`)
    if (wanted.length === 0) why.push('No group was started here.')
    return why
  }

  async #group(source: HealthSource, group: string, timeoutMs: number): Promise<GroupHealth> {
    const why = await this.#whyNot(source, group, timeoutMs)
    return { group, ready: why === null, why }
  }

  async #whyNot({ link, seats }: HealthSource, group: string, timeoutMs: number): Promise<string | null> {
    const seat = seats.get(group)
    if (seat === undefined) return `Group "${group}" was not started here.`
    const { member } = seat
    if (member === null)
      return `Group "${group}" has no member here yet: it is opened, or waits to be found or created.`
    const { ended } = member
    if (ended !== null) return ended.message
    if (member.isToBePromoted) return `The member of "${group}" here is a learner, not a voter yet.`
    if (!member.hasLeader) return `Group "${group}" has no leader that is known here.`
    if (this.#caughtUp.has(member)) return null
    return this.#catchUp(link, member, timeoutMs)
  }

  /** Resolves with null when the member has applied what was committed when this was asked. */
  async #catchUp(link: Link, member: Member, timeoutMs: number): Promise<string | null> {
    let asking = this.#asking.get(member)
    if (asking === undefined) {
      asking = committedIndex({ link, member }, timeoutMs)
        .then(() => void this.#caughtUp.add(member))
        .finally(() => this.#asking.delete(member))
      this.#asking.set(member, asking)
    }
    try {
      await asking
      return null
    } catch (error) {
      return `The member of "${member.group}" here has not caught up since it was started, at entry ${member.appliedIndex}: ${textOf(error)}`
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
