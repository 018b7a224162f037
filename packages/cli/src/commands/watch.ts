/** `rafted watch`: what becomes of keys. */
import type { KvEntry, KvWatch, KvWatchEvent } from '@rafted/recipes'
import { wholeNumberOf } from '../arguments.ts'
import { type Call, type Command, Status } from '../command.ts'
import { jsonLine } from '../json.ts'
import { storeOptions, withStore } from '../kv/store.ts'
import { entryReport, valueText } from '../kv/values.ts'
import { counted, shownName } from '../shown.ts'

export const watch: Command = {
  name: 'watch',
  section: 'use',
  summary: 'tells what becomes of a key, or of all keys that begin so',
  text: `A line has the revision, what was done (put, delete, expire), the key, and the value that was put. It goes on through failures until Ctrl-C, and misses
nothing: the last revision and one more is where --from goes on. Where the store remembers that no more, all entries come first, with a line that says so.
With --json each line is an object with kind and revision, first { kind: "begun", revision }: what is done after that is told.`,
  operands: [{ name: 'KEY', optional: true, missing: '' }],
  options: [
    { name: 'prefix', value: null, text: 'all keys that begin with KEY' },
    {
      name: 'from',
      value: 'N',
      text: 'the first revision to tell; 1 is all that is remembered. Default: from now on',
    },
    { name: 'count', value: 'N', text: 'end after so many changes' },
    ...storeOptions,
  ],
  examples: [
    ['greeting', 'one key'],
    ['users/ --prefix --from 1', 'what has become of all users, and what will'],
  ],
  statuses: 'Ended by Ctrl-C: 0.',
  async run(call) {
    const count = wholeNumberOf('count', call.option('count'), [1, Number.MAX_SAFE_INTEGER])
    const from = wholeNumberOf('from', call.option('from'), [1, Number.MAX_SAFE_INTEGER]) ?? undefined
    const [key = ''] = call.operands
    const wanted = call.operands.length > 0 && !call.flag('prefix') ? { key } : { prefix: key }
    await withStore(call, async ({ store }) => {
      // A watch waits for hosts as long as it is wanted; whether there are any is told at once.
      const known = await store.revision()
      const signal = call.terminal.interrupted()
      const first = from ?? known + 1
      const watching = store.with({ signal }).watch({ ...wanted, from: first })
      await tellAll(call, watching, { first, count: count ?? Number.POSITIVE_INFINITY })
    }).catch((error: unknown) => {
      // That is how it ends.
      if (!call.terminal.interrupted().aborted) throw error
    })
    return Status.fine
  },
}

async function tellAll(
  { terminal, json }: Call,
  watching: KvWatch,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<void> {
  if (json) await terminal.print(jsonLine({ kind: 'begun', revision: first - 1 }))
  else terminal.say(`watching from revision ${first} on\n`)
  let left = count
  for await (const event of watching) {
    const lines = linesOf(event, json).slice(0, event.kind === 'changes' ? left : undefined)
    await terminal.print(lines.join(''))
    if (event.kind === 'changes') left -= lines.length
    if (left <= 0) break
  }
}

function linesOf(event: KvWatchEvent, json: boolean): string[] {
  const { revision } = event
  if (event.kind === 'snapshot') {
    const { entries } = event
    if (json) return [jsonLine({ kind: 'snapshot', revision, entries: entries.map(entryReport) })]
    return [
      `${revision}  snapshot  ${counted(entries.length, 'key')}\n`,
      ...entries.map((entry) => `${entry.revision}  ${keyAndValue(entry)}\n`),
    ]
  }
  return event.events.map((one) => {
    if (one.kind === 'put')
      return json
        ? jsonLine({ kind: 'put', ...entryReport(one.entry) })
        : `${revision}  put  ${keyAndValue(one.entry)}\n`
    return json
      ? jsonLine({ kind: one.kind, revision, key: one.key })
      : `${revision}  ${one.kind}  ${shownName(one.key)}\n`
  })
}

function keyAndValue({ key, value }: KvEntry): string {
  return `${shownName(key)}  ${valueText(value)}`
}
