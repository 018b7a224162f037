/** Messages as a test says them: positions as [index, term], entries as the list of their terms. */
import type {
  Ack,
  Append,
  Configuration,
  Conflict,
  Heads,
  Heartbeat,
  MemberId,
  Message,
  PreVote,
  PreVoteRequest,
  Vote,
  VoteRequest,
} from '../../src/index.ts'

type Place = readonly [index: number, term: number]

/** Heads of entries with these terms, of 10 bytes each, that follow `after`. */
export function heads(
  after: number,
  terms: readonly number[],
  configurations: Readonly<Record<number, Configuration>> = {},
): Heads | null {
  if (terms.length === 0) return null
  const runs: { first: number; term: number; bytes: number; time: number }[] = []
  for (const [at, term] of terms.entries()) {
    const run = runs.at(-1)
    if (run?.term === term) run.bytes += 10
    else runs.push({ first: after + at + 1, term, bytes: 10, time: 0 })
  }
  return {
    runs,
    last: after + terms.length,
    configurations: Object.entries(configurations).map(([index, configuration]) => ({
      index: Number(index),
      configuration,
    })),
  }
}

export function append(
  from: MemberId,
  to: MemberId,
  term: number,
  prev: Place,
  terms: readonly number[] = [],
  more: { commit?: number; configurations?: Readonly<Record<number, Configuration>> } = {},
): Append {
  const [prevIndex, prevTerm] = prev
  return {
    kind: 'append',
    from,
    to,
    term,
    prevIndex,
    prevTerm,
    heads: heads(prevIndex, terms, more.configurations),
    commit: more.commit ?? 0,
  }
}

export function heartbeat(
  from: MemberId,
  to: MemberId,
  term: number,
  round: number,
  commit = 0,
  abstainMs = 0,
): Heartbeat {
  return { kind: 'heartbeat', from, to, term, round, commit, abstainMs }
}

export function ack(from: MemberId, to: MemberId, term: number, match: number, round = 0): Ack {
  return { kind: 'ack', from, to, term, match, round, leadership: 'normal' }
}

export function conflict(
  from: MemberId,
  to: MemberId,
  term: number,
  prevIndex: number,
  hint: Place,
): Conflict {
  return { kind: 'conflict', from, to, term, prevIndex, hintIndex: hint[0], hintTerm: hint[1] }
}

export function voteRequest(from: MemberId, to: MemberId, term: number, last: Place = [0, 0]): VoteRequest {
  return { kind: 'vote-request', from, to, term, lastIndex: last[0], lastTerm: last[1], transfer: false }
}

export function vote(from: MemberId, to: MemberId, term: number, granted = true): Vote {
  return { kind: 'vote', from, to, term, granted }
}

/** A pre-vote request for the term after `term`. */
export function preVoteRequest(
  from: MemberId,
  to: MemberId,
  term: number,
  last: Place = [0, 0],
): PreVoteRequest {
  return {
    kind: 'pre-vote-request',
    from,
    to,
    term,
    campaign: term + 1,
    lastIndex: last[0],
    lastTerm: last[1],
  }
}

export function preVote(
  from: MemberId,
  to: MemberId,
  term: number,
  campaign: number,
  granted = true,
): PreVote {
  return { kind: 'pre-vote', from, to, term, campaign, granted }
}

/** The messages of one kind, with its type. */
export function ofKind<K extends Message['kind']>(
  messages: readonly Message[],
  kind: K,
): Extract<Message, { kind: K }>[] {
  return messages.filter((message): message is Extract<Message, { kind: K }> => message.kind === kind)
}
