/** Gives a damaged storage back what it has lost, as other members would, and looks whether it takes that and nothing else. */
import { isRaftedError, type LogEntry } from '@rafted/contracts'
import type { Storage } from '@rafted/storage'
import { differenceOfLogs } from '../independent-reader/comparison.ts'
import type { ReadLog } from '../independent-reader/group-log.ts'
import type { Logs } from './truth.ts'

interface Healing {
  readonly storage: Storage
  /** Opens it again, once it is closed. */
  readonly open: () => Promise<Storage>
  /** What is in it. */
  readonly logs: Logs
  /** What was in it before it was damaged. */
  readonly truth: Logs
  /** Decides what else is done. */
  readonly number: number
}

/** Of so many images one is opened once more before it is healed. */
const OPENED_TWICE = 3

/** @returns what is wrong, or null. */
export async function healed({ storage, open, logs, truth, number }: Healing): Promise<string | null> {
  if (![...logs.values()].some(isHurt)) return null
  let used = storage
  const reopened = async (expected: Logs, when: string): Promise<string | null> => {
    await Promise.all([used.logs.close(), used.snapshots.close()])
    used = await open()
    const difference = await differenceOfLogs(used.logs, expected)
    return difference === null ? null : `${when}, opened once more: ${difference}`
  }
  const forgot = number % OPENED_TWICE === 0 ? await reopened(logs, 'damaged') : null
  if (forgot !== null) return forgot
  const whole = new Map(logs)
  for (const log of logs.values()) {
    const refused = await givenBack(used, log, truth.get(log.name), whole)
    if (refused !== null) return `healing "${log.name}": ${refused}`
  }
  const difference = await differenceOfLogs(used.logs, whole)
  return difference === null ? await reopened(whole, 'healed') : `healed: ${difference}`
}

export function isHurt({ damaged, lostTo }: ReadLog): boolean {
  return damaged.size > 0 || lostTo !== null
}

/** @param whole learns what the log is now. */
async function givenBack(
  { logs }: Storage,
  log: ReadLog,
  truth: ReadLog | undefined,
  whole: Map<string, ReadLog>,
): Promise<string | null> {
  const { name, damaged, term, vote, last, lostTo, removedAt } = log
  const missing = [...damaged].map(([index, term]) => {
    const entry = truth?.entries.get(index)
    return entry?.term === term ? (entry as LogEntry) : null
  })
  const entries = new Map(log.entries)
  if (missing.length > 0 && missing.every((entry) => entry !== null)) {
    const wrong = await wrongRefused((given) => logs.restore(name, given), log, missing)
    if (wrong !== null) return wrong
    await logs.restore(name, missing)
    for (const entry of missing) entries.set(entry.index, entry)
  }
  const left = entries.size === log.entries.size ? damaged : new Map<number, number>()
  const sorted = new Map([...entries].sort(([a], [b]) => a - b))
  whole.set(name, { ...log, entries: sorted, damaged: left })
  if (lostTo === null || removedAt !== null || truth?.incarnation !== log.incarnation) return null
  const behind = [...truth.entries.values()].filter(({ index }) => index > last) as LogEntry[]
  if (behind.length > 0 && behind[0]!.index !== last + 1) return null
  if (behind.some((entry) => entry.term > term)) return null
  await logs.write([
    { group: name, write: { term, vote, reset: null, truncateFrom: null, entries: behind, lostTo: null } },
  ])
  for (const entry of behind) sorted.set(entry.index, entry)
  whole.set(name, {
    ...log,
    entries: sorted,
    damaged: left,
    last: behind.at(-1)?.index ?? last,
    lostTo: null,
  })
  return null
}

/** Entries of other terms, and such as are not damaged, are none that can be put back. @returns one that was taken. */
async function wrongRefused(
  restore: (entries: readonly LogEntry[]) => Promise<void>,
  { entries }: ReadLog,
  missing: readonly LogEntry[],
): Promise<string | null> {
  const last = missing.at(-1)!
  const readable = [...entries.values()][0] as LogEntry | undefined
  const wrong = [[...missing.slice(0, -1), { ...last, term: last.term + 1 }]]
  if (readable !== undefined) wrong.push([readable])
  for (const given of wrong) {
    const code = await restore(given).then(
      () => 'nothing',
      (error: unknown) => (isRaftedError(error) ? error.code : String(error)),
    )
    if (code !== 'invalid-argument') return `what must not be put back is refused by ${code}`
  }
  return null
}
