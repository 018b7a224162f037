/** The implementations of this repository, each in a place of its own, for the suites to be tried on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, LogStore, SnapshotStore } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import {
  memoryStorage,
  nodeFileSystem,
  openDirectory,
  openFileSnapshotStore,
  type Storage,
  storageByGroup,
} from '@rafted/storage'
import {
  type CrashChoices,
  type FileSystemPlace,
  type LogStorePlace,
  SimulatedFileSystem,
  type SnapshotStorePlace,
  type TransportPlace,
  type TransportPlaceOptions,
} from '@rafted/testing'
import { memoryNetwork } from '@rafted/transport-memory'
import { Held } from './held.ts'

type Quota = { readonly quotaBytes?: number }

/** Opening it anew is all that a crash is to it: what stands in memory is durable at once. */
export async function memoryLogs(quota: Quota = {}): Promise<LogStorePlace> {
  const storage = memoryStorage(quota)
  let open: LogStore | null = null
  return {
    open: async () => {
      open = storage.open().logs
      return open
    },
    crash: async () => {},
    fail: async () => await makeFail(open),
    dispose: async () => {},
  }
}

/** A write that doesn't fit is to a store in memory what an I/O error is to others. */
async function makeFail(store: LogStore | null): Promise<void> {
  const write = { term: 1, vote: null, reset: null, truncateFrom: null, entries: [] }
  await store?.write([{ group: 'no such group', write }]).catch(() => {})
}

/** Two stores in memory: the groups of the claims are in one or the other. */
function twoStorages(quota: Quota): { open(): Storage; first(): Storage } {
  const memories = [memoryStorage(quota), memoryStorage(quota)] as const
  let opened: Storage[] = []
  return {
    open: () => {
      opened = memories.map((memory) => memory.open())
      return storageByGroup({ first: opened[0]!, second: opened[1]! }, (group) =>
        group === 'group' || group === 'a' || group.length % 2 === 0 ? 'first' : 'second',
      )
    },
    first: () => opened[0]!,
  }
}

export async function chosenLogs(quota: Quota = {}): Promise<LogStorePlace> {
  const storages = twoStorages(quota)
  return {
    open: async () => storages.open().logs,
    crash: async () => {},
    fail: async () => await makeFail(storages.first().logs),
    dispose: async () => {},
  }
}

export async function memorySnapshots(): Promise<SnapshotStorePlace> {
  const storage = memoryStorage()
  return { open: async () => storage.open().snapshots, crash: async () => {}, dispose: async () => {} }
}

export async function chosenSnapshots(): Promise<SnapshotStorePlace> {
  const storages = twoStorages({})
  return { open: async () => storages.open().snapshots, crash: async () => {}, dispose: async () => {} }
}

/** On real files: the machine can't be made to crash. */
export async function fileSnapshots(): Promise<SnapshotStorePlace> {
  const fileSystem = nodeFileSystem()
  const path = await mkdtemp(join(tmpdir(), 'rafted-'))
  const clocks = { clock: realClock, random: realRandom }
  const directory = await openDirectory({ path, cluster: 'shop', host: 'a', fileSystem, ...clocks })
  return {
    open: () => openFileSnapshotStore({ directory, fileSystem }),
    dispose: async () => {
      await directory.close()
      await rm(path, { recursive: true })
    },
  }
}

/** A lock that nobody takes away. */
const lock = { isStale: false, check: async () => {}, release: async () => {} }

/** On simulated files. @param choices what crashes leave; by chance if absent. */
export async function simulatedSnapshots(choices?: CrashChoices): Promise<SnapshotStorePlace> {
  const directory = { path: '/data', lock }
  const disk = new SimulatedFileSystem({ seed: 1, directories: [directory.path] })
  return {
    open: () => openFileSnapshotStore({ directory, fileSystem: disk.mount().files }),
    crash: async () => disk.crash(choices),
    dispose: async () => {},
  }
}

/** Runs what is due when it is told to. */
export class HandClock implements Clock {
  #due: (() => void)[] = []

  now(): number {
    return 0
  }

  wall(): number {
    return 0
  }

  after(): never {
    throw new Error('the network in memory needs no timer')
  }

  soon(run: () => void): void {
    this.#due.push(run)
  }

  /** Runs what is due, and what becomes due by that, until there is nothing. */
  settle(): void {
    while (this.#due.length > 0) {
      const due = this.#due
      this.#due = []
      for (const run of due) run()
    }
  }
}

export async function memoryTransports(options: TransportPlaceOptions): Promise<TransportPlace> {
  const clock = new HandClock()
  const network = memoryNetwork({ clock, ...options })
  const held = new Held()
  return {
    transport: async (name, role) => {
      const transport = network.transport({ name, role })
      held.add(transport)
      return transport
    },
    held: () => held.count(),
    settle: async () => clock.settle(),
    vanish: async (name) => network.isolate(name),
    comeBack: async (name) => network.rejoin(name),
    noSuchAddress: 'nobody',
    dispose: async () => {},
  }
}

export function delegatedLogs(store: LogStore, changes: Partial<LogStore>): LogStore {
  return {
    groups: () => store.groups(),
    create: (group, identity) => store.create(group, identity),
    open: (group) => store.open(group),
    write: (writes) => store.write(writes),
    read: (group, from, count, maxBytes) => store.read(group, from, count, maxBytes),
    restore: (group, entries) => store.restore(group, entries),
    room: () => store.room(),
    compact: (group, upTo) => store.compact(group, upTo),
    markRemoved: (group, removedAt) => store.markRemoved(group, removedAt),
    remove: (group) => store.remove(group),
    close: () => store.close(),
    ...changes,
  }
}

export function delegatedSnapshots(store: SnapshotStore, changes: Partial<SnapshotStore>): SnapshotStore {
  return {
    list: (group) => store.list(group),
    latest: (group) => store.latest(group),
    save: (group, chunks, meta) => store.save(group, chunks, meta),
    setAside: (group, index) => store.setAside(group, index),
    remove: (group) => store.remove(group),
    close: () => store.close(),
    ...changes,
  }
}

/** @param choices what crashes leave; by chance if absent. */
export async function simulatedFiles(choices?: CrashChoices): Promise<FileSystemPlace> {
  const directory = '/place'
  const disk = new SimulatedFileSystem({ seed: 1, directories: [directory] })
  return {
    directory,
    open: async () => disk.mount().files,
    crash: async () => disk.crash(choices),
    dispose: async () => {},
  }
}

export async function realFiles(): Promise<FileSystemPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'rafted-files-'))
  return {
    directory,
    open: async () => nodeFileSystem(),
    dispose: () => rm(directory, { recursive: true }),
  }
}
