/**
 * What must hold of all logs of a cluster together, checked as they are written (paper, figure 3). An entry is known by its index and term: what it
 * holds, and which term stands before it, are then the same wherever it is written. By induction that is log matching: "if two
 * logs contain an entry with the same index and term, then the logs are identical in all entries up through the given index" (§5.3).
 */
import { crc32 } from 'node:zlib'
import type { GroupWrite, LogEntry, LogStore } from '@rafted/contracts'
import { type Configuration, EntryKind } from '@rafted/core'
import { decodeConfiguration } from '@rafted/wire'
import type { LogWitness } from '../../witnesses/log-witness.ts'
import { intersect } from './quorums.ts'

interface Known {
  readonly kind: number
  readonly time: number
  readonly bytes: number
  readonly sum: number
  readonly termBefore: number
  /** Who wrote it first. */
  readonly by: string
}

interface Vote {
  readonly term: number
  readonly vote: string | null
}

export class LogPromises {
  readonly #violation: (what: string) => void
  /** By group incarnation, then index and term. */
  readonly #entries = new Map<string, Map<string, Known>>()
  /** What is durable of each member: its term and vote. */
  readonly #votes = new Map<string, Vote>()
  /** Pairs of configurations that have been compared. */
  readonly #compared = new Set<string>()

  constructor(violation: (what: string) => void) {
    this.#violation = violation
  }

  /** @returns the store; what is written to it is checked. @param witness sees the same store. */
  watch(host: string, store: LogStore, witness: LogWitness): LogStore {
    const write = async (writes: readonly GroupWrite[]): Promise<void> => {
      for (const one of writes) this.#writes(host, one, witness)
      const votes = writes.map(({ group, write: { term, vote } }) => {
        return { member: witness.seen(group)?.member, term, vote }
      })
      await store.write(writes)
      for (const { member, term, vote } of votes)
        if (member !== undefined) this.#isDurable(host, member, { term, vote })
    }
    return {
      groups: () => store.groups(),
      create: (group, identity) => store.create(group, identity),
      open: (group) => store.open(group),
      write,
      read: (group, from, count, maxBytes) => store.read(group, from, count, maxBytes),
      restore: (group, entries) => store.restore(group, entries),
      room: () => store.room(),
      compact: (group, upTo) => store.compact(group, upTo),
      markRemoved: (group, removedAt) => store.markRemoved(group, removedAt),
      remove: (group) => store.remove(group),
      close: () => store.close(),
    }
  }

  /** "Each server will vote for at most one candidate in a given term" (paper §5.2), and its term never falls: what is durable is never taken back. */
  #isDurable(host: string, member: string, { term, vote }: Vote): void {
    const known = this.#votes.get(member)
    if (known !== undefined && term < known.term)
      this.#violation(`the durable term of ${host} fell from ${known.term} to ${term}`)
    else if (known?.term === term && known.vote !== null && vote !== known.vote)
      this.#violation(`${host} has voted twice in term ${term}: for ${known.vote} and ${vote}`)
    else this.#votes.set(member, { term, vote })
  }

  #writes(host: string, { group, write }: GroupWrite, witness: LogWitness): void {
    const { entries, reset } = write
    if (entries.length === 0) return
    const log = witness.seen(group)
    if (log === undefined) return
    const base = reset ?? log.base
    const first = entries[0]!.index
    let before = first - 1 === base.index ? base.term : log.at(first - 1)?.term
    const known = this.#entries.get(log.incarnation) ?? new Map<string, Known>()
    this.#entries.set(log.incarnation, known)
    for (const entry of entries) {
      if (before === undefined)
        this.#violation(`${host} writes entry ${entry.index} of "${group}" behind a gap`)
      else this.#entry(host, group, known, entry, before)
      before = entry.term
      if (entry.kind === EntryKind.configuration) this.#configuration(host, entry, log.entries, entries)
    }
  }

  #entry(host: string, group: string, known: Map<string, Known>, entry: LogEntry, termBefore: number): void {
    const { index, term, kind, time, payload } = entry
    if (termBefore > term)
      this.#violation(`${host} writes entry ${index} of term ${term} behind one of term ${termBefore}`)
    const key = `${index}/${term}`
    const sum = crc32(payload)
    const same = known.get(key)
    if (same === undefined) {
      known.set(key, { kind, time, bytes: payload.length, sum, termBefore, by: host })
      return
    }
    if (same.termBefore !== termBefore)
      this.#violation(
        `entry ${key} of "${group}" follows term ${termBefore} at ${host}, and term ${same.termBefore} at ${same.by}`,
      )
    if (same.sum !== sum || same.bytes !== payload.length || same.kind !== kind || same.time !== time)
      this.#violation(`entry ${key} of "${group}" at ${host} is another one than at ${same.by}`)
  }

  /** Majorities of configurations that follow each other in a log have a member in common (paper §6). */
  #configuration(host: string, entry: LogEntry, held: readonly LogEntry[], added: readonly LogEntry[]): void {
    const earlier = [...held.filter(({ index }) => index < added[0]!.index), ...added]
    const before = earlier.findLast(
      ({ index, kind }) => index < entry.index && kind === EntryKind.configuration,
    )
    if (before === undefined) return
    const [a, b] = [Buffer.from(before.payload), Buffer.from(entry.payload)]
    const key = `${a.toString('latin1')} ${b.toString('latin1')}`
    if (this.#compared.has(key)) return
    this.#compared.add(key)
    if (!intersect(configurationIn(a), configurationIn(b)))
      this.#violation(
        `${host} writes a configuration at ${entry.index} with a majority that none of that at ${before.index} shares a member with`,
      )
  }
}

function configurationIn(payload: Uint8Array): Configuration {
  return decodeConfiguration(payload)
}
