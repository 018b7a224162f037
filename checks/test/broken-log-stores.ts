/** Log stores with one fault each, and a claim of the suite that finds it. Each claim is found wrong by one at least. */
import {
  entryBytes,
  type GroupWrite,
  type LogEntry,
  type LogStore,
  type LogWrite,
  type OpenedLog,
  RaftedError,
} from '@rafted/contracts'
import { EntryKind } from '@rafted/core'
import { memoryStorage } from '@rafted/storage'
import type { LogStorePlace, MakeLogStorePlace } from '@rafted/testing'
import type { Broken } from './conformance-breaks.ts'
import { delegatedLogs, memoryLogs } from './conformance-places.ts'

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The store in memory, with these methods put in the place of its own. */
function withChanges(changes: (store: LogStore) => Partial<LogStore>): MakeLogStorePlace {
  return async (quota) => {
    const place = await memoryLogs(quota)
    return {
      ...place,
      open: async () => {
        const store = await place.open()
        return delegatedLogs(store, changes(store))
      },
    }
  }
}

/** Each write changed on its way in. */
function withWrites(
  change: (write: LogWrite, group: string, all: readonly GroupWrite[]) => LogWrite,
): MakeLogStorePlace {
  return withChanges((store) => ({
    write: (writes) =>
      store.write(writes.map(({ group, write }) => ({ group, write: change(write, group, writes) }))),
  }))
}

function withOpened(change: (opened: OpenedLog) => OpenedLog): MakeLogStorePlace {
  return withChanges((store) => ({
    open: async (group) => {
      const opened = await store.open(group)
      return opened === null ? null : change(opened)
    },
  }))
}

/** A store that knows what its logs hold, as far as entries go, before each write. */
function withMirror(change: (write: LogWrite, before: readonly LogEntry[]) => LogWrite): MakeLogStorePlace {
  return withChanges((store) => {
    const mirror = new Map<string, LogEntry[]>()
    return {
      write: (writes) =>
        store.write(
          writes.map(({ group, write }) => {
            const before = mirror.get(group) ?? []
            const changed = change(write, before)
            const { reset, truncateFrom, entries } = changed
            const kept = before.filter(({ index }) => reset === null && index < (truncateFrom ?? Infinity))
            mirror.set(group, [...kept, ...entries])
            return { group, write: changed }
          }),
        ),
    }
  })
}

type Change =
  | { readonly kind: 'write'; readonly writes: readonly GroupWrite[] }
  | { readonly kind: 'create' | 'remove' | 'markRemoved' | 'compact'; run(store: LogStore): Promise<void> }

/** A store whose next opening does not find what has been done, but what `kept` makes of it. */
function withMemory(kept: (done: Change[]) => Change[]): MakeLogStorePlace {
  return async () => {
    let done: Change[] = []
    const run = async (change: Change, store: LogStore): Promise<void> =>
      change.kind === 'write' ? await store.write(change.writes) : await change.run(store)
    const open = async (): Promise<LogStore> => {
      const store = memoryStorage().open().logs
      done = kept(done)
      for (const change of done) await run(change, store)
      const doing = async (change: Change): Promise<void> => {
        done.push(change)
        await run(change, store)
      }
      return delegatedLogs(store, {
        create: (group, identity) => doing({ kind: 'create', run: (s) => s.create(group, identity) }),
        write: (writes) => doing({ kind: 'write', writes }),
        compact: (group, upTo) => doing({ kind: 'compact', run: (s) => s.compact(group, upTo) }),
        markRemoved: (group, at) => doing({ kind: 'markRemoved', run: (s) => s.markRemoved(group, at) }),
        remove: (group) => doing({ kind: 'remove', run: (s) => s.remove(group) }),
      })
    }
    return { open, crash: async () => {}, dispose: async () => {} } satisfies LogStorePlace
  }
}

/** Loses the last change if it is of this kind. */
function forgetting(kind: Change['kind']): MakeLogStorePlace {
  return withMemory((done) => (done.at(-1)?.kind === kind ? done.slice(0, -1) : done))
}

