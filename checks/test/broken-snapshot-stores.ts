/** Snapshot stores with one fault each, and a claim of the suite that finds it. */
import type { SnapshotMeta, SnapshotStore, StoredSnapshot } from '@rafted/contracts'
import { memoryStorage } from '@rafted/storage'
import type { SnapshotStorePlace } from '@rafted/testing'
import type { Broken } from './conformance-breaks.ts'
import { delegatedSnapshots, memorySnapshots } from './conformance-places.ts'

type Make = () => Promise<SnapshotStorePlace>
type Chunks = AsyncIterable<Uint8Array>

/** The store in memory, with these methods put in the place of its own. */
function withChanges(changes: (store: SnapshotStore) => Partial<SnapshotStore>): Make {
  return async () => {
    const place = await memorySnapshots()
    return {
      ...place,
      open: async () => {
        const store = await place.open()
        return delegatedSnapshots(store, changes(store))
      },
    }
  }
}

/** What is read, changed on its way out. */
function withLatest(change: (latest: StoredSnapshot) => StoredSnapshot): Make {
  return withChanges((store) => ({
    latest: async (group) => {
      const latest = await store.latest(group)
      return latest === null ? null : change(latest)
    },
  }))
}

async function* intoOneMemory(chunks: Chunks): Chunks {
  let memory = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (memory.byteLength < chunk.byteLength) memory = new Uint8Array(chunk.byteLength)
    memory.set(chunk)
    yield memory.subarray(0, chunk.byteLength)
  }
}

type Kept = { meta: SnapshotMeta; chunks: readonly Uint8Array[] }

/** A small store of its own, whose faults are its options. */
function plain(faults: {
  keeps?: number
  keepsOlder?: boolean
  replacesEqual?: boolean
  shows?: 'parts'
  sharesInput?: boolean
  sharesOutput?: boolean
  checks?: boolean
  oneOnly?: boolean
}): Make {
  return async () => {
    const byGroup = new Map<string, Kept[]>()
    const insert = (group: string, kept: Kept): void => {
      const all = byGroup.get(group) ?? []
      const newest = all[0]?.meta.index ?? -1
      const { index } = kept.meta
      if (index < newest && !faults.keepsOlder) return
      if (index === newest && !faults.replacesEqual) return
      byGroup.set(
        group,
        [kept, ...all.filter(({ meta }) => meta.index !== index)].slice(0, faults.keeps ?? 2),
      )
    }
    const store: SnapshotStore = {
      list: async (group) => (byGroup.get(group) ?? []).map(({ meta }) => meta),
      latest: async (group) => {
        const newest = byGroup.get(group)?.[0]
        if (newest === undefined) return null
        return { meta: newest.meta, chunks: each(newest.chunks, faults.sharesOutput ?? false) }
      },
      save: async (group, chunks, meta) => {
        const kept: Uint8Array[] = []
        const before = byGroup.get(group)
        for await (const chunk of chunks) {
          kept.push(faults.sharesInput ? chunk : new Uint8Array(chunk))
          if (faults.shows && before !== undefined)
            byGroup.set(group, [{ meta: before[0]!.meta, chunks: kept }, ...before.slice(1)])
        }
        insert(group, { meta: meta(), chunks: kept })
        return meta()
      },
      setAside: async (group, index) =>
        void byGroup.set(
          group,
          (byGroup.get(group) ?? []).filter(({ meta }) => meta.index !== index),
        ),
      remove: async (group) => void byGroup.delete(group),
      close: async () => {},
    }
    return { open: async () => store, crash: async () => {}, dispose: async () => {} }
  }
}

