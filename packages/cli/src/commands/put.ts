/** `rafted put`: puts a value into a key-value store. */
import { durationOf } from '../arguments.ts'
import { type Command, Status, WrongUse } from '../command.ts'
import { jsonLine } from '../json.ts'
import { idempotencyOf, keyOption, revisionOf, revisionOption, storeOptions, withStore } from '../kv/store.ts'
import { typedValue } from '../kv/values.ts'
import { shownName } from '../shown.ts'

export const put: Command = {
  name: 'put',
  section: 'use',
  summary: 'puts a value under a key',
  text: `The value is text, or with --as json whatever that says. It is there when the command has ended with 0, on the disks of a majority. If it ends with
3, nobody knows yet whether it is: do the same again, with an --idempotency-key so that it takes effect once.`,
  operands: [
    { name: 'KEY', missing: 'Name a key, and a value.' },
    { name: 'VALUE', missing: 'Give a value behind the key, or - to read it from standard input.' },
  ],
  options: [
    {
      name: 'as',
      value: 'TYPE',
      choices: ['text', 'json'],
      text: 'what the value is: text unless it is said, or json',
    },
    { name: 'ttl', value: 'TIME', text: 'the key goes after so long, as 30s or 12h' },
    { name: 'if-absent', value: null, text: 'only if the key is not there' },
    revisionOption,
    keyOption,
    ...storeOptions,
  ],
  examples: [
    ['greeting hello', ''],
    [`limits '{"rate":10}' --as json --ttl 1h`, 'a value of another shape, for an hour'],
    ['config - --if-revision 17', 'what comes from standard input, if nobody else has changed it'],
  ],
  statuses: 'Where a condition does not hold: 1.',
  async run(call) {
    const { terminal, json, operands } = call
    const [key, typed] = operands as readonly [string, string]
    const ttlMs = durationOf('ttl', call.option('ttl')) ?? undefined
    const ifRevision = revisionOf(call)
    const ifAbsent = call.flag('if-absent')
    if (ifAbsent && ifRevision !== undefined)
      throw new WrongUse('Say --if-absent or --if-revision, not both.')
    const value = await typedValue(call, typed)
    return await withStore(call, async ({ store }) => {
      const conditions = ifAbsent ? { ifAbsent } : { ifRevision }
      const { done, revision } = await store
        .with(idempotencyOf(call))
        .put(key, value, { ttlMs, ...conditions })
      if (json) await terminal.print(jsonLine({ key, done, revision }))
      else if (done) await terminal.print(`revision ${revision}\n`)
      if (!done)
        terminal.say(
          `${shownName(key)} ${revision === 0 ? 'is not there' : `is of revision ${revision}`}: nothing was done.\n`,
        )
      return done ? Status.fine : Status.amiss
    })
  },
}
