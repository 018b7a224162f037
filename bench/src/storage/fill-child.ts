/** Fills a log with small entries, in a process of its own: the directory, how many entries, in how many groups. */
import type { LogEntry } from '@rafted/contracts'
import { identity, openStorage } from './place.ts'
import { ENTRY_BYTES } from './recovery.ts'

/** Entries of a group that one write holds. */
const TOGETHER = 50

const [path, entryCount, groupCount] = process.argv.slice(2)
await fill(path!, Number(entryCount), Number(groupCount))

async function fill(directory: string, entries: number, groups: number): Promise<void> {
  const { logs, snapshots } = await openStorage(directory)
  const names = Array.from({ length: groups }, (_, i) => `group-${i}`)
  await Promise.all(names.map((name) => logs.create(name, identity)))
  const each = entries / groups
  const payload = new Uint8Array(ENTRY_BYTES).fill(0x61)
  for (let from = 1; from <= each; from += TOGETHER) {
    const count = Math.min(TOGETHER, each - from + 1)
    const added: LogEntry[] = Array.from({ length: count }, (_, i) => {
      return { index: from + i, term: 1, kind: 3, time: 0, payload }
    })
    const write = { term: 1, vote: null, reset: null, truncateFrom: null, entries: added }
    await logs.write(names.map((group) => ({ group, write })))
  }
  await logs.close()
  await snapshots.close()
}
