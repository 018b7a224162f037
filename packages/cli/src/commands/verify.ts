/** `rafted verify`: reads everything against its checksums. */
import type { Harmless, LogDamage } from '@rafted/storage'
import { painter } from '../colours.ts'
import { type Call, type Command, directoryOperand, Status } from '../command.ts'
import { type FaultReport, faultReport, shownDamage, statusOf, within } from '../faults.ts'
import { jsonLine } from '../json.ts'
import { looking } from '../looking.ts'
import { counted, shownBytes, shownName } from '../shown.ts'

export const verify: Command = {
  name: 'verify',
  section: 'directories',
  summary: 'reads everything against its checksums; says what is torn, and what is damaged',
  text: `Torn is what a crash leaves at the end of a log, or what is being written while it looks: nobody was told that it is durable, it does no
harm, and the next start of the host cuts it off. Damaged is what was durable once and is not what it was. Harmless, of that, is what
only repeated what stands elsewhere; unreadable are entries that the host gets back from the other members; lost are entries that the
member needs a leader for; with anything else the host would not start. Each is named by file and offset. What no start of the host
would look at is not looked at.`,
  operands: [directoryOperand],
  options: [],
  examples: [
    ['data/a', 'one host'],
    ['data/a --json', 'for a program'],
  ],
  run,
}

async function run(call: Call): Promise<Status> {
  const { terminal, json } = call
  return await looking(call, async ({ stored, progress }) => {
    const { groups, files, harmless, damages, faults } = await stored.check()
    progress.clear()
    const { path, cluster, host, id } = stored
    const reports = faults.map((fault) => faultReport(fault, path))
    const found = harmless.map((each) => ({ ...each, file: within(path, each.file) }))
    const damaged = damages.map((each) => ({ ...each, file: within(path, each.file) }))
    const status = statusOf(reports, damaged)
    const result = {
      status: words[status],
      groups,
      files,
      harmless: found,
      damages: damaged,
      faults: reports,
    }
    if (json) await terminal.print(jsonLine({ directory: path, cluster, host, id, ...result }))
    else await terminal.print(textOf(call, host, result))
    return status
  })
}

const words = { [Status.fine]: 'fine', [Status.amiss]: 'damaged', [Status.failed]: 'unreadable' } as const

interface Result {
  readonly status: 'fine' | 'damaged' | 'unreadable'
  readonly groups: readonly string[] | null
  readonly files: number
  readonly harmless: readonly Harmless[]
  readonly damages: readonly LogDamage[]
  readonly faults: readonly FaultReport[]
}

function textOf(
  { terminal }: Call,
  host: string,
  { status, groups, files, harmless, damages, faults }: Result,
): string {
  const paint = painter(terminal)
  let text = ''
  for (const each of harmless) text += `${paint('yellow', each.what)}  ${saying(each)}\n`
  for (const each of damages) text += `${paint('red', each.damage)}  ${shownDamage(each)}\n`
  for (const { code, message } of faults)
    text += `${paint('red', code === 'damaged-storage' ? 'damaged' : 'unreadable')}  ${message}\n`
  const read = `${counted(files, 'file')}${groups === null ? '' : ` and ${counted(groups.length, 'group')}`}`
  const verdict =
    status === 'fine'
      ? paint('green', `fine: ${read}`)
      : paint('red', `${status}: ${counted(damages.length + faults.length, 'fault')}`)
  return `${text}host ${shownName(host)} is ${verdict}\n`
}

function saying({ what, file, offset, bytes }: Harmless): string {
  switch (what) {
    case 'torn':
      return `${file} at byte ${offset}: ${shownBytes(bytes)} behind the last whole batch. A crash left them, or they are being written; they don't count.`
    case 'unused':
      return `${file}: it was begun, and nothing in it counts yet (${shownBytes(bytes)}).`
    case 'left-over':
      return `${file}: nothing needs it any more (${shownBytes(bytes)}).`
    case 'unfinished':
      return `${file}: it is not whole yet. A crash left it, or it is being written (${shownBytes(bytes)}).`
  }
}
