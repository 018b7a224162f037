/** `rafted set-aside`: a member that has come back with a former incarnation of its group. */
import { resolve } from 'node:path'
import { realRandom } from '@rafted/contracts/node'
import { setMemberAside } from '@rafted/storage'
import { type Call, type Command, directoryOperand, Status } from '../command.ts'
import { jsonLine } from '../json.ts'
import { shownName } from '../shown.ts'

export const setAside: Command = {
  name: 'set-aside',
  section: 'directories',
  summary: 'takes a member out of a directory, as recover does with those that are not its base; changes it',
  text: `For a host that was given up by recover, and comes back with what it had: its member still is of the former incarnation. What it holds is
moved to a directory of its own, in set-aside, which all commands can look into. When the host is started it joins the group anew.`,
  operands: [directoryOperand],
  options: [{ name: 'group', value: 'G', needed: true, text: 'the group' }],
  examples: [
    ['data/a --group orders', ''],
    ['data/a --group audit --json', 'for a program'],
  ],
  run,
}

async function run(call: Call): Promise<Status> {
  const { terminal, json } = call
  const group = call.option('group')!
  const directory = resolve(terminal.directory, call.directory)
  const path = await setMemberAside({ directory, group, clock: terminal.clock, random: realRandom })
  if (json) await terminal.print(jsonLine({ directory, group, setAside: path }))
  else await terminal.print(`the member of group ${shownName(group)} is kept in ${path}\n`)
  return Status.fine
}
