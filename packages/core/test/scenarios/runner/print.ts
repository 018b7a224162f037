/** How a transcript shows things. A place in the log is `index@term`, a stretch of one term `first-last@term`. */
import type { Configuration, Heads, Message, SnapshotPosition, Write } from '../../../src/index.ts'

/** The entries `from … last`, by the term of each. */
export function stretches(from: number, last: number, termAt: (index: number) => number | undefined): string {
  const parts: string[] = []
  for (let first = from; first <= last; ) {
    const term = termAt(first)
    let end = first
    while (end < last && termAt(end + 1) === term) end++
    parts.push(`${first === end ? first : `${first}-${end}`}@${term}`)
    first = end + 1
  }
  return parts.join(' ')
}

function heads({ runs, last, configurations }: Heads): string {
  const termAt = (index: number) => runs.findLast((run) => run.first <= index)!.term
  const members = configurations.map(({ index }) => index).join(' ')
  return `${stretches(runs[0]!.first, last, termAt)}${members === '' ? '' : ` (members at ${members})`}`
}

export function configuration({ voters, outgoing, learners }: Configuration): string {
  const ids = (list: readonly { id: string; promote?: boolean }[]) =>
    list.map(({ id, promote }) => `${id}${promote ? '+' : ''}`).join(' ')
  const old = outgoing === null ? '' : `, outgoing ${ids(outgoing)}`
  return `voters ${ids(voters)}${old}${learners.length === 0 ? '' : `, learners ${ids(learners)}`}`
}

/** Entries that can't be read. */
export function ranges(
  all: readonly { readonly from: number; readonly to: number }[],
  between: string,
): string {
  return all.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(between)
}

export function position({ index, term }: SnapshotPosition): string {
  return `${index}@${term}`
}

export function message(m: Message): string {
  return `${m.from}->${m.to} ${m.kind} t${m.term}${content(m)}`
}

function content(m: Message): string {
  switch (m.kind) {
    case 'pre-vote-request':
      return ` for t${m.campaign}, log ${m.lastIndex}@${m.lastTerm}`
    case 'pre-vote':
      return ` for t${m.campaign} ${m.granted ? 'yes' : 'no'}`
    case 'vote-request':
      return `, log ${m.lastIndex}@${m.lastTerm}${m.transfer ? ', for a transfer' : ''}`
    case 'vote':
      return ` ${m.granted ? 'yes' : 'no'}`
    case 'append':
      return ` after ${m.prevIndex}@${m.prevTerm}: ${m.heads === null ? 'nothing' : heads(m.heads)}, commit ${m.commit}`
    case 'heartbeat':
      return ` round ${m.round}, commit ${m.commit}${m.abstainMs === 0 ? '' : `, abstain ${m.abstainMs}`}`
    case 'ack':
      return ` match ${m.match}, round ${m.round}${m.leadership === 'normal' ? '' : `, ${m.leadership}`}`
    case 'conflict':
      return ` after ${m.prevIndex}, try ${m.hintIndex}@${m.hintTerm}`
    case 'snapshot':
      return ` of ${m.index}@${m.indexTerm}`
    case 'removed':
      return ` at ${m.index} of ${m.commit}`
    case 'repair':
      return ` #${m.number} after ${m.last}`
    case 'repairing':
      return ` #${m.number} up to ${m.upTo}`
    case 'read-request':
      return ` ${m.attempt}`
    case 'read-answer':
      return ` ${m.attempt} at ${m.index}`
    case 'quiet':
      return ` at ${m.index}`
    case 'stale':
    case 'timeout-now':
      return ''
  }
}

export function write({ seq, term, vote, reset, truncateFrom, entries, healed }: Write): string {
  const parts = [`t${term}`, `vote ${vote ?? '-'}`]
  if (reset !== null) parts.push(`begin after ${position(reset)}`)
  if (truncateFrom !== null) parts.push(`cut from ${truncateFrom}`)
  if (entries !== null) parts.push(heads(entries))
  if (healed) parts.push('nothing is lost')
  return `write #${seq}: ${parts.join(', ')}`
}
