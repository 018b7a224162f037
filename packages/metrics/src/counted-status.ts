/** What a status counts since its member or host was started, as what has come to it since it was last looked at. */
import type { Add } from './event-counts.ts'
import type { MeteredStatus } from './metered-host.ts'

interface Seen {
  readonly member: string
  readonly elections: MeteredStatus['elections']
}

export class CountedStatus {
  /** By group, of those that run here. */
  readonly #seen = new Map<string, Seen>()
  #stalls = 0

  count(group: string, { member, elections, disk }: MeteredStatus, add: Add): void {
    const before = this.#seen.get(group)
    const since = before?.member === member ? before.elections : NONE
    add('rafted.elections', group, undefined, more(elections.campaigns, since.campaigns))
    add('rafted.elections.won', group, undefined, more(elections.won, since.won))
    add('rafted.leader.changes', group, undefined, more(elections.leaders, since.leaders))
    this.#seen.set(group, { member, elections })
    // Every member of a host tells the same.
    add('rafted.disk.stalls', null, undefined, more(disk.stalls, this.#stalls))
    this.#stalls = disk.stalls
  }

  /** No other groups run here. */
  keep(running: readonly string[]): void {
    const isRunning = new Set(running)
    for (const group of this.#seen.keys()) if (!isRunning.has(group)) this.#seen.delete(group)
  }
}

const NONE: MeteredStatus['elections'] = { campaigns: 0, won: 0, leaders: 0 }

/** What is less than before has begun anew. */
function more(now: number, before: number): number {
  return now < before ? now : now - before
}
