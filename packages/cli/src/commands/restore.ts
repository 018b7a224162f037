/** `rafted restore`: a group begins with a backup, on a host that is not running. */
import type { Command } from '../command.ts'
import { hostOptions } from '../host/options.ts'

export const restore: Command = {
  name: 'restore',
  section: 'look after',
  summary: 'begins a group with a backup, on a host that is not running',
  text: `Of this cluster or another one, under this name or another one. It takes the options with which the host is started, and its directory: give the same. The backup is read to
its end before anything is created; one that is damaged is refused. The host is the only member then: start it, and the others join it when they are started. As
with init, every address in --join must have answered that it doesn't know the name; those of hosts that are not running are checked by you (--unreachable-checked).`,
  operands: [
    { name: 'GROUP', missing: 'Name the group to begin, and the backup.' },
    { name: 'FILE', completion: 'file', missing: 'Name the backup, as "rafted backup" has written it.' },
  ],
  options: [
    {
      name: 'up-to',
      value: 'N',
      text: 'the group as it was when entry N was its last one; for a backup with history',
    },
    {
      name: 'unreachable-checked',
      value: null,
      text: 'though some of the addresses do not answer: you have looked, and they do not know the group',
    },
    ...hostOptions,
  ],
  examples: [
    ['kv kv.backup --id a --dir data/a', 'a host of its own'],
    ['orders orders.backup --config host.json --up-to 4711', 'as it was at an entry'],
  ],
  async run(call) {
    const { restoreGroup } = await import('../host/restore-group.ts')
    return await restoreGroup(call)
  },
}
