/** `rafted init`: creates a group, once in its life. */
import { isRaftedError } from '@rafted/contracts'
import { type Command, Status } from '../command.ts'
import { withClient } from '../connection/client.ts'
import { connectionOptions } from '../connection/options.ts'
import { jsonLine } from '../json.ts'
import { shownName } from '../shown.ts'

export const init: Command = {
  name: 'init',
  section: 'run',
  summary: 'creates a group, once in its life, on a host that waits for it',
  text: `Hosts that are started wait for their groups: none of them concludes by itself that it is the first. The host at the address makes the group, with itself as
the only member; the others join it by themselves. It does so only if every address that it was told to join has answered that it doesn't know the
name: a group that is there somewhere is never made twice.`,
  operands: [
    {
      name: 'GROUP',
      missing: 'Name the group to create, as the hosts were started with it: kv, if they were told nothing.',
    },
  ],
  options: [
    { name: 'if-absent', value: null, text: 'it is no failure if the group is there already' },
    {
      name: 'unreachable-checked',
      value: null,
      text: 'create it though some of these addresses do not answer: you have looked, and they do not know it',
    },
    ...connectionOptions,
  ],
  examples: [
    ['kv', 'on the host at 127.0.0.1:7000'],
    ['kv --at a:7000 --secret-file secret', 'on another one'],
  ],
  async run(call) {
    const { terminal, json, operands } = call
    const [group] = operands as readonly [string]
    return await withClient(call, async ({ client, addresses: [at], timeoutMs }) => {
      const unreachable = call.flag('unreachable-checked') ? ('checked' as const) : undefined
      const created = await client.createGroup(group, { at, unreachable, timeoutMs }).then(
        () => true,
        (error: unknown) => {
          if (call.flag('if-absent') && isRaftedError(error, 'already-exists')) return false
          throw error
        },
      )
      const said = created ? 'is created' : 'is there already'
      await terminal.print(
        json ? jsonLine({ group, at, created }) : `group ${shownName(group)} ${said}, at ${at}\n`,
      )
      return Status.fine
    })
  },
}
