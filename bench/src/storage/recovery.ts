/** How long it takes to open a log of very many small entries, of one group or of many, and what memory that takes. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { moduleHere } from '../here.ts'
import type { Figure } from './figure.ts'
import { inDirectory, openStorage, withPeak } from './place.ts'

export const ENTRY_BYTES = 16

export async function recovery(entries: number, groups: number): Promise<Figure[]> {
  return await inDirectory(entries * 200, async (directory) => {
    // By another process: this one's memory shows what opening takes.
    const filling = spawnSync(process.execPath, [
      fileURLToPath(moduleHere('storage/fill-child')),
      ...[directory, String(entries), String(groups)],
    ])
    if (filling.status !== 0) throw new Error(String(filling.stderr))
    const { result, peakMiB } = await withPeak(async () => {
      const begin = performance.now()
      const storage = await openStorage(directory)
      const opened = performance.now()
      let found = 0
      for (const group of await storage.logs.groups()) found += (await storage.logs.open(group))!.last
      const seconds = { open: (opened - begin) / 1000, all: (performance.now() - begin) / 1000 }
      await close(storage)
      return { found, seconds }
    })
    const { found, seconds } = result
    if (found !== entries) throw new Error(`${found} entries were found, of ${entries}`)
    const what = `recovery of ${entries} entries of ${ENTRY_BYTES} bytes, groups: ${groups}`
    return [
      { what, value: seconds.open, unit: 's' },
      { what: '  the same, and the heads of all groups', value: seconds.all, unit: 's' },
      { what: '  peak of memory beyond what it began with', value: peakMiB, unit: 'MiB' },
    ]
  })
}

async function close({ logs, snapshots }: Awaited<ReturnType<typeof openStorage>>): Promise<void> {
  await logs.close()
  await snapshots.close()
}