const onOpening: Broken<MakeLogStorePlace>[] = [
  {
    fault: 'names of removed groups stay',
    claim: 'groups: none at first, then all that have a log',
    make: withChanges((store) => {
      const names = new Set<string>()
      return {
        create: async (group, identity) => {
          names.add(group)
          await store.create(group, identity)
        },
        groups: async () => [...names],
      }
    }),
  },
  {
    fault: 'a log begins in term 1',
    claim: 'create: an empty log with base 0/0, term 0 and no vote',
    make: withOpened((opened) => ({ ...opened, term: Math.max(1, opened.term) })),
  },
  {
    fault: 'create empties the log that is there',
    claim: 'create: already-exists if the group has a log, which stays as it is',
    make: withChanges((store) => ({
      create: async (group, identity) => {
        await store.remove(group)
        await store.create(group, identity)
      },
    })),
  },
  {
    fault: 'create looks first and creates later',
    claim: 'create: only one of several at once succeeds',
    make: withChanges((store) => ({
      create: async (group, identity) => {
        const exists = (await store.open(group)) !== null
        if (exists) throw new RaftedError('already-exists', 'There is one.', { outcome: 'not-applied' })
        await store.create(group, identity).catch(() => {})
      },
    })),
  },
  {
    fault: 'names differ by case only are the same',
    claim: 'create and open: any name is a name, and no two are the same',
    make: withChanges((store) => ({
      create: (group, identity) => store.create(group.toLowerCase(), identity),
      open: (group) => store.open(group.toLowerCase()),
    })),
  },
  {
    fault: 'open finds the log of a longer name',
    claim: 'open: null if the group has no log',
    make: withChanges((store) => ({
      open: async (group) => {
        const names = await store.groups()
        return await store.open(names.find((name) => name.startsWith(group)) ?? group)
      },
    })),
  },
  {
    fault: 'a vote is kept into the next term',
    claim: 'open: term and vote as written last',
    make: withChanges((store) => {
      let last: string | null = null
      return {
        write: (writes) =>
          store.write(
            writes.map(({ group, write }) => {
              last = write.vote ?? last
              return { group, write: { ...write, vote: last } }
            }),
          ),
      }
    }),
  },
  {
    fault: 'runs go over terms',
    claim: 'open: runs of one term, with their bytes and times',
    make: withOpened((opened) => ({ ...opened, runs: merged(opened.runs) })),
  },
  {
    fault: 'a run counts payloads without heads',
    claim: 'open: runs of one term, with their bytes and times',
    make: withOpened((opened) => ({
      ...opened,
      runs: opened.runs.map((run) => ({ ...run, bytes: run.bytes - 32 })),
    })),
  },
  {
    fault: 'runs of a term have no limit',
    claim: 'open: no run is longer than 64 KiB unless it is one entry',
    make: withOpened((opened) => {
      const terms = [...new Set(opened.runs.map(({ term }) => term))]
      return { ...opened, runs: terms.flatMap((term) => merged(opened.runs.filter((r) => r.term === term))) }
    }),
  },
  {
    fault: 'settings are not special',
    claim: 'open: entries of kind configuration, settings and lease whole, ascending',
    make: withOpened((opened) => ({ ...opened, special: opened.special.filter(({ kind }) => kind === 1) })),
  },
  {
    fault: 'special entries without their payload',
    claim: 'open: entries of kind configuration, settings and lease whole, ascending',
    make: withOpened((opened) => ({
      ...opened,
      special: opened.special.map((entry) => ({ ...entry, payload: entry.payload.subarray(0, 1000) })),
    })),
  },
  {
    fault: 'the last time is that of the last write',
    claim: 'open: the time of the last entry, 0 when there is none',
    make: withChanges((store) => {
      let lastTime = 0
      return {
        write: (writes) => {
          lastTime = writes.at(-1)?.write.entries.at(-1)?.time ?? lastTime
          return store.write(writes)
        },
        open: async (group) => {
          const opened = await store.open(group)
          return opened === null ? null : { ...opened, lastTime }
        },
      }
    }),
  },
]

function merged(runs: OpenedLog['runs']): OpenedLog['runs'] {
  const last = runs.at(-1)
  if (last === undefined) return runs
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0)
  return [{ ...last, first: runs[0]!.first, term: runs[0]!.term, bytes }]
}

