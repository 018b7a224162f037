/** What happened, as lines to be read. */
import type { Heads, Message } from '@rafted/core'
import type { Event } from './exploration.ts'
import type { MemberInput, MemberView } from './explored-member.ts'
import type { Moves } from './moves.ts'

/** A line for each input: which member, what came in, how the member stands then, what it sends. */
export function readSchedule(events: readonly Event[], moves: Moves): string[] {
  return events.map(({ place, move, beats, losses }) => {
    const sent = beats ? [...move.sent, ...move.beats] : move.sent
    const sends = sent.map((number) => readMessage(moves.message(number).message))
    const standing = readView(moves.view(move.next))
    const said = sends.length === 0 ? '' : `; sends ${sends.join(', ')}`
    const lost = losses === 0 ? '' : `, ${losses} before it lost`
    return `${moves.ids[place]}  ${readInput(move.input)}${lost} → ${standing}${said}`
  })
}

function readInput(input: MemberInput): string {
  switch (input.kind) {
    case 'message':
      return `receives ${readMessage(input.message)}${input.longSilence ? ', long after it heard a leader' : ''}`
    case 'timeout':
      return timeouts[input.timeout]
    case 'pre-votes':
      return 'would have the votes of a majority'
    case 'propose':
      return 'is given a command'
    case 'written':
      return 'has written'
    case 'restart':
      return `restarts with ${input.kept} of its writes`
  }
}

const timeouts = {
  election: 'times out',
  heartbeat: 'sends heartbeats',
  notice: 'tells of its commit index',
  quorum: 'hears no majority',
} as const

function readView({ role, term, commit, log, disk, diskTerm, writes }: MemberView): string {
  const underWay = writes === 0 ? '' : `, ${writes} ${writes === 1 ? 'write' : 'writes'} under way`
  return `${role} of term ${term}, log ${readTerms(log)}, commit ${commit}, disk ${readTerms(disk)} in term ${diskTerm}${underWay}`
}

/** Terms of entries from index 1 on. */
function readTerms(terms: readonly number[]): string {
  return `[${terms.join(' ')}]`
}

function readMessage(message: Message): string {
  const { kind, from, to, term } = message
  const fields = { ...message } as Record<string, unknown>
  for (const known of ['kind', 'from', 'to', 'term', 'heads']) delete fields[known]
  const rest = Object.entries(fields).map(([name, value]) => `, ${name} ${String(value)}`)
  const entries = kind === 'append' && message.heads !== null ? `, entries ${readHeads(message.heads)}` : ''
  return `${from}→${to} ${kind} term ${term}${rest.join('')}${entries}`
}

function readHeads({ runs, last }: Heads): string {
  return runs
    .map(({ first, term }, at) => `${first} to ${(runs[at + 1]?.first ?? last + 1) - 1} of term ${term}`)
    .join(' and ')
}
