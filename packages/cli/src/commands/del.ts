/** `rafted del`: deletes keys of a key-value store. */
import { type Command, Status, WrongUse } from '../command.ts'
import { jsonLine } from '../json.ts'
import { idempotencyOf, keyOption, revisionOf, revisionOption, storeOptions, withStore } from '../kv/store.ts'
import { counted, shownName } from '../shown.ts'

export const del: Command = {
  name: 'del',
  section: 'use',
  summary: 'deletes a key, or all keys that begin so',
  text: 'With --prefix keys are deleted by the thousand, each thousand at once.',
  operands: [{ name: 'KEY', missing: 'Name a key.' }],
  options: [
    { name: 'prefix', value: null, text: 'all keys that begin with KEY' },
    revisionOption,
    keyOption,
    ...storeOptions,
  ],
  examples: [
    ['greeting', ''],
    ['users/ --prefix', 'all users'],
  ],
  statuses: 'Where there is nothing to delete, or the condition does not hold: 1.',
  async run(call) {
    const { terminal, json, operands } = call
    const [key] = operands as readonly [string]
    const ifRevision = revisionOf(call)
    const prefix = call.flag('prefix')
    if (prefix && (ifRevision !== undefined || call.option('idempotency-key') !== null))
      throw new WrongUse('--if-revision and --idempotency-key are for one key.')
    return await withStore(call, async ({ store }) => {
      if (prefix) {
        const deleted = await store.deleteRange({ prefix: key })
        await terminal.print(
          json ? jsonLine({ prefix: key, deleted }) : `${counted(deleted, 'key')} deleted\n`,
        )
        return deleted > 0 ? Status.fine : Status.amiss
      }
      const { done, revision } = await store.with(idempotencyOf(call)).delete(key, { ifRevision })
      if (json) await terminal.print(jsonLine({ key, done, revision }))
      else if (done) await terminal.print(`${shownName(key)} deleted\n`)
      if (!done)
        terminal.say(
          revision === 0
            ? `There is no key ${shownName(key)}.\n`
            : `${shownName(key)} is of revision ${revision}: nothing was done.\n`,
        )
      return done ? Status.fine : Status.amiss
    })
  },
}