const onWriting: Broken<MakeLogStorePlace>[] = [
  {
    fault: 'an entry that carries a time only becomes a command',
    claim: 'write: appends, and keeps every field of an entry',
    make: withWrites((write) => ({
      ...write,
      entries: write.entries.map((entry) => ({
        ...entry,
        kind: entry.kind === EntryKind.time ? EntryKind.command : entry.kind,
      })),
    })),
  },
  {
    fault: 'a write without entries is no write',
    claim: 'write: term and vote without an entry leave the entries',
    make: withChanges((store) => ({
      write: (writes) =>
        store.write(
          writes.filter(({ write }) => write.entries.length > 0 || write.reset || write.truncateFrom),
        ),
    })),
  },
  {
    fault: 'the entry to be truncated from stays',
    claim: 'write: forgets from `truncateFrom` on',
    make: withWrites((write) => ({
      ...write,
      truncateFrom: write.truncateFrom === null ? null : write.truncateFrom + 1,
    })),
  },
  {
    fault: 'a conflicting suffix is overwritten, and its rest stays (F13)',
    claim: 'write: truncates, then appends, in one write',
    make: withMirror((write, before) => {
      if (write.truncateFrom === null || write.entries.length === 0) return write
      const last = write.entries.at(-1)!.index
      return { ...write, entries: [...write.entries, ...before.filter(({ index }) => index > last)] }
    }),
  },
  {
    fault: 'a reset keeps what stood after its place (F63)',
    claim: 'write: reset forgets every entry, and the log begins after its place',
    make: withMirror((write, before) => {
      if (write.reset === null || write.entries.length > 0) return write
      return { ...write, entries: before.filter(({ index }) => index > write.reset!.index) }
    }),
  },
  {
    fault: 'entries first, then the truncation',
    claim: 'write: reset, then truncateFrom, then entries',
    make: withChanges((store) => ({
      write: (writes) =>
        store.write(
          writes.flatMap(({ group, write }) => [
            { group, write: { ...write, truncateFrom: null } },
            { group, write: { ...write, reset: null, entries: [] } },
          ]),
        ),
    })),
  },
  {
    fault: 'a call takes 16 groups',
    claim: 'write: many groups in one call',
    make: withChanges((store) => ({ write: (writes) => store.write(writes.slice(0, 16)) })),
  },
  {
    fault: 'the last write for a group is the only one of a call',
    claim: 'write: several for one group in one call, in their order',
    make: withChanges((store) => ({
      write: (writes) => {
        const last = new Map(writes.map(({ group, write }) => [group, write]))
        return store.write([...last].map(([group, write]) => ({ group, write })))
      },
    })),
  },
  {
    fault: 'an empty call is an error',
    claim: 'write: no group at all is no error',
    make: withChanges((store) => ({
      write: (writes) =>
        writes.length === 0 ? Promise.reject(new Error('nothing to write')) : store.write(writes),
    })),
  },
  {
    fault: 'one term and vote for all groups',
    claim: 'write: touches no other log',
    make: withChanges((store) => {
      const groups = new Set<string>()
      return {
        create: async (group, identity) => {
          groups.add(group)
          await store.create(group, identity)
        },
        write: (writes) => {
          const { term, vote } = writes[0]!.write
          const write = { term, vote, reset: null, truncateFrom: null, entries: [] }
          return store.write([...writes, ...[...groups].map((group) => ({ group, write }))])
        },
      }
    }),
  },
  {
    fault: 'a write begins a little later',
    claim: 'write: read sees it as soon as the call has returned',
    make: withChanges((store) => ({
      write: async (writes) => {
        await later()
        await store.write(writes)
      },
    })),
  },
  {
    fault: 'large writes resolve later than small ones',
    claim: 'write: calls resolve in the order they were made',
    make: withChanges((store) => ({
      write: async (writes) => {
        await store.write(writes)
        const sizes = writes.flatMap(({ write }) => write.entries.map(({ payload }) => payload.byteLength))
        if (Math.max(0, ...sizes) > 1000) await later()
      },
    })),
  },
  {
    fault: 'payloads are cut at 64 KiB',
    claim: 'write: payloads of any size, in arrays of any kind, come back byte for byte',
    make: withPayloads((payload) => payload.subarray(0, 65_535)),
  },
  {
    fault: 'a payload is taken to be the whole of its buffer',
    claim: 'write: payloads of any size, in arrays of any kind, come back byte for byte',
    make: withPayloads((payload) => new Uint8Array(payload.buffer, 0, payload.byteLength)),
  },
  {
    fault: 'an empty payload comes back as one byte',
    claim: 'write: payloads of any size, in arrays of any kind, come back byte for byte',
    make: withPayloads((payload) => (payload.byteLength === 0 ? new Uint8Array(1) : payload)),
  },
  {
    fault: 'it copies payloads and clears the originals',
    claim: 'write: changes nothing of what it is given',
    make: withPayloads((payload) => {
      const copy = new Uint8Array(payload)
      payload.fill(0)
      return copy
    }),
  },
  {
    fault: 'it sorts what it is given',
    claim: 'write: changes nothing of what it is given',
    make: withChanges((store) => ({
      write: (writes) => {
        for (const { write } of writes) (write.entries as LogEntry[]).sort((a, b) => a.index - b.index)
        return store.write(writes)
      },
    })),
  },
]

