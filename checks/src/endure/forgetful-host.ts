/**
 * A host that lies: from the first command on, it says of what is written that it is durable while its memory alone holds it. A kill loses all
 * that, as a power cut loses what a host did not flush. A run against such hosts has to fail, or its verdict means nothing.
 */
import { createClient, HostWithClient } from '@rafted/client'
import { entryBytes, type GroupWrite, type LogEntry, type LogStore } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { EntryKind } from '@rafted/core'
import { openHost } from '@rafted/host'
import { openFileStorage } from '@rafted/storage'
import { tcpTransport } from '@rafted/transport-tcp'
import type { Host, HostOptions } from 'rafted'

/** What `openHost` of `rafted` does, with a log store that lies. */
export async function openForgetfulHost(options: HostOptions): Promise<Host> {
  const { id, cluster, listen, dir, observer } = options
  const seams = { clock: realClock, random: realRandom, ...(observer === undefined ? {} : { observer }) }
  const transport = tcpTransport({ name: id, role: 'peer', cluster, listen, ...seams })
  const { logs, snapshots } = await openFileStorage({ path: dir, cluster, host: id, ...seams })
  const host = await openHost({
    id,
    cluster,
    transport,
    logs: forgetful(logs),
    snapshots,
    durable: true,
    ...seams,
  })
  const addresses = (group: string): string[] => host.addresses(group)
  return new HostWithClient(host, createClient({ link: host.link, addresses, ...seams }))
}

/** The entries of a group that are only in memory: `first` and those that follow it. */
interface Held {
  first: number
  entries: LogEntry[]
}

/** Writes what comes before the first command, so that there is a group to look at after the kill, and holds back the rest for ever. */
function forgetful(inner: LogStore): LogStore {
  const groups = new Map<string, Held>()
  let held: GroupWrite[] = []
  /** Only where the rest can't be told otherwise from what it holds. */
  const flush = async (): Promise<void> => {
    const writes = held
    held = []
    groups.clear()
    if (writes.length > 0) await inner.write(writes)
  }
  const after =
    <Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await flush()
      return run(...args)
    }
  return {
    groups: () => inner.groups(),
    create: (group, identity) => inner.create(group, identity),
    open: after((group) => inner.open(group)),
    async write(writes) {
      if (held.length === 0 && !writes.some(hasCommand)) return await inner.write(writes)
      held.push(...writes)
      if (!writes.every((write) => hold(groups, write))) await flush()
    },
    async read(group, from, count, maxBytes) {
      const { first, entries } = groups.get(group) ?? { first: Number.POSITIVE_INFINITY, entries: [] }
      if (from >= first) return some(entries, from - first, count, maxBytes)
      return await inner.read(group, from, Math.min(count, first - from), maxBytes)
    },
    restore: (group, entries) => inner.restore(group, entries),
    room: () => inner.room(),
    // It may take its time, and for ever: what is forgotten is still held.
    async compact(group, upTo) {
      if (upTo.index < (groups.get(group)?.first ?? Number.POSITIVE_INFINITY))
        await inner.compact(group, upTo)
    },
    markRemoved: after((group, removedAt) => inner.markRemoved(group, removedAt)),
    remove: after((group) => inner.remove(group)),
    close: after(() => inner.close()),
  }
}

function hasCommand({ write }: GroupWrite): boolean {
  return write.entries.some(({ kind }) => kind === EntryKind.command)
}

/** @returns false if it concerns what the disk holds. */
function hold(groups: Map<string, Held>, { group, write }: GroupWrite): boolean {
  const { reset, truncateFrom, entries } = write
  const known = groups.get(group)
  if (reset !== null || (truncateFrom !== null && (known === undefined || truncateFrom < known.first)))
    return false
  if (known === undefined) {
    if (entries.length > 0) groups.set(group, { first: entries[0]!.index, entries: [...entries] })
    return true
  }
  if (truncateFrom !== null) known.entries.length = Math.min(known.entries.length, truncateFrom - known.first)
  known.entries.push(...entries)
  return true
}

/** As a read of a store: at least one, if there is one, then as many as fit. */
function some(entries: readonly LogEntry[], from: number, count: number, maxBytes: number): LogEntry[] {
  const found: LogEntry[] = []
  let bytes = 0
  for (const entry of entries.slice(from, from + count)) {
    bytes += entryBytes(entry.payload)
    if (found.length > 0 && bytes > maxBytes) break
    found.push(entry)
  }
  return found
}
