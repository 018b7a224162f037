/** `rafted dump`: the entries of a group, one on each line. */
import type { OpenedLog } from '@rafted/contracts'
import type { StoredLog } from '@rafted/storage'
import { indexOf } from '../arguments.ts'
import { type Call, type Command, directoryOperand, Status, WrongUse } from '../command.ts'
import { entryLine, entryReport } from '../entries.ts'
import { jsonLine } from '../json.ts'
import { looking, withLog } from '../looking.ts'
import { noSuchGroup } from '../no-such-group.ts'

/** Read at a time, whatever the log holds. */
const AT_A_TIME = { entries: 1000, bytes: 256 * 1024 }

export const dump: Command = {
  name: 'dump',
  section: 'directories',
  summary: 'the entries of a group, decoded, one on each line',
  text: `A line has index/term, the replicated time, the kind and what the entry says: who the members are, sessions, and commands with
their session and number. A command is shown as the value that it is in the default codec, and as hexadecimal digits
if it is none; a codec of your own may write bytes that mean something else in the default one. With --json each line is an
object. An entry that is damaged has a line with index/term alone. Entries that stand in a snapshot only are not shown. No more than 256 KiB of entries is in memory, or one entry.`,
  operands: [directoryOperand],
  options: [
    { name: 'group', value: 'G', needed: true, text: 'the group' },
    { name: 'from', value: 'I', text: 'index of the first entry to show' },
    { name: 'to', value: 'I', text: 'index of the last one' },
  ],
  examples: [
    ['data/a --group orders', 'all of them'],
    ['data/a --group orders --from 40 --to 49', 'ten'],
    ['data/a --group orders --json', 'for a program'],
  ],
  run,
}

async function run(call: Call): Promise<Status> {
  const group = call.option('group')!
  const from = indexOf('from', call.option('from')) ?? 1
  const to = indexOf('to', call.option('to')) ?? Number.MAX_SAFE_INTEGER
  if (to < from) throw new WrongUse(`--to ${to} is before --from ${from}.`)
  return await looking(call, ({ stored, progress }) =>
    withLog(stored, async (log) => {
      const opened = await log?.open(group)
      if (log === null || opened == null) throw noSuchGroup(group, (await log?.groups()) ?? [])
      progress.clear()
      const { base, last } = opened
      if (call.option('from') !== null && from <= base.index)
        call.terminal.say(`Entries up to ${base.index} stand in a snapshot only.\n`)
      const range = { group, from: Math.max(from, base.index + 1), to: Math.min(to, last) }
      const unread = await print(call, log, range, opened)
      return unread === 0 ? Status.fine : Status.amiss
    }),
  )
}

async function print(
  { terminal, json }: Call,
  log: StoredLog,
  { group, from, to }: { group: string; from: number; to: number },
  { damaged, runs }: OpenedLog,
): Promise<number> {
  let unread = 0
  for (let next = from; next <= to; ) {
    if (damaged.some((range) => next >= range.from && next <= range.to)) {
      const term = runs.findLast(({ first }) => first <= next)!.term
      const report = { group, index: next, term, unreadable: true }
      await terminal.print(json ? jsonLine(report) : `${next}/${term}  can not be read\n`)
      unread++
      next++
      continue
    }
    const count = Math.min(AT_A_TIME.entries, to - next + 1)
    const entries = await log.read(group, next, count, AT_A_TIME.bytes)
    const lines = entries.map((entry) => {
      const report = entryReport(entry)
      return json ? jsonLine({ group, ...report }) : entryLine(report)
    })
    await terminal.print(lines.join(''))
    next += entries.length
  }
  return unread
}