function withPayloads(change: (payload: Uint8Array) => Uint8Array): MakeLogStorePlace {
  return withWrites((write) => ({
    ...write,
    entries: write.entries.map((entry) => ({ ...entry, payload: change(entry.payload) })),
  }))
}

const onReading: Broken<MakeLogStorePlace>[] = [
  {
    fault: 'an entry is lost on its way out',
    claim: 'read: entries from … from + count − 1',
    make: withChanges((store) => ({
      read: async (group, from, count, maxBytes) =>
        (await store.read(group, from, count, maxBytes)).filter(({ index }) => index !== 9),
    })),
  },
  {
    fault: 'it fails beyond the end',
    claim: 'read: stops at the end of the log',
    make: withChanges((store) => ({
      read: async (group, from, count, maxBytes) => {
        const { last } = (await store.open(group))!
        if (from > last + 1) throw new Error('beyond the end')
        return await store.read(group, from, count, maxBytes)
      },
    })),
  },
  {
    fault: 'limits count payloads without heads',
    claim: 'read: stops before the entry with which the bytes would exceed maxBytes',
    make: withChanges((store) => ({
      read: (group, from, count, maxBytes) => store.read(group, from, count, maxBytes + 32),
    })),
  },
  {
    fault: 'the limit itself is too much',
    claim: 'read: stops before the entry with which the bytes would exceed maxBytes',
    make: withChanges((store) => ({
      read: (group, from, count, maxBytes) => store.read(group, from, count, maxBytes - 1),
    })),
  },
  {
    fault: 'an entry larger than the limit is never read',
    claim: 'read: the first entry whatever its size',
    make: withChanges((store) => ({
      read: async (group, from, count, maxBytes) =>
        (await store.read(group, from, count, maxBytes)).filter(
          ({ payload }) => entryBytes(payload) <= maxBytes,
        ),
    })),
  },
  {
    fault: 'a read below the base begins at it',
    claim: 'read: an index at or before the base gives nothing',
    make: withChanges((store) => ({
      read: async (group, from, count, maxBytes) => {
        const { base } = (await store.open(group))!
        return await store.read(group, Math.max(from, base.index + 1), count, maxBytes)
      },
    })),
  },
  {
    fault: 'entries are read one by one',
    claim: 'read: no mix of before and after a truncation',
    make: withChanges((store) => ({
      read: async (group, from, count, maxBytes) => {
        const found: LogEntry[] = []
        for (let index = from; index < from + count; index++) {
          const [entry] = await store.read(group, index, 1, maxBytes)
          if (entry === undefined) break
          found.push(entry)
        }
        return found
      },
    })),
  },
  {
    fault: 'it gives its own arrays out',
    claim: 'read: what it gives is apart from what it keeps',
    make: withChanges((store) => {
      const given = new Map<string, readonly LogEntry[]>()
      return {
        read: async (group, from, count, maxBytes) => {
          const key = `${group} ${from} ${count} ${maxBytes}`
          const found = given.get(key) ?? (await store.read(group, from, count, maxBytes))
          given.set(key, found)
          return found
        },
      }
    }),
  },
]

