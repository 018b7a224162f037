/** Directories of hosts on one simulated disk: what members of a group of five have written, as their hosts left it. */
import { crc32 } from 'node:zlib'
import type { LogEntry, LogWrite, SnapshotMeta } from '@rafted/contracts'
import { type Configuration, EntryKind, type Member } from '@rafted/core'
import { openFileStorage, type RecoverOptions, recover, type Storage } from '@rafted/storage'
import { SeededRandom, SimulatedFileSystem } from '@rafted/testing'
import {
  decodeConfiguration,
  encodeCommandPayload,
  encodeConfiguration,
  encodeSessionPayload,
  valueCodec,
} from '@rafted/wire'
import { onTestFinished } from 'vitest'
import { HurriedClock } from '../../src/hurried-clock.ts'
import { onOneBoot } from '../../src/places.ts'

export const group = 'orders'
export const incarnation = '39b8'.padEnd(32, '0')
export const memberOf = (host: string): string => `${host}1`.padEnd(32, '0')

export function voter(host: string): Member {
  return { id: memberOf(host), host, address: `${host}:7000`, durable: true, wire: [1, 1], machine: [1, 1] }
}

export const five: Configuration = {
  voters: ['a', 'b', 'c', 'd', 'e'].map(voter),
  outgoing: null,
  learners: [],
}

const payloads = {
  configuration: () => encodeConfiguration(five),
  session: () => encodeSessionPayload({ op: 'open', session: 0, acknowledged: 0 }),
  command: (index: number) =>
    encodeCommandPayload({
      session: 2,
      sequence: index - 2,
      acknowledged: 1,
      key: null,
      command: valueCodec.encode(['add', `item ${index}`]),
    }),
}

/** The first is the configuration, the second opens a session, all others are its commands. */
export function entries(from: number, to: number, term: number): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const index = from + i
    const kind = index === 1 ? 'configuration' : index === 2 ? 'session' : 'command'
    return { index, term, kind: EntryKind[kind], time: index * 10, payload: payloads[kind](index) }
  })
}

export function write(change: Partial<LogWrite>): LogWrite {
  return { term: 1, vote: null, reset: null, truncateFrom: null, entries: [], ...change }
}

/** What stands in a snapshot at an index: longer than one block. */
export const contentAt = (index: number): Uint8Array => new Uint8Array(70_000).fill(index)

export function metaAt(index: number, term: number, change: Partial<SnapshotMeta> = {}): SnapshotMeta {
  const content = contentAt(index)
  return {
    index,
    term,
    time: index * 10,
    configuration: { index: 1, configuration: five },
    incarnation,
    format: 1,
    machineVersion: 1,
    size: content.byteLength,
    checksum: crc32(content),
    ...change,
  }
}

/** What a directory holds of a group, in all that a host would see. */
export interface Seen {
  readonly incarnation: string
  readonly member: string
  readonly term: number
  readonly vote: string | null
  readonly lostTo: number | null
  readonly base: number
  readonly entries: readonly {
    readonly index: number
    readonly term: number
    readonly kind: number
    readonly payload: string
  }[]
  /** Who the members are by the last entry that says so. */
  readonly voters: readonly string[]
  readonly snapshots: readonly { readonly index: number; readonly incarnation: string }[]
}

export class Directories {
  disk: SimulatedFileSystem
  readonly clock = new HurriedClock()
  readonly seed: number
  #processes = 0

  constructor(disk = new SimulatedFileSystem({ seed: 1 }), seed = 1) {
    this.disk = disk
    this.seed = seed
    const { clock } = this
    // What a test that failed has left open would never let time stand still.
    onTestFinished(() => clock.stop())
  }

  /** A process on the machine that all directories are on. */
  process() {
    const { files: fileSystem, machine } = this.disk.mount()
    // What one process has drawn no other one draws.
    const random = new SeededRandom(this.seed * 1_000_000 + ++this.#processes)
    return { fileSystem, machine: onOneBoot(machine), clock: this.clock, random }
  }

  async open(host: string, cluster = 'shop', path = `/${host}`): Promise<Storage> {
    return await openFileStorage({ ...this.process(), path, cluster, host, segmentBytes: 2000 })
  }

  async with<T>(host: string, run: (storage: Storage) => Promise<T>): Promise<T> {
    const storage = await this.open(host)
    try {
      return await run(storage)
    } finally {
      await close(storage)
    }
  }

  /**
   * A member that holds entries up to `last` in these runs: `[term, last of that term]`.
   * @param snapshots indexes of snapshots; the log begins after the older one.
   */
  async member(
    host: string,
    runs: readonly (readonly [term: number, last: number])[],
    snapshots: readonly number[] = [],
  ): Promise<void> {
    await this.with(host, async ({ logs, snapshots: store }) => {
      await logs.create(group, { incarnation, member: memberOf(host) })
      let from = 1
      for (const [term, last] of runs) {
        // The configuration stands in a batch of its own: where that can't be read, it is lost and not only unreadable.
        const parts = from === 1 ? [entries(1, 1, term), entries(2, last, term)] : [entries(from, last, term)]
        for (const part of parts) await logs.write([{ group, write: write({ term, entries: part }) }])
        from = last + 1
      }
      const termAt = (index: number): number => runs.find(([, last]) => index <= last)![0]
      for (const index of snapshots) await save(store, metaAt(index, termAt(index)))
      const [base] = snapshots
      if (base !== undefined) await logs.compact(group, { index: base, term: termAt(base) })
      // So that compaction is on the disk as well.
      await logs.write([{ group, write: write({ term: runs.at(-1)![0], vote: memberOf('c') }) }])
    })
  }

  recover(options: Partial<RecoverOptions> = {}) {
    return recover({ ...this.process(), directories: ['/a', '/b'], group, ...options })
  }

  async seen(host: string, of = group): Promise<Seen | null> {
    return await this.with(host, (storage) => seenIn(storage, of))
  }
}

export async function close({ logs, snapshots }: Storage): Promise<void> {
  await logs.close()
  await snapshots.close()
}

export async function save(store: Storage['snapshots'], meta: SnapshotMeta): Promise<void> {
  async function* chunks() {
    yield contentAt(meta.index)
  }
  await store.save(group, chunks(), () => meta)
}

/** @throws if a snapshot can't be read to its end. */
export async function seenIn({ logs, snapshots }: Storage, of = group): Promise<Seen | null> {
  const log = await logs.open(of)
  if (log === null) return null
  const { incarnation, member, term, vote, lostTo, base, last } = log
  const found = await logs.read(of, base.index + 1, last, Number.POSITIVE_INFINITY)
  const configuration = log.special.findLast(({ kind }) => kind === EntryKind.configuration)
  const newest = await snapshots.latest(of)
  if (newest !== null) for await (const _ of newest.chunks);
  return {
    incarnation,
    member,
    term,
    vote,
    lostTo,
    base: base.index,
    entries: found.map(({ index, term, kind, payload }) => {
      return { index, term, kind, payload: Buffer.from(payload).toString('hex') }
    }),
    voters: (configuration === undefined
      ? newest!.meta.configuration.configuration
      : decodeConfiguration(configuration.payload)
    ).voters.map(({ id }) => id),
    snapshots: (await snapshots.list(of)).map(({ index, incarnation }) => ({ index, incarnation })),
  }
}
