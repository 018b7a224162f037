/** The trace for people: what a batch says, and events without what makes them long. */
import { decodeBatch, type Item } from '@rafted/wire'

/** Enough of a drawn id to tell members apart within a run. */
const SHORT = 4
const drawn = /\b([0-9a-f]{4})[0-9a-f]{28}\b/g

/** Drawn ids are cut to their first digits. */
export function shortened(text: string): string {
  return text.replaceAll(drawn, '$1')
}

/** An event's fields as `name value`, or `value` where the name says nothing new. */
export function readFields(fields: object): string {
  const parts: string[] = []
  for (const [name, value] of Object.entries(fields))
    if (value !== null && name !== 'group') parts.push(`${name} ${readValue(value)}`)
  return shortened(parts.join(', '))
}

function readValue(value: unknown): string {
  if (value instanceof Error) return String(value)
  if (Array.isArray(value)) return `[${value.map(readValue).join(' ')}]`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What a batch says, item by item: `3251→e450 append term 2, prevIndex 6, prevTerm 2, commit 6, entries 7 to 9`. */
export function readBatch(batch: Uint8Array): string {
  return decodeBatch(batch).items.map(readItem).join('; ')
}

function readItem(item: Item): string {
  if (item.kind === 'request') {
    const { kind, id, ...rest } = item.request
    return `${kind} #${id} ${readPlain(rest)}`.trim()
  }
  if (item.kind === 'response') {
    const { kind, id, ...rest } = item.response
    return `${kind} #${id} ${readPlain(rest)}`.trim()
  }
  if (item.kind === 'snapshot-progress') {
    const { from, to, transfer, received, installed, again } = item
    return `${way(from, to)} snapshot-progress ${readPlain({ transfer, received, installed, again })}`
  }
  if (item.kind === 'pulse') return `pulse ${item.time.slice(0, SHORT)}`
  if (item.kind === 'roll-call' || item.kind === 'missing') {
    const groups = item.groups.map(
      ({ incarnation, term }) => `${incarnation.slice(0, SHORT)} in term ${term}`,
    )
    return `${item.kind} ${groups.join(', ')}`
  }
  if (item.kind !== 'member') {
    const { kind, from, to, ...rest } = item
    return `${way(from, to)} ${kind} ${readPlain(rest)}`
  }
  const { kind, from, to } = item.message
  return `${way(from, to)} ${kind} ${readMessage(item)}`
}

/** What a message of a member says, its kind and its way apart. */
export function readMessage({ message, entries, chunk }: Extract<Item, { kind: 'member' }>): string {
  const { kind: _, from: __, to: ___, ...rest } = message
  const carried = [
    ...(entries.length > 0 ? [`entries ${entries[0]!.index} to ${entries.at(-1)!.index}`] : []),
    ...(chunk === null ? [] : [`bytes ${chunk.offset} to ${chunk.offset + chunk.bytes.length}`]),
  ]
  return [readPlain(rest), ...carried].join(', ')
}

function way(from: string, to: string): string {
  return `${from.slice(0, SHORT)}→${to.slice(0, SHORT)}`
}

/** Numbers, texts and truths alone: what is nested or encoded says little on one line. */
function readPlain(fields: object): string {
  const plain = Object.entries(fields).filter(
    ([name, value]) => typeof value !== 'object' && name !== 'incarnation',
  )
  return readFields(Object.fromEntries(plain))
}
