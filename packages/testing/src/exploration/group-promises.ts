/** What must hold of the whole group in every situation: the paper's figure 3, and what durability promises. */
import type { MemberView } from './explored-member.ts'

/** What is committed, as anybody has ever known it: terms of the entries from index 1 on, and of the leader that committed each. */
export interface Committed {
  readonly terms: readonly number[]
  readonly knownIn: readonly number[]
}

/** What is committed now that this member knows more. @returns a text if another entry was committed there before. */
export function committedBy(before: Committed, { commit, log, term }: MemberView): Committed | string {
  for (let at = 0; at < commit && at < before.terms.length; at++)
    if (before.terms[at] !== log[at])
      return `state machine safety: entry ${at + 1} is committed with term ${before.terms[at]} and with term ${log[at]}`
  if (commit <= before.terms.length) return before
  const news = log.slice(before.terms.length, commit)
  return { terms: [...before.terms, ...news], knownIn: [...before.knownIn, ...news.map(() => term)] }
}

/** @returns the promise that is broken, in words, or null. @param moved the place of the member that has changed. */
export function brokenPromise(
  ids: readonly string[],
  views: readonly MemberView[],
  committed: Committed,
  moved: number,
): string | null {
  return (
    leadersDiffer(ids, views, moved) ??
    logsDiffer(ids, views, moved) ??
    leaderLacks(ids, views, committed) ??
    notDurable(views, committed) ??
    matchTooHigh(ids, views)
  )
}

/** "At most one leader can be elected in a given term" (paper, figure 3), ever. */
function leadersDiffer(ids: readonly string[], views: readonly MemberView[], moved: number): string | null {
  const { led } = views[moved]!
  for (let other = 0; other < views.length; other++)
    if (other !== moved)
      for (const term of led)
        if (views[other]!.led.includes(term))
          return `election safety: ${ids[other]} and ${ids[moved]} are both elected in term ${term}`
  return null
}

/** "If two logs contain an entry with the same index and term, then the logs are identical … up through the given index." */
function logsDiffer(ids: readonly string[], views: readonly MemberView[], moved: number): string | null {
  const { log, disk } = views[moved]!
  for (let other = 0; other < views.length; other++) {
    const { log: otherLog, disk: otherDisk } = views[other]!
    const fine =
      match(log, otherDisk) && match(disk, otherDisk) && match(log, otherLog) && match(disk, otherLog)
    if (!fine)
      return `log matching: the logs of ${ids[moved]} and ${ids[other]} agree at an entry and not below it`
  }
  return null
}

function match(one: readonly number[], other: readonly number[]): boolean {
  let at = Math.min(one.length, other.length) - 1
  while (at >= 0 && one[at] !== other[at]) at--
  while (at >= 0 && one[at] === other[at]) at--
  return at < 0
}

/** "If a log entry is committed in a given term, then that entry will be present in the logs of the leaders for all higher-numbered terms." */
function leaderLacks(
  ids: readonly string[],
  views: readonly MemberView[],
  { terms, knownIn }: Committed,
): string | null {
  for (let place = 0; place < views.length; place++) {
    const { role, term, log } = views[place]!
    if (role !== 'leader') continue
    for (let at = 0; at < terms.length; at++)
      if (knownIn[at]! < term && log[at] !== terms[at])
        return `leader completeness: ${ids[place]} leads term ${term} without entry ${at + 1} of term ${terms[at]}, which is committed`
  }
  return null
}

/** What is committed is on the disks of a majority. */
function notDurable(views: readonly MemberView[], { terms }: Committed): string | null {
  for (let at = 0; at < terms.length; at++) {
    let holders = 0
    for (const { disk } of views) if (disk[at] === terms[at]) holders++
    if (holders * 2 <= views.length)
      return `durable on a quorum: entry ${at + 1} of term ${terms[at]} is committed and on ${holders} of ${views.length} disks`
  }
  return null
}

/** What a leader takes for durable at another member is so, and the same as its own, unless a later leader has been heard there. */
function matchTooHigh(ids: readonly string[], views: readonly MemberView[]): string | null {
  for (let place = 0; place < views.length; place++) {
    const { matches, log, term } = views[place]!
    for (let other = 0; other < matches.length; other++) {
      const { disk, diskTerm } = views[other]!
      if (diskTerm > term) continue
      for (let at = 0; at < matches[other]!; at++)
        if (disk[at] !== log[at])
          return `match: ${ids[place]} takes entry ${at + 1} to be durable at ${ids[other]}`
    }
  }
  return null
}
