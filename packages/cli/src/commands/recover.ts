/** `rafted recover`: a group whose majority is lost goes on from what is left. */
import { resolve } from 'node:path'
import { realRandom } from '@rafted/contracts/node'
import { type Recovery, type RecoveryReport, recover as recoverGroups } from '@rafted/storage'
import { answersOverTcp } from '../answers.ts'
import { indexOf } from '../arguments.ts'
import { painter } from '../colours.ts'
import { columns } from '../columns.ts'
import { type Call, type Command, Status, WrongUse } from '../command.ts'
import { countedFiles } from '../counted-files.ts'
import { faultReport } from '../faults.ts'
import { jsonLine } from '../json.ts'
import { Progress } from '../progress.ts'
import { counted, shownName, shownRange } from '../shown.ts'

export const recover: Command = {
  name: 'recover',
  section: 'directories',
  summary: 'a group whose majority is lost goes on from the directories that are left; changes them',
  text: `For a group that has lost a majority of its voters for ever. Stop all hosts that are left, and name their directories together. The one that
knows most goes on, as the only voter of a new incarnation of the group; the members of the others are set aside, and their hosts join
anew when they are started. What a lost majority had acknowledged and nobody has that is left, is lost; it says what it can of that.
Refused where those that are left are a quorum, where a voter that is to be given up answers, while a directory is in use, and where it
can't be told which directory knows most. Look with --dry-run first. If it is cut short, do the same again.
--skip-index is for a command at which every member stops: nobody applies it from then on. Name the directories of all members.`,
  operands: [
    { name: 'GROUP', optional: true, missing: '' },
    { name: 'DIRECTORY', many: true, completion: 'directory', missing: '' },
  ],
  usage: 'GROUP DIRECTORY...',
  options: [
    { name: 'all', value: null, text: 'all groups that have lost their majority; then no GROUP is named' },
    { name: 'skip-index', value: 'N', text: 'the command in entry N is applied by nobody' },
    { name: 'dry-run', value: null, text: 'say what would be done, and change nothing' },
  ],
  examples: [
    ['orders data/a --dry-run', 'what would be done, and lost'],
    ['--all data/a --dry-run --json', 'the same for all groups, for a program'],
  ],
  run,
}

async function run(call: Call): Promise<Status> {
  const { terminal, json, operands } = call
  const all = call.flag('all')
  const [group, ...others] = operands
  if (group === undefined)
    throw new WrongUse(all ? 'Name the directories that are left.' : 'Name a group, or say --all.')
  const given = all ? operands : others
  if (given.length === 0)
    throw new WrongUse('Name the directories of all hosts that are left, behind the group.')
  const skipIndex = indexOf('skip-index', call.option('skip-index'))
  if (all && skipIndex !== null) throw new WrongUse('--skip-index is of one group: name it instead of --all.')
  const { clock, answers = answersOverTcp } = terminal
  const progress = new Progress(terminal)
  const recovery = await recoverGroups({
    directories: given.map((directory) => resolve(terminal.directory, directory)),
    group: all ? null : group,
    skipIndex,
    dryRun: call.flag('dry-run'),
    answers: ({ address }) => answers(address),
    clock,
    random: realRandom,
    fileSystem: countedFiles(terminal.files, progress.add),
  }).finally(() => progress.clear())
  if (json) {
    const { cluster, reports, untouched } = recovery
    const left = untouched.map(({ group, reason }) => ({ group, reason: faultReport(reason, null) }))
    await terminal.print(jsonLine({ cluster, groups: reports, untouched: left }))
  } else await terminal.print(textOf(call, recovery))
  return Status.fine
}

const words = { planned: 'would go on', recovered: 'goes on', finished: 'went on already' } as const

function textOf(call: Call, { reports, untouched }: Recovery): string {
  const texts = reports.map((report) => textOfGroup(call, report))
  for (const { group, reason } of untouched)
    texts.push(`group ${shownName(group)} is left as it is: ${reason.message}\n`)
  return texts.length === 0 ? 'there is no group\n' : texts.join('\n')
}

function textOfGroup({ terminal }: Call, report: RecoveryReport): string {
  const { group, done, base, survivors, voters, former, incarnation, skipped, setAside } = report
  const paint = painter(terminal)
  const { index, term } = base.last
  const lines = [
    paint(
      'bold',
      `group ${shownName(group)} ${words[done]} from host ${shownName(base.host)}, after entry ${index}/${term}`,
    ),
    `  former incarnation  ${former}`,
  ]
  if (incarnation !== null) lines.push(`  new incarnation     ${incarnation}`)
  const rows = survivors.map(({ host, last, lostTo, dropped }) => [
    `    ${shownName(host)}`,
    `${last.index}/${last.term}`,
    [
      lostTo === null ? '' : `has lost entries up to ${lostTo}`,
      dropped === null
        ? ''
        : `its entries ${shownRange({ first: dropped.from, last: dropped.to })} are given up`,
    ]
      .filter(Boolean)
      .join('; '),
  ])
  lines.push('  left', columns(rows).trimEnd())
  const lost = voters.filter(({ survives }) => !survives)
  if (lost.length > 0) {
    const names = lost.map(({ host, address }) => `${shownName(host)} (${shownName(address)})`).join(', ')
    lines.push(`  given up            ${counted(lost.length, 'voter')} of ${voters.length}: ${names}`)
  }
  for (const text of losses(report)) lines.push(paint('yellow', `  ${text}`))
  if (skipped !== null) lines.push(`  skipped             the command in entry ${skipped}`)
  for (const { host, path } of setAside) lines.push(`  set aside           ${shownName(host)}: ${path}`)
  const next = {
    planned: 'nothing was changed',
    recovered: `start host ${shownName(base.host)} first, then the others: they join anew`,
    finished: `start host ${shownName(base.host)} first, then the others: they join anew`,
  }[done]
  return `${lines.join('\n')}\n  ${next}\n`
}

function losses({ base, survivors, voters, uncertainFrom, done }: RecoveryReport): string[] {
  if (done === 'finished') return []
  const { index } = base.last
  const texts: string[] = []
  // Where every voter is there, as to skip a command, nobody knows more, unless one of them has lost what it knew.
  if (voters.some(({ survives }) => !survives) || survivors.some(({ lostTo }) => lostTo !== null))
    texts.push(
      `may be lost         whatever was acknowledged behind entry ${index}, by those that are given up`,
    )
  if (uncertainFrom !== null)
    texts.push(
      `may be more         entries ${shownRange({ first: uncertainFrom, last: index })} may never have been committed, and are from now on`,
    )
  return texts
}
