/** What must hold whatever happens (paper, figure 3), checked as it happens. */
import type { LogEntry } from '@rafted/contracts'
import type { HostDisk } from './host-disk.ts'

export class Safety {
  readonly violations: string[] = []
  /** Who led each term: a host and the process it was then. */
  readonly #leaders = new Map<number, string>()
  /** What was applied at each index: term and command, and the value it left. */
  readonly #applied = new Map<
    number,
    { readonly entry: string; readonly term: number; readonly value: string }
  >()
  #lastApplied = 0

  /** "At most one leader can be elected in a given term" (paper §5.2). */
  elected(term: number, process: string): void {
    const known = this.#leaders.get(term)
    if (known !== undefined && known !== process)
      this.violations.push(`term ${term} has two leaders: ${known} and ${process}`)
    this.#leaders.set(term, process)
  }

  /** "If a server has applied a log entry at a given index to its state machine, no other server will ever apply a different log entry for the same index" (paper §5.4.3). */
  applied(process: string, index: number, term: number, command: unknown, value: unknown): void {
    const entry = JSON.stringify(command)
    const known = this.#applied.get(index)
    const left = JSON.stringify(value)
    if (known === undefined) this.#applied.set(index, { entry, term, value: left })
    else if (known.entry !== entry || known.term !== term)
      this.violations.push(
        `${process} applied ${entry} of term ${term} at ${index}, where another applied ${known.entry} of term ${known.term}`,
      )
    else if (known.value !== left)
      this.violations.push(`${process} has ${left} after ${index}, where another has ${known.value}`)
    this.#lastApplied = Math.max(this.#lastApplied, index)
  }

  /** "If a log entry is committed in a given term, then that entry will be present in the logs of the leaders for all higher-numbered terms" (paper §5.4). */
  leaderHolds(process: string, group: string, disk: HostDisk): void {
    const log = disk.logs.seen(group)
    const known = this.#applied.get(this.#lastApplied)
    if (log === undefined || known === undefined || this.#lastApplied <= log.base.index) return
    const held = log.entries[this.#lastApplied - log.base.index - 1]
    if (held?.term !== known.term)
      this.violations.push(
        `${process} leads without entry ${this.#lastApplied} of term ${known.term}, which was applied; it holds term ${held?.term}`,
      )
  }

  /** "If two logs contain an entry with the same index and term, then the logs are identical in all entries up through the given index" (paper §5.3). */
  logsMatch(disks: ReadonlyMap<string, HostDisk>, group: string): void {
    const logs = [...disks].flatMap(([host, disk]) => {
      const log = disk.logs.durable(group)
      return log === undefined ? [] : [{ host, log }]
    })
    for (const [i, a] of logs.entries())
      for (const b of logs.slice(i + 1)) {
        if (a.log.incarnation !== b.log.incarnation) continue
        const difference = firstMismatch(a.log, b.log)
        if (difference !== null)
          this.violations.push(
            `the logs of ${a.host} and ${b.host} differ at ${difference}, below an entry they share`,
          )
      }
  }
}

interface Log {
  readonly base: { readonly index: number }
  readonly entries: readonly LogEntry[]
}

/** Where two logs differ below the last entry they share, or null. */
function firstMismatch(a: Log, b: Log): number | null {
  const from = Math.max(a.base.index, b.base.index) + 1
  const to = Math.min(a.base.index + a.entries.length, b.base.index + b.entries.length)
  let sharing = false
  for (let index = to; index >= from; index--) {
    const x = a.entries[index - a.base.index - 1]!
    const y = b.entries[index - b.base.index - 1]!
    const same = x.term === y.term && x.kind === y.kind && Buffer.compare(x.payload, y.payload) === 0
    if (sharing && !same) return index
    if (x.term === y.term && !same) return index
    sharing ||= same
  }
  return null
}