const onForgetting: Broken<MakeLogStorePlace>[] = [
  {
    fault: 'it never compacts',
    claim: 'compact: the base moves to `upTo`, and what follows stays',
    make: withChanges(() => ({ compact: async () => {} })),
  },
  {
    fault: 'it compacts one entry too few',
    claim: 'compact: the base moves to `upTo`, and what follows stays',
    make: withChanges((store) => ({
      compact: async (group, { index, term }) => {
        const [before] = await store.read(group, index - 1, 1, 0)
        await store.compact(group, before === undefined ? { index, term } : before)
      },
    })),
  },
  {
    fault: 'the last entry is not compacted',
    claim: 'compact: up to the last entry, after which the log goes on',
    make: withChanges((store) => ({
      compact: async (group, upTo) => {
        if (upTo.index !== (await store.open(group))?.last) await store.compact(group, upTo)
      },
    })),
  },
  {
    fault: 'the base can go back',
    claim: 'compact: at or before the base changes nothing',
    make: withChanges((store) => ({
      compact: async (group, upTo) => {
        const { base, term, vote } = (await store.open(group))!
        if (upTo.index > base.index) return await store.compact(group, upTo)
        const configuration = { index: 0, configuration: { voters: [], outgoing: null, learners: [] } }
        const write = {
          term,
          vote,
          reset: { ...upTo, time: 0, configuration },
          truncateFrom: null,
          entries: [],
        }
        await store.write([{ group, write }])
      },
    })),
  },
  {
    fault: 'after a compaction nothing is truncated',
    claim: 'compact: writes, truncations and resets go on after it',
    make: withChanges((store) => {
      let compacted = false
      return {
        compact: async (group, upTo) => {
          compacted = true
          await store.compact(group, upTo)
        },
        write: (writes) =>
          store.write(
            writes.map(({ group, write }) => ({
              group,
              write: compacted && write.entries.length === 0 ? { ...write, truncateFrom: null } : write,
            })),
          ),
      }
    }),
  },
  {
    fault: 'all groups are compacted',
    claim: 'compact: touches no other log',
    make: withChanges((store) => ({
      compact: async (group, upTo) => {
        await store.compact(group, upTo)
        for (const other of await store.groups()) {
          const [entry] = await store.read(other, upTo.index, 1, 0)
          if (entry !== undefined) await store.compact(other, entry)
        }
      },
    })),
  },
  {
    fault: 'nobody is marked as removed',
    claim: 'markRemoved: open tells since when, and the log is as it was',
    make: withChanges(() => ({ markRemoved: async () => {} })),
  },
  {
    fault: 'a removed member’s log is written on',
    claim: 'markRemoved: the log is no longer written',
    make: withChanges((store) => {
      const removed = new Map<string, number>()
      return {
        markRemoved: async (group, at) => {
          removed.set(group, at)
        },
        open: async (group) => {
          const opened = await store.open(group)
          return opened === null ? null : { ...opened, removedAt: removed.get(group) ?? null }
        },
      }
    }),
  },
  {
    fault: 'remove forgets the entries only',
    claim: 'remove: the group has no log any more',
    make: withChanges((store) => ({
      remove: async (group) => {
        const opened = await store.open(group)
        await store.remove(group)
        if (opened !== null) await store.create(group, opened)
      },
    })),
  },
  {
    fault: 'it is an error to remove nothing',
    claim: 'remove: no error if there is none',
    make: withChanges((store) => ({
      remove: async (group) => {
        if ((await store.open(group)) === null) throw new Error('nothing to remove')
        await store.remove(group)
      },
    })),
  },
  {
    fault: 'a removed log comes back when it is created again (F108)',
    claim: 'remove: a log created afterwards is a new one',
    make: withChanges((store) => {
      const hidden = new Set<string>()
      return {
        remove: async (group) => {
          hidden.add(group)
        },
        open: async (group) => (hidden.has(group) ? null : await store.open(group)),
        create: async (group, identity) => {
          if (!hidden.delete(group)) await store.create(group, identity)
        },
      }
    }),
  },
  {
    fault: 'it removes all whose names begin alike',
    claim: 'remove: touches no other log',
    make: withChanges((store) => ({
      remove: async (group) => {
        for (const other of await store.groups()) if (other.startsWith(group)) await store.remove(other)
      },
    })),
  },
]

