/**
 * What wall clocks the processes have told of, so that one which is far ahead doesn't claim what is not due: it would be granted, and nobody else anything
 * before that.
 *
 * Wall clocks are compared by how far they are ahead of replicated time. That stands still while nobody leads, so what was told in an earlier term says
 * nothing: all are asked anew.
 */

interface Report {
  readonly process: string
  /** Of its wall clock before replicated time. */
  readonly aheadMs: number
  /** Replicated time. */
  readonly at: number
}

/** Never changed, only replaced. */
export interface Clocks {
  readonly term: number
  readonly reports: readonly Report[]
  /** Index at which clocks were last asked for; 0 before. */
  readonly ask: number
  /** Replicated time of that; null if it was not in this term. */
  readonly askedAt: number | null
}

export const NO_CLOCKS: Clocks = { term: 0, reports: [], ask: 0, askedAt: null }

/** How far a clock may be before the others'. */
export const MAX_AHEAD_MS = 10_000
/** How long answers are waited for. */
export const ASK_MS = 1000
/** How long an answer is worth something. */
const FRESH_MS = 600_000
const MAX_REPORTS = 32

export function reported(clocks: Clocks, process: string, wall: number, term: number, time: number): Clocks {
  const isSame = clocks.term === term
  const known = isSame ? clocks.reports : []
  const reports = known.filter((report) => report.process !== process && time - report.at <= FRESH_MS)
  reports.push({ process, aheadMs: wall - time, at: time })
  return {
    term,
    reports: reports.slice(-MAX_REPORTS),
    ask: clocks.ask,
    askedAt: isSame ? clocks.askedAt : null,
  }
}

/** What is to be said to a process that has just reported. @param index at which it is asked. */
export function judged(
  clocks: Clocks,
  process: string,
  time: number,
  index: number,
): { readonly clocks: Clocks; readonly refused: 'ask' | 'ahead' | null } {
  const { reports, askedAt } = clocks
  if (reports.length > 1) {
    const own = reports.find((report) => report.process === process)!
    const all = reports.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b)
    // Where as many say the one as the other, the slower ones are believed: they only make it late.
    const middle = all[Math.floor((all.length - 1) / 2)]!
    return { clocks, refused: own.aheadMs - middle > MAX_AHEAD_MS ? 'ahead' : null }
  }
  if (askedAt === null || time - askedAt > FRESH_MS)
    return { clocks: { ...clocks, ask: index, askedAt: time }, refused: 'ask' }
  return { clocks, refused: time - askedAt < ASK_MS ? 'ask' : null }
}
