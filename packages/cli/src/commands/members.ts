/** `rafted members …`: who the members of a group are, and who leads. */
import type { PlacedConfiguration } from 'rafted'
import { columns } from '../columns.ts'
import { type Call, type Command, type Operand, type Option, Status } from '../command.ts'
import { configurationReport, shownConfiguration, sortedByHost } from '../configurations.ts'
import { type Connection, withClient } from '../connection/client.ts'
import { connectionOptions } from '../connection/options.ts'
import { memberNamed, membersOf, whenJoined } from '../group/members.ts'
import { jsonLine } from '../json.ts'
import { shownName } from '../shown.ts'

const groupOperand: Operand = { name: 'GROUP', missing: 'Name the group.' }
const memberOperand: Operand = {
  name: 'MEMBER',
  missing: 'Name the member: its host, or its id, or the beginning of that.',
}
const atRisk: Option = {
  name: 'even-if-quorum-at-risk',
  value: null,
  text: 'also where the voters that answer would be no majority',
}
const SAFE = `It is refused where the voters that answer would then be no majority, and while another change is under way.`

const list: Command = {
  name: 'members list',
  section: 'look after',
  summary: 'who the members of a group are',
  text: 'A voter counts in majorities, a learner only receives the log. How each stands is told by "rafted status".',
  operands: [groupOperand],
  options: connectionOptions,
  examples: [['kv --at a:7000', '']],
  async run(call) {
    const { terminal, json, operands } = call
    const [group] = operands as readonly [string]
    const placed = await withClient(call, (connection) => membersOf(connection, group))
    const report = sortedByHost(configurationReport(placed))
    if (json) await terminal.print(jsonLine({ group, ...report }))
    else {
      const { voters, outgoing, learners } = report
      const rows = [
        ...voters.map((member) => [member, 'voter'] as const),
        ...(outgoing ?? []).map((member) => [member, 'voter until the change is done'] as const),
        ...learners.map((member) => [member, member.promote ? 'learner, to be a voter' : 'learner'] as const),
      ].map(([{ host, member, address, durable }, place]) => [
        shownName(host),
        member,
        shownName(address),
        durable ? place : `${place}, in memory`,
      ])
      await terminal.print(columns([['host', 'member', 'address', 'place'], ...rows]))
    }
    return Status.fine
  },
}

const add: Command = {
  name: 'members add',
  section: 'look after',
  summary: 'waits until a host has joined a group, and makes it a voter',
  text: `A member adds itself: start its host with the group and with addresses to join (rafted start --id HOST --group GROUP --join ADDRESSES). It is a learner until it has caught up.
This waits for it, as long as --timeout says, and makes a learner that was started with --learner a voter, too.`,
  operands: [groupOperand, { name: 'HOST', missing: 'Name the host, as it was started with --id.' }],
  options: connectionOptions,
  examples: [['kv d --at a:7000 --timeout 5m', 'while host d is being started']],
  async run(call) {
    const run: Change = async ({ client, timeoutMs }, group, host) => {
      const member = await whenJoined({ client, timeoutMs, clock: call.terminal.clock }, group, host)
      return await client.promote(group, member, { timeoutMs })
    }
    // Others may join at the same time: who the members are is none of its business.
    return await change(call, run, (group, host) => `host ${host} is a voter of group ${group}`)
  },
}

const remove: Command = {
  name: 'members remove',
  section: 'look after',
  summary: 'removes a member from a group, for good',
  text: `For one whose host is gone, or goes. ${SAFE} The host learns of it when it can, keeps its files, and may join anew when it is started again.`,
  operands: [groupOperand, memberOperand],
  options: [atRisk, ...connectionOptions],
  examples: [['kv c --at a:7000', 'the member on host c']],
  run: (call) =>
    change(call, async (connection, group, named) => {
      const member = await memberNamed(connection, group, named)
      return await connection.client.removeMember(group, member, changeOptions(call, connection))
    }),
}