async function* each(chunks: readonly Uint8Array[], shared: boolean): Chunks {
  for (const chunk of chunks) yield shared ? chunk : new Uint8Array(chunk)
}

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A store whose next opening finds only what `kept` leaves of what has been saved and removed. */
function withMemory(kept: (done: Change[]) => Change[]): Make {
  return async () => {
    let done: Change[] = []
    const open = async (): Promise<SnapshotStore> => {
      const store = memoryStorage().open().snapshots
      done = kept(done)
      for (const { run } of done) await run(store)
      return delegatedSnapshots(store, {
        save: async (group, chunks, meta) => {
          const parts: Uint8Array[] = []
          for await (const chunk of chunks) parts.push(new Uint8Array(chunk))
          const change: Change = {
            kind: 'save',
            run: async (to) => void (await to.save(group, each(parts, true), meta)),
          }
          done.push(change)
          await change.run(store)
          return meta()
        },
        remove: async (group) => {
          done.push({ kind: 'remove', run: (to) => to.remove(group) })
          await store.remove(group)
        },
      })
    }
    return { open, crash: async () => {}, dispose: async () => {} }
  }
}

interface Change {
  readonly kind: 'save' | 'remove'
  run(store: SnapshotStore): Promise<void>
}

export const brokenSnapshotStores: readonly Broken<Make>[] = [
  {
    fault: 'a group without snapshots has an empty one',
    claim: 'list and latest: nothing at first',
    make: withChanges((store) => ({
      latest: async (group) =>
        (await store.latest(group)) ?? { meta: {} as SnapshotMeta, chunks: each([], true) },
    })),
  },
  {
    fault: 'save gives nothing back',
    claim: 'save: gives the meta back, and latest gives meta and content',
    make: withChanges((store) => ({
      save: async (group, chunks, meta) => {
        await store.save(group, chunks, meta)
        return {} as SnapshotMeta
      },
    })),
  },
  {
    fault: 'content is cut at 1 MiB',
    claim: 'save: content of any size, in chunks of any size',
    make: withLatest(({ meta, chunks }) => ({ meta, chunks: cut(chunks, 1024 * 1024) })),
  },
  {
    fault: 'an empty chunk ends the content',
    claim: 'save: content of any size, in chunks of any size',
    make: withLatest(({ meta, chunks }) => ({ meta, chunks: untilEmpty(chunks) })),
  },
  {
    fault: 'the outgoing voters are not kept (F70)',
    claim: 'save: every field of the meta, the configuration included',
    make: withChanges((store) => ({
      save: (group, chunks, meta) =>
        store.save(group, chunks, () => {
          const { configuration, ...rest } = meta()
          const settled = { ...configuration.configuration, outgoing: null }
          return { ...rest, configuration: { ...configuration, configuration: settled } }
        }),
    })),
  },
  {
    fault: 'meta is asked for at once',
    claim: 'save: meta is asked for when the chunks have ended',
    make: withChanges((store) => ({
      save: (group, chunks, meta) => {
        const asked = meta()
        return store.save(group, chunks, () => asked)
      },
    })),
  },
  {
    fault: 'it keeps the newest only (F71)',
    claim: 'save: keeps the last two, newest first',
    make: plain({ keeps: 1 }),
  },
  { fault: 'it keeps three', claim: 'save: keeps the last two, newest first', make: plain({ keeps: 3 }) },
  {
    fault: 'oldest first',
    claim: 'save: keeps the last two, newest first',
    make: withChanges((store) => ({ list: async (group) => [...(await store.list(group))].reverse() })),
  },
  {
    fault: 'an older one takes the place of the newest (F62)',
    claim: 'save: one older than the newest, or equal to it, is dropped without an error',
    make: plain({ keepsOlder: true }),
  },
  {
    fault: 'an equal one takes the place of the newest',
    claim: 'save: one older than the newest, or equal to it, is dropped without an error',
    make: plain({ replacesEqual: true }),
  },
  {
    fault: 'an older one is an error',
    claim: 'save: one older than the newest, or equal to it, is dropped without an error',
    make: withChanges((store) => ({
      save: async (group, chunks, meta) => {
        const saved = await store.save(group, chunks, meta)
        const [newest] = await store.list(group)
        if (newest !== undefined && saved.index < newest.index) throw new Error('too old')
        return saved
      },
    })),
  },
  {
    fault: 'chunks that throw are chunks that end',
    claim: 'save: absent if the chunks throw, whose error it passes on',
    make: withChanges((store) => ({
      save: (group, chunks, meta) => store.save(group, untilError(chunks), meta),
    })),
  },
  {
    fault: 'it wraps the error of the chunks',
    claim: 'save: absent if the chunks throw, whose error it passes on',
    make: withChanges((store) => ({
      save: async (group, chunks, meta) => {
        try {
          return await store.save(group, chunks, meta)
        } catch (cause) {
          throw new Error('it could not be saved', { cause })
        }
      },
    })),
  },
  {
    fault: 'without a meta it takes that of the one before',
    claim: 'save: absent if meta throws',
    make: withChanges((store) => ({
      save: async (group, chunks, meta) => {
        const [newest] = await store.list(group)
        return await store.save(group, chunks, () => {
          try {
            return meta()
          } catch {
            return { ...newest!, index: newest!.index + 1 }
          }
        })
      },
    })),
  },
  {
    fault: 'it overwrites the one before in place',
    claim: 'save: nothing of it is seen before it is whole',
    make: plain({ shows: 'parts' }),
  },
  {
    fault: 'the last to end is the newest',
    claim: 'save: several at once, and the newest is the newest',
    make: withChanges((store) => {
      let latest = ''
      return {
        save: async (group, chunks, meta) => {
          const saved = await store.save(`${group} ${meta().index}`, chunks, meta)
          latest = `${group} ${saved.index}`
          return saved
        },
        list: () => store.list(latest),
        latest: () => store.latest(latest),
      }
    }),
  },
  {
    fault: 'it keeps the arrays it is given',
    claim: 'save: the bytes are those of each chunk when it was given',
    make: plain({ sharesInput: true }),
  },
  {
    fault: 'the parts of a name are directories',
    claim: 'save: any name is a name, and touches no other group',
    make: withChanges((store) => {
      const name = (group: string): string => group.split('/').at(-1)!
      return {
        save: (group, chunks, meta) => store.save(name(group), chunks, meta),
        list: (group) => store.list(name(group)),
        latest: (group) => store.latest(name(group)),
      }
    }),
  },
  {
    fault: 'what is being read goes when newer ones come',
    claim: 'latest: stays readable while newer ones are saved',
    make: withChanges((store) => ({
      latest: async (group) => {
        const latest = await store.latest(group)
        if (latest === null) return null
        return { meta: latest.meta, chunks: whileKept(store, group, latest) }
      },
    })),
  },
  {
    fault: 'two readers share one cursor',
    claim: 'latest: may be read by several at once',
    make: withChanges((store) => {
      let latest: Promise<StoredSnapshot | null> | null = null
      return {
        latest: (group) => {
          latest ??= store.latest(group)
          return latest
        },
      }
    }),
  },
  {
    fault: 'it never looks at the checksum (F74)',
    claim: 'latest: stops with damaged-storage where the content does not match its checksum',
    make: plain({}),
  },
  {
    fault: 'it reads all chunks into the same memory',
    claim: 'latest: a chunk that was not given back stays as it was',
    make: withLatest(({ meta, chunks }) => ({ meta, chunks: intoOneMemory(chunks) })),
  },
  {
    fault: 'it gives its own arrays out',
    claim: 'latest: what it gives is the reader’s own',
    make: plain({ sharesOutput: true }),
  },
  {
    fault: 'what is being saved survives a removal',
    claim: 'remove: what is being saved meanwhile does not come to be',
    make: plain({}),
  },
  {
    fault: 'what was set aside is there again when it is opened',
    claim: 'setAside: those that are left count, and one at that index is new again',
    make: async () => {
      const place = await memorySnapshots()
      return {
        ...place,
        open: async () => {
          const aside = new Set<string>()
          const store = await place.open()
          return delegatedSnapshots(store, {
            list: async (group) =>
              (await store.list(group)).filter(({ index }) => !aside.has(`${group} ${index}`)),
            setAside: async (group, index) => void aside.add(`${group} ${index}`),
          })
        },
      }
    },
  },
  {
    fault: 'remove takes the newest only',
    claim: 'remove: the group has no snapshot any more, and others have theirs',
    make: withChanges((store) => ({
      remove: async (group) => {
        const older = (await store.list(group))[1]
        await store.remove(group)
        if (older !== undefined) await store.save(group, each([], true), () => older)
      },
    })),
  },
  {
    fault: 'it removes all whose names begin alike',
    claim: 'remove: the group has no snapshot any more, and others have theirs',
    make: withChanges((store) => ({
      remove: async (group) => {
        await store.remove(group)
        await store.remove(`${group}2`)
      },
    })),
  },
  {
    fault: 'it is an error to remove nothing',
    claim: 'remove: no error if there are none',
    make: withChanges((store) => ({
      remove: async (group) => {
        if ((await store.list(group)).length === 0) throw new Error('nothing to remove')
        await store.remove(group)
      },
    })),
  },
  {
    fault: 'the newest index outlives its removal',
    claim: 'remove: a lower index is no longer too old afterwards',
    make: withChanges((store) => {
      let newest = 0
      return {
        save: async (group, chunks, meta) => {
          if (meta().index <= newest) return meta()
          newest = meta().index
          return await store.save(group, chunks, meta)
        },
      }
    }),
  },
  {
    fault: 'close closes nothing',
    claim: 'close: calls after it reject with closed',
    make: withChanges(() => ({ close: async () => {} })),
  },
  {
    fault: 'each opening begins with nothing',
    claim: 'close and open: the snapshots are there again',
    make: withMemory(() => []),
  },
  {
    fault: 'save resolves before it is durable',
    claim: 'save and remove: durable when resolved',
    make: withMemory((done) => (done.at(-1)?.kind === 'save' ? done.slice(0, -1) : done)),
  },
  {
    fault: 'remove resolves before it is durable',
    claim: 'save and remove: durable when resolved',
    make: withMemory((done) => done.filter(({ kind }) => kind === 'save')),
  },
  {
    fault: 'a crash leaves half of a snapshot (F76)',
    claim: 'save: a crash in the middle leaves what was there',
    make: halfSaved(),
  },
]

