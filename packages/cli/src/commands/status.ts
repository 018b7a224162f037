/** `rafted status`: how the members of a group stand. */
import { painter } from '../colours.ts'
import { columns } from '../columns.ts'
import { type Command, Status } from '../command.ts'
import { withClient } from '../connection/client.ts'
import { connectionOptions, DEFAULT_GROUP } from '../connection/options.ts'
import { type GroupStanding, type MemberStanding, standingOf } from '../group/standing.ts'
import { jsonLine } from '../json.ts'
import { shownBytes, shownName } from '../shown.ts'
import type { Terminal } from '../terminal.ts'

export const status: Command = {
  name: 'status',
  section: 'look after',
  summary: 'how the members of a group stand: who leads, how far each is',
  text: `Every member is asked, and waited for two seconds at most. Commit is how far a member knows entries to be committed, applied how far its value is; both lag
behind the leader for a moment, always. With --json members have in status all that docs/observing.md says.`,
  operands: [{ name: 'GROUP', optional: true, missing: '' }],
  options: connectionOptions,
  examples: [
    ['', `group ${DEFAULT_GROUP}`],
    ['orders --at a:7000,b:7000 --json', 'for a program'],
  ],
  statuses: 'Where no leader is known, or a member does not answer, has stopped or has a damaged log: 1.',
  async run(call) {
    const { terminal, json, operands } = call
    const group = operands[0] ?? (terminal.environment.RAFTED_GROUP || DEFAULT_GROUP)
    const standing = await withClient(call, (connection) => standingOf(connection, group))
    await terminal.print(json ? jsonLine(standing) : textOf(terminal, standing))
    return isWell(standing) ? Status.fine : Status.amiss
  },
}

function isWell({ leader, members }: GroupStanding): boolean {
  return leader !== null && members.every((member) => whyNot(member) === null)
}

/** @returns what is wrong with a member, or null. */
function whyNot({ status: own, error }: MemberStanding): string | null {
  if (own === null) return `no answer: ${error?.code ?? 'it was not asked'}`
  if (own.stopped !== null) return 'stopped'
  return own.damage === null ? null : 'damaged'
}

function textOf(terminal: Terminal, standing: GroupStanding): string {
  const { group, incarnation, leader, term, members } = standing
  const paint = painter(terminal)
  const leading = members.find(({ member }) => member === leader)
  const led =
    leader === null
      ? paint('red', 'no leader is known')
      : `led by ${shownName(leading?.host ?? leader)}, term ${term}`
  const rows = members.map((member) => rowOf(member))
  const [head, ...lines] = columns(
    [['host', 'member', 'place', 'role', 'commit', 'applied', 'log', 'address', ''], ...rows],
    [4, 5, 6],
  ).split('\n')
  const painted = lines.map((line, at) => {
    const member = members[at]
    if (member === undefined) return line
    if (whyNot(member) !== null) return paint('red', line)
    return member.member === leader ? paint('green', line) : line
  })
  const notes = members.flatMap(({ host, status: own, error }) => {
    const why = own?.stopped ?? error?.message
    return why == null ? [] : [`${shownName(host)}: ${why}\n`]
  })
  return `${paint('bold', `group ${shownName(group)}`)}  ${led}  (incarnation ${incarnation})\n${paint('bold', head!)}\n${painted.join('\n')}${notes.join('')}`
}

function rowOf(member: MemberStanding): string[] {
  const { host, member: id, place, promote, address, status: own } = member
  const told = place === 'learner' && promote ? 'learner, to be a voter' : place
  const head = [shownName(host), id.slice(0, 8), told]
  const why = whyNot(member) ?? ''
  if (own === null) return [...head, '?', '', '', '', shownName(address), why]
  const { role, commitIndex, appliedIndex, log } = own
  return [
    ...head,
    role,
    String(commitIndex),
    String(appliedIndex),
    shownBytes(log.bytes),
    shownName(address),
    why,
  ]
}
