/** What `rafted inspect` prints for people. */
import type { Holder } from '@rafted/storage'
import { painter } from '../colours.ts'
import { columns } from '../columns.ts'
import { type ConfigurationReport, shownConfiguration } from '../configurations.ts'
import { shownDamage } from '../faults.ts'
import type { GroupReport, SnapshotReport } from '../groups.ts'
import { shownBytes, shownName, shownRange, shownTime } from '../shown.ts'
import type { Terminal } from '../terminal.ts'
import type { DirectoryReport, SegmentReport } from './inspect.ts'

/** @param name the directory, as whoever asks names it. */
export function shownDirectory(terminal: Terminal, name: string, report: DirectoryReport): string {
  const paint = painter(terminal)
  const { cluster, host, id, holder, groups, segments, otherSnapshots, damages, faults } = report
  const parts = [
    `${paint('bold', name)}\n${indented([
      ['cluster', shownName(cluster)],
      ['host', shownName(host)],
      ['directory', id],
      ['held', shownHolder(holder)],
    ])}`,
  ]
  for (const group of groups ?? [])
    parts.push(`${paint('bold', `group ${shownName(group.group)}`)}\n${indented(groupRows(group))}`)
  if (otherSnapshots.length > 0)
    parts.push(
      `${paint('bold', 'snapshots of groups without a log')}\n${indented(otherSnapshots.map((each) => [shownName(each.group), shownSnapshot(each)]))}`,
    )
  if (segments !== null && segments.length > 0)
    parts.push(`${paint('bold', 'log files')}\n${indented(segments.map(segmentRow))}`)
  for (const each of damages) parts.push(`${paint('red', each.damage)}  ${shownDamage(each)}\n`)
  for (const { code, message } of faults)
    parts.push(`${paint('red', code === 'damaged-storage' ? 'damaged' : 'unreadable')}  ${message}\n`)
  return parts.join('\n')
}

function indented(rows: readonly (readonly string[])[]): string {
  return columns(rows.map(([first, ...rest]) => [`  ${first}`, ...rest]))
}

function shownHolder(holder: Holder | null): string {
  if (holder === null) return 'by nobody'
  const { pid, machine, since } = holder
  if (pid === null) return 'by somebody whose lock file can not be read'
  return `by process ${pid} on ${shownName(machine!)} since ${shownName(since!)}`
}

function groupRows(group: GroupReport): string[][] {
  const { incarnation, member, removedAt, term, vote, configuration, snapshots } = group
  const rows = [
    ['incarnation', incarnation],
    ['member', removedAt === null ? member : `${member}, removed from the group by entry ${removedAt}`],
    ['term', `${term}, ${vote === null ? 'no vote' : `vote for ${shownMember(vote, configuration)}`}`],
    ['log', shownLog(group)],
  ]
  if (group.damaged.length > 0)
    rows.push([
      'unreadable',
      group.damaged.map(({ from, to }) => shownRange({ first: from, last: to })).join(', '),
    ])
  if (group.lostTo !== null)
    rows.push(['lost', `entries up to ${group.lostTo}, of which the log has those it has`])
  if (configuration !== null)
    rows.push(['members', `${shownConfiguration(configuration)} (entry ${configuration.index})`])
  for (const snapshot of snapshots) rows.push(['snapshot', shownSnapshot(snapshot)])
  return rows
}

function shownLog({ base, first, last, lastTime, bytes }: GroupReport): string {
  const after = base.index === 0 ? '' : ` after ${base.index}/${base.term}`
  if (first === null) return `no entries${after}`
  const range = shownRange({ first, last: last.index })
  return `${first === last.index ? 'entry' : 'entries'} ${range}${after}; last term ${last.term}, last time ${shownTime(lastTime)}; ${shownBytes(bytes)}`
}

/** By the name of its host, if that is known. */
function shownMember(id: string, configuration: ConfigurationReport | null): string {
  const { voters = [], outgoing = null, learners = [] } = configuration ?? {}
  const member = [...voters, ...(outgoing ?? []), ...learners].find((each) => each.member === id)
  return member === undefined ? id : `${shownName(member.host)} (${id})`
}

function shownSnapshot({
  index,
  term,
  size,
  machineVersion,
  configuration,
  kept,
  file,
}: SnapshotReport): string {
  const about = `${index}/${term}, ${shownBytes(size)}, machine version ${machineVersion}, ${shownConfiguration(configuration)}`
  return `${about}; ${file}${kept ? '' : ' (about to be removed)'}`
}

function segmentRow({ file, bytes, state, torn, entries }: SegmentReport): string[] {
  const holds = entries.map((each) => `${shownName(each.group)} ${shownRange(each)}`)
  const said =
    state === 'unused'
      ? 'begun, and nothing in it counts yet'
      : state === 'left-over'
        ? 'nothing needs it any more'
        : holds.length === 0
          ? 'no entries'
          : holds.join(', ')
  return [
    file,
    shownBytes(bytes),
    torn === 0 ? said : `${said}; ${shownBytes(torn)} at its end torn or being written`,
  ]
}
