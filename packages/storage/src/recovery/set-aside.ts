/**
 * A member whose group goes on without it is set aside: all that can be read of it is copied into a directory of its own, which every tool can look into,
 * and its host forgets it. So it never votes again, and nothing is thrown away.
 */
import { join } from 'node:path'
import type { LogStore, LogWrite, SnapshotStore, StoredSnapshot } from '@rafted/contracts'
import { openDirectory } from '../files/directory.ts'
import { openStores } from '../open-stores.ts'
import type { RecoverySeams } from './seams.ts'

/** Read and written together. */
const PAGE_ENTRIES = 4096
const PAGE_BYTES = 4 * 1024 * 1024
/** So short that a socket fits in as well (a path of one has 107 bytes at most), and no two groups share it. */
const NAME_DIGITS = 12

interface Stores {
  readonly logs: LogStore
  readonly snapshots: SnapshotStore
}

export interface MemberPlace {
  /** The host's directory. */
  readonly path: string
  readonly cluster: string
  readonly host: string
  readonly group: string
}

/** Copies the member and forgets it. Durable when resolved; a crash leaves it where it is, or set aside. @returns where it is now. */
export async function setAside(stores: Stores, place: MemberPlace, seams: RecoverySeams): Promise<string> {
  const kept = await copyAside(stores, place, seams)
  await stores.logs.remove(place.group)
  await stores.snapshots.remove(place.group)
  return kept
}

/** What an attempt before has copied is gone on with. @returns where the copy is. */
export async function copyAside(stores: Stores, place: MemberPlace, seams: RecoverySeams): Promise<string> {
  const { path, cluster, host, group } = place
  const { incarnation } = (await stores.logs.open(group))!
  const kept = join(path, 'set-aside', incarnation.slice(0, NAME_DIGITS))
  const directory = await openDirectory({ ...seams, path: kept, cluster, host })
  try {
    const copies = await openStores(directory, seams)
    try {
      await copySnapshot(stores.snapshots, copies.snapshots, group, incarnation)
      await copyLog(stores.logs, copies.logs, group)
    } finally {
      await copies.logs.close()
      await copies.snapshots.close()
    }
  } finally {
    await directory.close()
  }
  return kept
}

async function copySnapshot(
  from: SnapshotStore,
  to: SnapshotStore,
  group: string,
  incarnation: string,
): Promise<void> {
  const newest = await from.latest(group).catch(() => null)
  if (newest === null || newest.meta.incarnation !== incarnation) return
  // One that can't be read is left out: what is set aside is what can be.
  await to
    .save(group, newest.chunks, () => newest.meta)
    .catch((error: unknown) => ignoreDamage(error, newest))
}

function ignoreDamage(error: unknown, _: StoredSnapshot): void {
  if ((error as { code?: string } | null)?.code !== 'damaged-storage') throw error
}

async function copyLog(from: LogStore, to: LogStore, group: string): Promise<void> {
  const log = (await from.open(group))!
  const { incarnation, member, term, vote, base, lostTo } = log
  if ((await to.open(group)) === null) await to.create(group, { incarnation, member })
  const begun = (await to.open(group))!
  const write: LogWrite = { term, vote, reset: null, truncateFrom: null, entries: [] }
  const hasBase = begun.base.index === base.index
  const nothing = { index: 0, configuration: { voters: [], outgoing: null, learners: [] } }
  const reset = hasBase ? null : { ...base, time: 0, configuration: nothing }
  await to.write([{ group, write: { ...write, reset } }])
  let next = (hasBase ? begun.last : base.index) + 1
  for (;;) {
    const entries = await from.read(group, next, PAGE_ENTRIES, PAGE_BYTES)
    if (entries.length === 0) break
    await to.write([{ group, write: { ...write, entries } }])
    next += entries.length
  }
  // Behind one that can't be read nothing is copied; the copy says so.
  const lost = next <= log.last ? log.last : lostTo
  if (lost !== null) await to.write([{ group, write: { ...write, lostTo: lost } }])
}
