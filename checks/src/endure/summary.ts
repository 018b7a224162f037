/** What a run came to, for people. */
import { type EnduranceResult, LONGEST_GAP_MS, percent } from './endurance.ts'
import { IN_FLIGHT } from './tally.ts'

/** A table, what differed, and the line that counts. */
export function summaryOf({
  options,
  problems,
  aborted,
  tally,
  progress,
  report,
  sums,
  appliedIndex,
  tookMs,
  loadMs,
  kept,
}: EnduranceResult): string[] {
  const { kills, stops, restarts, inFlight, killsInAll, killsOfLeader } = tally
  const rows: [string, string][] = [
    [
      'run',
      `${options.seconds} s, seed ${options.seed}, ${options.hosts} hosts, ${seconds(tookMs)} s in all`,
    ],
    [
      'kills',
      `of the leader ${kills.leader}, of a follower ${kills.follower}, of all at once ${kills.all}, ` +
        `during start-up ${kills.starting}; ${killsOfLeader} of ${killsInAll} met the leader`,
    ],
    ['stops', `of the leader ${stops.leader}, of a follower ${stops.follower}, of all at once ${stops.all}`],
    [
      'in flight',
      `min ${inFlight.min}, median ${inFlight.median} commands at kills; ${percent(inFlight.share)} met ${IN_FLIGHT} or more, ` +
        `${tally.whileServing} of ${killsInAll} in the middle of acknowledgements`,
    ],
    [
      'silence',
      `nothing acknowledged for ${seconds(progress.longestHealthyGapMs)} s at most while a majority ran ` +
        `(${seconds(LONGEST_GAP_MS)} s are allowed), ${seconds(progress.longestGapMs)} s in all`,
    ],
    ['restarts', String(restarts)],
    [
      'throughput',
      `${(progress.acknowledged / ((loadMs || tookMs) / 1000)).toFixed(0)} acknowledged commands/s`,
    ],
  ]
  if (report !== null)
    rows.push(
      ['clients', `${report.clients}, one after the other; ${report.reads} reads`],
      [
        'appends',
        `${sums.acknowledged} acknowledged, ${sums.unknown} left open, of which ${sums.unknownApplied} took effect`,
      ],
      ['registers', `${report.operations} operations in ${report.histories} histories`],
      ['members', `all have applied ${appliedIndex} entries`],
    )
  const lines = rows.map(([name, text]) => `${name.padEnd(12)}${text}`)
  for (const problem of problems) lines.push(`problem: ${problem}`)
  if (aborted) lines.push('ended before its time, and not audited')
  if (kept !== null) lines.push(`the directories of the hosts are kept in ${kept}`)
  const { lost, duplicated } = sums.lost + sums.duplicated > 0 ? sums : progress
  lines.push(
    `kills ${killsInAll}, acknowledged ${progress.acknowledged}, lost ${lost}, duplicated ${duplicated}`,
  )
  return lines
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