async function* cut(chunks: Chunks, bytes: number): Chunks {
  let left = bytes
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left = Math.max(0, left - chunk.byteLength)
  }
}

async function* untilEmpty(chunks: Chunks): Chunks {
  for await (const chunk of chunks) {
    if (chunk.byteLength === 0) return
    yield chunk
  }
}

async function* untilError(chunks: Chunks): Chunks {
  try {
    yield* chunks
  } catch {
    // Taken for the end.
  }
}

async function* whileKept(store: SnapshotStore, group: string, { meta, chunks }: StoredSnapshot): Chunks {
  for await (const chunk of chunks) {
    const kept = await store.list(group)
    if (!kept.some(({ index }) => index === meta.index)) throw new Error('the file is gone')
    yield chunk
  }
}

/** Saves what it has whenever a chunk comes, so that a crash leaves that. */
function halfSaved(): Make {
  return withChanges((store) => ({
    save: async (group, chunks, meta) => {
      const parts: Uint8Array[] = []
      for await (const chunk of chunks) {
        parts.push(new Uint8Array(chunk))
        await later()
        const [newest] = await store.list(group)
        if (newest !== undefined)
          await store.save(group, each(parts, true), () => ({ ...meta(), index: newest.index + 1 }))
      }
      return await store.save(group, each(parts, true), meta)
    },
  }))
}
