/**
 * Which term starts where: the core's whole knowledge of its log. Entries of one term that follow each other are one
 * run, cut again at 64 KiB so that the bytes of any range are known well enough by proportion. A log of ten thousand
 * small entries is a handful of runs; finding a term is a binary search.
 */
import { invariant } from './assert.ts'
import type { Position, Run } from './entry.ts'

/** Bytes after which a run is cut. Bounds the error of every byte count here. */
export const RUN_BYTES = 64 * 1024

interface MutableRun {
  first: number
  term: number
  bytes: number
  time: number
}

/** The heads of the entries `baseIndex + 1 … last`. */
export interface TermRuns {
  /** The log begins after this place. */
  baseIndex: number
  baseTerm: number
  baseTime: number
  last: number
  runs: MutableRun[]
}

export function newTermRuns(base: Position, baseTime: number): TermRuns {
  return { baseIndex: base.index, baseTerm: base.term, baseTime, last: base.index, runs: [] }
}

export function lastTerm(log: TermRuns): number {
  return log.runs.length === 0 ? log.baseTerm : log.runs[log.runs.length - 1]!.term
}

/** Replicated time of the last entry. */
export function lastTime(log: TermRuns): number {
  return log.runs.length === 0 ? log.baseTime : log.runs[log.runs.length - 1]!.time
}

/** The term of the entry at `index`, undefined below the base and beyond the end. */
export function termAt(log: TermRuns, index: number): number | undefined {
  if (index === log.baseIndex) return log.baseTerm
  if (index < log.baseIndex || index > log.last) return undefined
  return log.runs[runAt(log, index)]!.term
}

/** Appends `count` entries of one term. */
export function appendEntries(log: TermRuns, term: number, count: number, bytes: number, time: number): void {
  invariant(
    1,
    term >= lastTerm(log),
    'entry {} of term {} after one of term {}',
    log.last + 1,
    term,
    lastTerm(log),
  )
  const run = log.runs[log.runs.length - 1]
  if (run !== undefined && run.term === term && run.bytes + bytes <= RUN_BYTES) {
    run.bytes += bytes
    run.time = time
  } else {
    log.runs.push({ first: log.last + 1, term, bytes, time })
  }
  log.last += count
}

/** Appends the entries `from … last` of `runs`, which begin right after this log's end. */
export function appendRuns(log: TermRuns, runs: readonly Run[], last: number, from: number): void {
  invariant(2, from === log.last + 1, 'entry {} cannot follow entry {}', from, log.last)
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i]!
    const end = i + 1 < runs.length ? runs[i + 1]!.first - 1 : last
    if (end < from) continue
    const first = Math.max(run.first, from)
    const share = (end - first + 1) / (end - run.first + 1)
    appendEntries(log, run.term, end - first + 1, Math.ceil(run.bytes * share), run.time)
  }
}

/** Forgets the entry at `from` and all that follow. */
export function truncateFrom(log: TermRuns, from: number): void {
  invariant(
    2,
    from > log.baseIndex,
    "truncation from {} reaches below the log's base {}",
    from,
    log.baseIndex,
  )
  if (from > log.last) return
  const at = runAt(log, from)
  const run = log.runs[at]!
  run.bytes = Math.ceil((run.bytes * (from - run.first)) / (runEnd(log, at) - run.first + 1))
  log.runs.length = run.first === from ? at : at + 1
  log.last = from - 1
}

/** Forgets the entries up to `index`; the log then begins after it. */
export function compactTo(log: TermRuns, index: number): void {
  if (index <= log.baseIndex) return
  const at = runAt(log, index)
  const run = log.runs[at]!
  const end = runEnd(log, at)
  log.baseIndex = index
  log.baseTerm = run.term
  log.baseTime = run.time
  if (end === index) {
    log.runs.splice(0, at + 1)
  } else {
    run.bytes = Math.ceil((run.bytes * (end - index)) / (end - run.first + 1))
    run.first = index + 1
    log.runs.splice(0, at)
  }
}