const promote: Command = {
  name: 'members promote',
  section: 'look after',
  summary: 'makes a learner a voter, as soon as it has caught up',
  text: 'Of a voter it only says that it is one.',
  operands: [groupOperand, memberOperand],
  options: connectionOptions,
  examples: [['kv d --at a:7000', '']],
  run: (call) =>
    change(call, async (connection, group, named) => {
      const member = await memberNamed(connection, group, named)
      return await connection.client.promote(group, member, changeOptions(call, connection))
    }),
}

const demote: Command = {
  name: 'members demote',
  section: 'look after',
  summary: 'makes a voter a learner, until it is promoted',
  text: SAFE,
  operands: [groupOperand, memberOperand],
  options: [atRisk, ...connectionOptions],
  examples: [['kv d --at a:7000', '']],
  run: (call) =>
    change(call, async (connection, group, named) => {
      const member = await memberNamed(connection, group, named)
      return await connection.client.demote(group, member, changeOptions(call, connection))
    }),
}

const replace: Command = {
  name: 'members replace',
  section: 'look after',
  summary: 'puts a learner in the place of a voter, in one step',
  text: `Waits until the learner has caught up, then swaps the two: at no moment are there more voters than before, nor fewer. ${SAFE}`,
  operands: [groupOperand, memberOperand, { name: 'BY', missing: 'Name the learner that takes its place.' }],
  options: [atRisk, ...connectionOptions],
  examples: [['kv c d --at a:7000', 'd, which was started with --learner, in place of c']],
  run: (call) =>
    change(call, async (connection, group, named) => {
      const [former, by] = [
        await memberNamed(connection, group, named),
        await memberNamed(connection, group, call.operands[2]!),
      ]
      return await connection.client.replaceMember(group, former, by, changeOptions(call, connection))
    }),
}

const transfer: Command = {
  name: 'members transfer',
  section: 'look after',
  summary: 'hands the leadership of a group over',
  text: `To the member that is named, or to the best there is. Calls wait meanwhile, an election timeout at most. A host that is stopped by SIGTERM does this by
itself.`,
  operands: [groupOperand, { ...memberOperand, optional: true }],
  options: [
    { name: 'cancel', value: null, text: 'give up the transfer that is under way' },
    ...connectionOptions,
  ],
  examples: [
    ['kv --at a:7000', 'to the best there is'],
    ['kv b --at a:7000', 'to the member on host b'],
  ],
  async run(call) {
    const { terminal, json, operands } = call
    const [group, named] = operands as readonly [string, string?]
    return await withClient(call, async (connection) => {
      const { client, timeoutMs } = connection
      if (call.flag('cancel')) {
        await client.cancelTransfer(group, { timeoutMs })
        await terminal.print(json ? jsonLine({ group, cancelled: true }) : 'no transfer is under way\n')
        return Status.fine
      }
      const to = named === undefined ? null : await memberNamed(connection, group, named)
      await client.transferLeadership(group, to, { timeoutMs })
      const { leader, leaderAddress } = (await client.status(group, { timeoutMs }))!
      await terminal.print(
        json
          ? jsonLine({ group, leader, leaderAddress })
          : `group ${shownName(group)} is led at ${shownName(leaderAddress ?? 'an address that is not known yet')}\n`,
      )
      return Status.fine
    })
  },
}

export const memberCommands: readonly Command[] = [list, add, remove, promote, demote, replace, transfer]

type Change = (connection: Connection, group: string, named: string) => Promise<PlacedConfiguration>

/** Carries out a change of members, and says who they are then. */
async function change(
  call: Call,
  run: Change,
  said?: (group: string, named: string) => string,
): Promise<Status> {
  const { terminal, json, operands } = call
  const [group, named] = operands as readonly [string, string]
  const placed = await withClient(call, (connection) => run(connection, group, named))
  const report = sortedByHost(configurationReport(placed))
  const text =
    said?.(shownName(group), shownName(named)) ?? `group ${shownName(group)}: ${shownConfiguration(report)}`
  await terminal.print(json ? jsonLine({ group, ...report }) : `${text}\n`)
  return Status.fine
}

function changeOptions(call: Call, { timeoutMs }: Connection) {
  return { timeoutMs, evenIfQuorumAtRisk: call.flag('even-if-quorum-at-risk') }
}
