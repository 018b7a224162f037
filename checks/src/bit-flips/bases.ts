/** Sound directories, whose bytes are to be damaged. */
import { crc32 } from 'node:zlib'
import { openFileStorage } from '@rafted/storage'
import { LogWitness, SeededRandom } from '@rafted/testing'
import { storageHistory } from '../histories/storage-history.ts'
import { HurriedClock } from '../hurried-clock.ts'
import { owner } from '../places.ts'
import { PlainFiles } from './plain-files.ts'

export interface Base {
  readonly name: string
  /** By their paths in the directory. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Those whose bits are flipped one at a time. */
  readonly flipped: readonly string[]
}

interface Plan {
  readonly name: string
  readonly segmentBytes: number
  /** It is written until its log has so many bytes. */
  readonly logBytes: number
  /** Of a snapshot that is saved in the end. */
  readonly snapshotBytes: number
  readonly isClosed: boolean
  readonly flips: RegExp
}

const LOG = /^log\//

const plans: readonly Plan[] = [
  { name: 'closed', segmentBytes: 16_384, logBytes: 65_536, snapshotBytes: 0, isClosed: true, flips: LOG },
  // The last batch is in doubt.
  { name: 'ended', segmentBytes: 65_536, logBytes: 6_000, snapshotBytes: 0, isClosed: false, flips: LOG },
  {
    name: 'one file and its mark',
    segmentBytes: 65_536,
    logBytes: 1,
    snapshotBytes: 0,
    isClosed: true,
    flips: LOG,
  },
  {
    name: 'snapshot',
    segmentBytes: 65_536,
    logBytes: 500,
    snapshotBytes: 70_000,
    isClosed: true,
    flips: /^snapshots\/orders-.*\.1000000-/,
  },
  // All that is neither log nor snapshot.
  {
    name: 'metadata',
    segmentBytes: 65_536,
    logBytes: 500,
    snapshotBytes: 0,
    isClosed: true,
    flips: /^[^/]+$/,
  },
]

/** The same for the same seed. */
export function basesOf(seed: number): Promise<readonly Base[]> {
  return Promise.all(plans.map((plan, number) => baseOf(plan, seed * plans.length + number)))
}

async function baseOf({ name, flips, ...plan }: Plan, seed: number): Promise<Base> {
  const files = new PlainFiles()
  const clock = new HurriedClock()
  const random = new SeededRandom(seed)
  const { segmentBytes, logBytes } = plan
  const storage = await openFileStorage({
    ...owner,
    clock,
    random,
    fileSystem: files,
    machine: files.machine,
    segmentBytes,
  })
  const witness = new LogWitness()
  const logs = witness.watch(storage.logs)
  const { snapshots } = storage
  const known = (group: string) => witness.seen(group)
  const pause = async (): Promise<void> => {}
  while (bytesOf(files, LOG) < logBytes) await storageHistory({ logs, snapshots, random, known, pause }, 1)
  if (plan.snapshotBytes > 0) await saveSnapshot(snapshots, random.bytes(plan.snapshotBytes))
  if (plan.isClosed) await Promise.all([storage.logs.close(), snapshots.close()])
  clock.stop()
  const found = new Map([...files.all].map(([path, bytes]) => [path.slice(owner.path.length + 1), bytes]))
  return { name, files: found, flipped: [...found.keys()].filter((path) => flips.test(path)) }
}

function bytesOf(files: PlainFiles, which: RegExp): number {
  let sum = 0
  for (const [path, bytes] of files.all)
    if (which.test(path.slice(owner.path.length + 1))) sum += bytes.length
  return sum
}

async function saveSnapshot(
  store: Awaited<ReturnType<typeof openFileStorage>>['snapshots'],
  content: Uint8Array,
): Promise<void> {
  async function* chunks() {
    yield content
  }
  const voter = {
    id: 'a',
    host: 'a',
    address: 'a',
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  }
  await store.save('orders', chunks(), () => ({
    incarnation: '1'.repeat(32),
    // Behind all that was saved before.
    index: 1_000_000,
    term: 1_000,
    time: 1,
    configuration: { index: 1, configuration: { voters: [voter], outgoing: null, learners: [] } },
    format: 1,
    machineVersion: 1,
    size: content.length,
    checksum: crc32(content),
  }))
}
