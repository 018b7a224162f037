/** Messages under way. */
import type { Message, SnapshotPosition } from '@rafted/core'

export interface Flight {
  /** Numbers them in the order of sending. */
  readonly id: number
  readonly message: Message
  readonly sentAt: number
  readonly arrivesAt: number
  /** Its link is cut: it gets halfway. */
  readonly isLost: boolean
  /** The snapshot whose part this is. */
  readonly snapshot: SnapshotPosition | null
}

/** What a message takes from one member to another, milliseconds: from the first to the second. */
const LEAST_MS = 25
const MOST_MS = 60
/** Those of one link keep apart, for people to see them. */
const GAP_MS = 5

/** When a message arrives that is sent now. Of one link, none overtakes another by itself. */
export function arrival(
  flights: readonly Flight[],
  message: Message,
  now: number,
  chance: number,
): Pick<Flight, 'arrivesAt'> {
  let arrivesAt = now + Math.round(LEAST_MS + (MOST_MS - LEAST_MS) * chance)
  for (const other of flights)
    if (other.message.from === message.from && other.message.to === message.to && !other.isLost)
      arrivesAt = Math.max(arrivesAt, Math.min(other.arrivesAt + GAP_MS, now + MOST_MS + GAP_MS))
  return { arrivesAt }
}

/** What a message says, in a few words: `after 4@2: 5–6@3, commit 4`. */
export function messageText(m: Message): string {
  switch (m.kind) {
    case 'pre-vote-request':
      return `would you elect me in term ${m.campaign}? My log ends at ${m.lastIndex}@${m.lastTerm}`
    case 'pre-vote':
      return m.granted ? `yes, I would in term ${m.campaign}` : `no, not in term ${m.campaign}`
    case 'vote-request':
      return `vote for me in term ${m.term}. My log ends at ${m.lastIndex}@${m.lastTerm}`
    case 'vote':
      return m.granted ? `my vote in term ${m.term} is yours` : `not my vote in term ${m.term}`
    case 'append':
      return `after ${m.prevIndex}@${m.prevTerm}: ${m.heads === null ? 'do you hold it?' : entriesText(m.heads)}, commit ${m.commit}`
    case 'heartbeat':
      return `I lead term ${m.term}, round ${m.round}, commit ${m.commit}`
    case 'ack':
      return `durable here up to ${m.match}, round ${m.round}`
    case 'conflict':
      return `I don't hold ${m.prevIndex}; try ${m.hintIndex}@${m.hintTerm}`
    case 'snapshot':
      return `a snapshot of all up to ${m.index}@${m.indexTerm}`
    case 'removed':
      return `you were removed at ${m.index}`
    case 'read-request':
      return 'what is the commit index now?'
    case 'read-answer':
      return `the commit index is ${m.index}`
    case 'stale':
      return `there is a newer term: ${m.term}`
    case 'timeout-now':
      return 'campaign at once: I hand over'
    case 'repair':
      return `my log is damaged after ${m.last}`
    case 'repairing':
      return `I send again up to ${m.upTo}`
    case 'quiet':
      return `nothing happens; all is committed up to ${m.index}`
  }
}

function entriesText({ runs, last }: NonNullable<Extract<Message, { kind: 'append' }>['heads']>): string {
  return runs
    .map(({ first, term }, at) => {
      const end = (runs[at + 1]?.first ?? last + 1) - 1
      return `${first === end ? first : `${first}–${end}`}@${term}`
    })
    .join(' ')
}
