/** `rafted last-index`: how far each group's log reaches. */
import type { Position } from '@rafted/core'
import { painter } from '../colours.ts'
import { columns } from '../columns.ts'
import { type Call, type Command, directoryOperand, Status } from '../command.ts'
import { lastKnown } from '../groups.ts'
import { jsonLine } from '../json.ts'
import { looking, withLog } from '../looking.ts'
import { noSuchGroup } from '../no-such-group.ts'
import { shownName } from '../shown.ts'

export const lastIndex: Command = {
  name: 'last-index',
  section: 'directories',
  summary: 'the last entry of each group: for whoever must choose a survivor',
  text: `Of hosts that are left of a group, the one whose last entry has the higher term knows more; only between equal terms
the higher index does. An entry there need not have been committed. A log that ends before the newest snapshot counts
as what that one holds.`,
  operands: [directoryOperand],
  options: [{ name: 'group', value: 'G', text: 'only this one' }],
  examples: [
    ['data/a', 'all groups of host a'],
    ['data/a --group orders --json', 'one, for a program'],
  ],
  run,
}

interface LastReport {
  readonly group: string
  readonly incarnation: string
  readonly member: string
  readonly removedAt: number | null
  /** The term that the member is in. */
  readonly term: number
  readonly last: Position
  /** Up to this index the log has held entries that are lost: it may know less than it has acknowledged. Null if none are. */
  readonly lostTo: number | null
}

async function run(call: Call): Promise<Status> {
  const { terminal, json } = call
  const wanted = call.option('group')
  return await looking(call, async ({ stored, progress }) => {
    const groups = await withLog(stored, async (log) => {
      const snapshots = log === null ? [] : await stored.snapshots()
      const reports: LastReport[] = []
      for (const group of [...((await log?.groups()) ?? [])].sort()) {
        const { incarnation, member, removedAt, term, ...opened } = (await log!.open(group))!
        const last = lastKnown({ incarnation, member, removedAt, term, ...opened }, snapshots, group)
        reports.push({ group, incarnation, member, removedAt, term, last, lostTo: opened.lostTo })
      }
      return reports
    })
    const shown = groups.filter(({ group }) => wanted === null || group === wanted)
    if (wanted !== null && shown.length === 0)
      throw noSuchGroup(
        wanted,
        groups.map(({ group }) => group),
      )
    progress.clear()
    const { path, cluster, host, id } = stored
    if (json) await terminal.print(jsonLine({ directory: path, cluster, host, id, groups: shown }))
    else await terminal.print(textOf(call, host, shown))
    return Status.fine
  })
}

function textOf({ terminal }: Call, host: string, groups: readonly LastReport[]): string {
  if (groups.length === 0) return `host ${shownName(host)} has no group\n`
  const rows = groups.map(({ group, last, removedAt, lostTo }) => [
    shownName(group),
    String(last.term),
    String(last.index),
    removedAt !== null
      ? `removed from its group by entry ${removedAt}`
      : lostTo === null
        ? ''
        : `has lost entries up to ${lostTo}`,
  ])
  const [head, ...lines] = columns([['group', 'last term', 'last index'], ...rows], [1, 2]).split('\n')
  const advice = 'To choose a survivor compare terms first, and indexes only where the terms are equal.'
  return `${painter(terminal)('bold', head!)}\n${lines.join('\n')}${advice}\n`
}