/** Bytes of the entries `from … to`, by proportion within runs; 0 for an empty range. */
export function bytesBetween(log: TermRuns, from: number, to: number): number {
  let bytes = 0
  let low = Math.max(from, log.baseIndex + 1)
  const high = Math.min(to, log.last)
  if (low > high) return 0
  for (let at = runAt(log, low); low <= high; at++) {
    const run = log.runs[at]!
    const end = runEnd(log, at)
    const stop = Math.min(end, high)
    bytes += (run.bytes * (stop - low + 1)) / (end - run.first + 1)
    low = stop + 1
  }
  return Math.ceil(bytes)
}

/** The last index such that `from … index` is at most `maxBytes`; at least `from`, at most the log's end. */
export function fitting(log: TermRuns, from: number, maxBytes: number): number {
  let left = maxBytes
  let index = from - 1
  for (let at = runAt(log, from); at < log.runs.length; at++) {
    const run = log.runs[at]!
    const end = runEnd(log, at)
    const each = run.bytes / (end - run.first + 1)
    const fit = each === 0 ? end : index + Math.floor(left / each)
    if (fit < end) return Math.max(fit, from)
    left -= each * (end - index)
    index = end
  }
  return index
}

/** The runs of the entries `from … to`, as new objects: they are handed to disk and wire, while this log goes on. */
export function runsBetween(log: TermRuns, from: number, to: number): Run[] {
  const runs: Run[] = []
  for (let at = runAt(log, from); at < log.runs.length; at++) {
    const run = log.runs[at]!
    if (run.first > to) break
    const end = runEnd(log, at)
    const first = Math.max(run.first, from)
    const stop = Math.min(end, to)
    const bytes =
      stop - first === end - run.first
        ? run.bytes
        : Math.ceil((run.bytes * (stop - first + 1)) / (end - run.first + 1))
    runs.push({ first, term: run.term, bytes, time: run.time })
  }
  return runs
}

/**
 * The highest index, not above `index`, whose term is not above `term`: where two logs may still agree when they are
 * known to differ at `index`. Steps over whole terms (paper §5.3). The base when nothing above it qualifies.
 */
export function highestNotAbove(log: TermRuns, index: number, term: number): Position {
  const from = Math.min(index, log.last)
  if (from <= log.baseIndex) return { index: log.baseIndex, term: log.baseTerm }
  for (let at = runAt(log, from); at >= 0; at--) {
    const run = log.runs[at]!
    if (run.term <= term) return { index: Math.min(from, runEnd(log, at)), term: run.term }
  }
  return { index: log.baseIndex, term: log.baseTerm }
}

/** The first index from `runs[0].first` to `last` at which this log has no entry or one of another term; `last + 1` if none. */
export function firstDifference(log: TermRuns, runs: readonly Run[], last: number): number {
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i]!
    const end = i + 1 < runs.length ? runs[i + 1]!.first - 1 : last
    let index = Math.max(run.first, log.baseIndex + 1)
    while (index <= end) {
      if (index > log.last) return index
      const at = runAt(log, index)
      if (log.runs[at]!.term !== run.term) return index
      index = runEnd(log, at) + 1
    }
  }
  return last + 1
}

/** Position in `runs` of the run that holds `index`. */
function runAt(log: TermRuns, index: number): number {
  invariant(
    2,
    index > log.baseIndex && index <= log.last,
    'no entry {} in {}…{}',
    index,
    log.baseIndex + 1,
    log.last,
  )
  let low = 0
  let high = log.runs.length - 1
  if (log.runs[high]!.first <= index) return high
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (log.runs[middle]!.first <= index) low = middle
    else high = middle - 1
  }
  return low
}

function runEnd(log: TermRuns, at: number): number {
  return at + 1 < log.runs.length ? log.runs[at + 1]!.first - 1 : log.last
}
