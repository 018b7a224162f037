/** `rafted backup`: a backup of a group, taken while it serves. */
import { resolve } from 'node:path'
import { type Call, type Command, Status, WrongUse } from '../command.ts'
import { interruptibly, withClient } from '../connection/client.ts'
import { checkAddress } from '../connection/credentials.ts'
import { connectionOptions } from '../connection/options.ts'
import { writeWhole } from '../files.ts'
import { jsonLine } from '../json.ts'
import { Progress } from '../progress.ts'
import { shownBytes, shownName } from '../shown.ts'

export const backup: Command = {
  name: 'backup',
  section: 'look after',
  summary: 'writes a backup of a group into a file, while the group serves',
  text: `It holds all that was acknowledged before it was asked for, the whole of one moment. With --history it is the newest snapshot that is kept and the log from there on, and can be
restored as the group was at any entry since. The file has its name as soon as it is whole and on the disk, for its owner alone; until then it is FILE.part. It
works with any group, whatever its values are.`,
  operands: [{ name: 'GROUP', missing: 'Name the group.' }],
  options: [
    { name: 'out', value: 'FILE', needed: true, completion: 'file', text: 'where it is written' },
    { name: 'history', value: null, text: 'with the log since the newest snapshot' },
    { name: 'from', value: 'ADDRESS', text: "take it of this host's member, and not of the leader's" },
    { name: 'force', value: null, text: 'take the place of a file of this name' },
    ...connectionOptions,
  ],
  examples: [
    ['kv --at a:7000 --out kv.backup', ''],
    [
      'orders --at a:7000,b:7000 --out orders.backup --history --force',
      'with its history, over the one of yesterday',
    ],
  ],
  statuses: 'Interrupted: 130 or 143; then no file is left behind.',
  async run(call) {
    const { terminal, json, operands } = call
    const [group] = operands as readonly [string]
    const out = call.option('out')!
    const at = call.option('from') ?? undefined
    if (at !== undefined) checkAddress(at)
    await checkPlace(call, out)
    const bytes = await withClient(call, ({ client, timeoutMs }) =>
      interruptibly(call, async (signal) => {
        const progress = new Progress(terminal, 'writing')
        try {
          const parts = client.backup(group, { at, history: call.flag('history'), timeoutMs, signal })
          return await writeWhole(terminal, out, counted(parts, progress))
        } finally {
          progress.clear()
        }
      }),
    )
    await terminal.print(
      json
        ? jsonLine({ group, file: out, bytes })
        : `group ${shownName(group)} is in ${out}: ${shownBytes(bytes)}\n`,
    )
    return Status.fine
  },
}

async function checkPlace(call: Call, out: string): Promise<void> {
  const { files, directory } = call.terminal
  if (!call.flag('force') && (await files.exists(resolve(directory, out))))
    throw new WrongUse(`There is a file ${out} already. Name another one, or say --force.`)
}

async function* counted(
  parts: AsyncIterable<Uint8Array>,
  progress: Progress,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of parts) {
    progress.add(part.byteLength)
    yield part
  }
}
