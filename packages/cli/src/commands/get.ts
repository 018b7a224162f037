/** `rafted get`: what stands in a key-value store. */
import { wholeNumberOf } from '../arguments.ts'
import { type Call, type Command, Status, WrongUse } from '../command.ts'
import { jsonLine } from '../json.ts'
import { type Store, storeOptions, withStore } from '../kv/store.ts'
import { entryReport, valueText, wholeText } from '../kv/values.ts'
import { shownName } from '../shown.ts'

export const get: Command = {
  name: 'get',
  section: 'use',
  summary: 'the value of a key, or all keys that begin so',
  text: `Of one key the value is printed as it is: text as text, anything else as JavaScript writes it. With --prefix each key has a line with its value;
without KEY these are all. With --json an entry is an object with key, value, revision, created, version, expiresAt and lease; a value that JSON has not
stands as text in its place.`,
  operands: [{ name: 'KEY', optional: true, missing: 'Name a key.' }],
  options: [
    { name: 'prefix', value: null, text: 'all keys that begin with KEY' },
    { name: 'keys', value: null, text: 'with --prefix: without the values' },
    { name: 'limit', value: 'N', text: 'with --prefix: the first N' },
    {
      name: 'read',
      value: 'HOW',
      choices: ['linearizable', 'lease', 'stale'],
      text: 'linearizable, unless it is said; lease; or stale: what any member has',
    },
    ...storeOptions,
  ],
  examples: [
    ['greeting', 'one value'],
    ['users/ --prefix --json', 'all users, an object on each line'],
  ],
  statuses: 'Of one key that is not there: 1.',
  async run(call) {
    const [key] = call.operands
    if (key === undefined && !call.flag('prefix'))
      throw new WrongUse('Name a key, or say --prefix for all of them.')
    const limit = wholeNumberOf('limit', call.option('limit'), [1, Number.MAX_SAFE_INTEGER])
    if (!call.flag('prefix') && (call.flag('keys') || limit !== null))
      throw new WrongUse('--keys and --limit are for --prefix.')
    return await withStore(call, async (found) => {
      const read = call.option('read') as 'linearizable' | 'lease' | 'stale' | null
      const store = read === null ? found.store : found.store.with({ read })
      return call.flag('prefix')
        ? await printAll(call, store, key ?? '', limit ?? Number.POSITIVE_INFINITY)
        : await printOne(call, store, key!)
    })
  },
}

async function printOne({ terminal, json }: Call, store: Store['store'], key: string): Promise<Status> {
  const entry = await store.get(key)
  if (entry === null) {
    if (json) await terminal.print(jsonLine({ key, revision: 0 }))
    terminal.say(`There is no key ${shownName(key)}.\n`)
    return Status.amiss
  }
  await terminal.print(json ? jsonLine(entryReport(entry)) : `${wholeText(entry.value, terminal)}\n`)
  return Status.fine
}

async function printAll(call: Call, store: Store['store'], prefix: string, limit: number): Promise<Status> {
  const { terminal, json } = call
  const onlyKeys = call.flag('keys')
  let left = limit
  for (let from: string | null | undefined; left > 0 && from !== null; ) {
    const page = { prefix, from, limit: Math.min(left, 1000) }
    const { next, ...found } = onlyKeys ? await store.keys(page) : await store.range(page)
    const lines =
      'keys' in found
        ? found.keys.map((key) => (json ? jsonLine({ key }) : `${shownName(key)}\n`))
        : found.entries.map((entry) =>
            json ? jsonLine(entryReport(entry)) : `${shownName(entry.key)}  ${valueText(entry.value)}\n`,
          )
    await terminal.print(lines.join(''))
    left -= lines.length
    from = next
  }
  return Status.fine
}
