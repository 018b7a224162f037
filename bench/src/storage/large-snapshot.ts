/** How fast a large snapshot is read, beside a plain read of the same file in the same minute; both from the disk, where its cache can be emptied. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Figure } from './figure.ts'
import { identity, inDirectory, openStorage, withPeak } from './place.ts'

const CHUNK = 1024 * 1024

export async function largeSnapshot(bytes: number): Promise<Figure[]> {
  return await inDirectory(2 * bytes, async (directory) => {
    const saveSeconds = await save(directory, bytes)
    const snapshots = join(directory, 'snapshots')
    const file = join(snapshots, (await readdir(snapshots)).find((name) => name.endsWith('.snap'))!)
    const from = [`${emptyCache(file) ? 'disk' : 'cache'}`, 'cache'] as const
    const what = `a snapshot of ${Math.round(bytes / 2 ** 20)} MiB`
    const figures: Figure[] = [{ what: `${what}, saved`, value: saveSeconds, unit: 's' }]
    for (const [i, place] of from.entries()) {
      if (i === 0) emptyCache(file)
      const plain = await timed(() => readPlainly(file))
      if (i === 0) emptyCache(file)
      const { result: seconds, peakMiB } = await withPeak(() => timed(() => readSnapshot(directory, bytes)))
      figures.push(
        { what: `${what}, read plainly from the ${place}`, value: plain, unit: 's' },
        { what: `${what}, opened and read from the ${place}`, value: seconds, unit: 's' },
        { what: '  times a plain read', value: seconds / plain, unit: '' },
        { what: '  peak of memory beyond what it began with', value: peakMiB, unit: 'MiB' },
      )
    }
    return figures
  })
}

async function save(directory: string, bytes: number): Promise<number> {
  const storage = await openStorage(directory)
  const chunk = randomBytes(CHUNK)
  let checksum = 0
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes; at += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, bytes - at))
      checksum = crc32(part, checksum)
      yield part
    }
  }
  const member = {
    id: 'b'.repeat(32),
    host: 'a',
    address: 'a',
    durable: true,
    wire: [1, 1] as const,
    machine: [1, 1] as const,
  }
  const configuration = { voters: [member], outgoing: null, learners: [] }
  const seconds = await timed(() =>
    storage.snapshots.save('big', chunks(), () => ({
      incarnation: identity.incarnation,
      index: 1,
      term: 1,
      time: 0,
      format: 1,
      machineVersion: 1,
      size: bytes,
      checksum,
      configuration: { index: 1, configuration },
    })),
  )
  await storage.logs.close()
  await storage.snapshots.close()
  return seconds
}

async function readSnapshot(directory: string, bytes: number): Promise<void> {
  const storage = await openStorage(directory)
  let read = 0
  for await (const chunk of (await storage.snapshots.latest('big'))!.chunks) read += chunk.byteLength
  if (read !== bytes) throw new Error(`${read} bytes of the snapshot were read, of ${bytes}`)
  await storage.logs.close()
  await storage.snapshots.close()
}

async function readPlainly(path: string): Promise<void> {
  const file = await open(path)
  const buffer = new Uint8Array(CHUNK)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  await file.close()
}

/** Asks the system to forget what it has of a file in memory. @returns false where there is no such thing. */
function emptyCache(path: string): boolean {
  const options = [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']
  return spawnSync('dd', options, { stdio: 'ignore' }).status === 0
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await run()
  return (performance.now() - begin) / 1000
}