const onLasting: Broken<MakeLogStorePlace>[] = [
  {
    fault: 'close does not wait',
    claim: 'close: waits for the writes under way',
    make: withChanges((store) => ({
      write: async (writes) => {
        await store.write(writes)
        await later()
      },
    })),
  },
  {
    fault: 'close closes nothing',
    claim: 'close: calls after it reject with closed',
    make: withChanges(() => ({ close: async () => {} })),
  },
  {
    fault: 'after close an empty write succeeds',
    claim: 'close: calls after it reject with closed',
    make: withChanges((store) => ({
      write: (writes) => (writes.length === 0 ? Promise.resolve() : store.write(writes)),
    })),
  },
  {
    fault: 'each opening begins with nothing',
    claim: 'close and open: everything is there again',
    make: async (quota) => ({ ...(await memoryLogs(quota)), open: async () => memoryStorage().open().logs }),
  },
  {
    fault: 'a vote is not kept (F1)',
    claim: 'close and open: everything is there again',
    make: withMemory((done) =>
      done.map((change) =>
        change.kind !== 'write'
          ? change
          : {
              ...change,
              writes: change.writes.map(({ group, write }) => ({ group, write: { ...write, vote: null } })),
            },
      ),
    ),
  },
  {
    fault: 'the next opening begins at another base than any it had',
    claim: 'close and open: the log begins at its old base or where it was compacted to',
    make: withMemory((done) =>
      done.map((change) =>
        change.kind !== 'compact'
          ? change
          : { kind: 'compact', run: (store) => store.compact('group', { index: 49, term: 4 }) },
      ),
    ),
  },
  {
    fault: 'one entry of an unusual size is cut',
    claim: 'any history of writes, reads and compactions gives what plain arrays would',
    make: withPayloads((payload) => (payload.byteLength > 90_000 ? payload.subarray(1) : payload)),
  },
  ...(['create', 'write', 'markRemoved', 'remove'] as const).map((kind) => ({
    fault: `${kind} resolves before it is durable`,
    claim: 'create, write, markRemoved, remove: durable when resolved',
    make: forgetting(kind),
  })),
  {
    fault: 'a crash leaves half of a write (F85)',
    claim: 'write: a crash leaves each log after some number of its writes, none half done',
    make: withMemory((done) => {
      const last = done.at(-1)
      if (last?.kind !== 'write') return done
      const writes = last.writes.map(({ group, write }) => ({
        group,
        write: { ...write, entries: write.entries.slice(0, write.entries.length / 2) },
      }))
      return [...done.slice(0, -1), { kind: 'write', writes }]
    }),
  },
  {
    fault: 'a crash loses a write and keeps a later one',
    claim: 'write: a crash leaves each log after some number of its writes, none half done',
    make: withMemory((done) =>
      done.filter(
        (change, i) =>
          i !== done.length - 2 || change.kind !== 'write' || change.writes[0]?.write.entries.length !== 1,
      ),
    ),
  },
  {
    fault: 'it says that writes are durable at once, and loses the last',
    claim: 'durableAtOnce: what `write` has returned from is durable',
    make: async (quota) => {
      const place = await forgetting('write')(quota)
      return { ...place, open: async () => ({ ...(await place.open()), durableAtOnce: true }) }
    },
  },
  {
    fault: 'a crash leaves a base in between',
    claim: 'compact: a crash leaves the old base or the new one',
    make: withMemory((done) =>
      done.map((change) =>
        change.kind !== 'compact'
          ? change
          : { kind: 'compact', run: (store) => store.compact('group', { index: 45, term: 4 }) },
      ),
    ),
  },
  {
    fault: 'after a failed write it goes on (F78)',
    claim: 'write: rejects on an I/O error, and so does every later call until the store is opened anew',
    make: async (quota) => {
      const place = await memoryLogs(quota)
      let failing = false
      return {
        ...place,
        fail: async () => {
          failing = true
        },
        open: async () => {
          const store = await place.open()
          return delegatedLogs(store, {
            write: async (writes) => {
              const fails = failing
              failing = false
              if (fails) throw new RaftedError('storage-failed', 'Once.', { outcome: 'unknown' })
              await store.write(writes)
            },
          })
        },
      }
    },
  },
  {
    fault: 'there is room for ever',
    claim: 'room: ok at first, then low, then full, as entries come',
    make: withChanges(() => ({ room: () => 'ok' })),
  },
  {
    fault: 'full comes without a warning',
    claim: 'room: ok at first, then low, then full, as entries come',
    make: withChanges((store) => ({ room: () => (store.room() === 'full' ? 'full' : 'ok') })),
  },
]

const onDamage: Broken<MakeLogStorePlace>[] = [
  {
    fault: 'anything may be put back',
    claim: 'restore: invalid-argument for an entry that is not damaged, and nothing changes',
    make: withChanges(() => ({ restore: async () => {} })),
  },
  {
    fault: 'the next opening has forgotten that something was lost',
    claim: 'lostTo: is what the last write that names it says, whatever else is written',
    make: withMemory((done) =>
      done.map((change) =>
        change.kind !== 'write'
          ? change
          : {
              ...change,
              writes: change.writes.map(({ group, write }) => ({ group, write: { ...write, lostTo: null } })),
            },
      ),
    ),
  },
  {
    fault: 'what was lost counts as found when the log is as long again',
    claim: 'lostTo: is what the last write that names it says, whatever else is written',
    make: withOpened((opened) => ({
      ...opened,
      lostTo: opened.lostTo !== null && opened.lostTo <= opened.last ? null : opened.lostTo,
    })),
  },
]

export const brokenLogStores: readonly Broken<MakeLogStorePlace>[] = [
  ...onOpening,
  ...onWriting,
  ...onReading,
  ...onForgetting,
  ...onLasting,
  ...onDamage,
]
