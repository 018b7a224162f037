/** What a run came to, for people. */
import { type EnduranceResult, LONGEST_GAP_MS } from './endurance.ts'

/** A table, what differed, and the line that counts. */
export function summaryOf({
  options,
  problems,
  aborted,
  trouble,
  progress,
  report,
  sums,
  appliedIndex,
  tookMs,
  loadMs,
  kept,
}: EnduranceResult): string[] {
  const [name, count] = trouble?.count ?? ['faults', 0]
  const rows: (readonly [string, string])[] = [
    [
      'run',
      `${options.seconds} s, seed ${options.seed}, ${options.hosts} hosts, ${seconds(tookMs)} s in all`,
    ],
    ...(trouble?.rows() ?? []),
    [
      'silence',
      `nothing acknowledged for ${seconds(progress.longestHealthyGapMs)} s at most while a majority could serve ` +
        `(${seconds(options.longestGapMs ?? LONGEST_GAP_MS)} s are allowed), ${seconds(progress.longestGapMs)} s in all`,
    ],
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
  const lines = rows.map(([title, text]) => `${title.padEnd(12)}${text}`)
  for (const problem of problems) lines.push(`problem: ${problem}`)
  if (aborted) lines.push('ended before its time, and not audited')
  if (kept !== null) lines.push(`the directories of the hosts are kept in ${kept}`)
  const { lost, duplicated } = sums.lost + sums.duplicated > 0 ? sums : progress
  lines.push(
    `${name} ${count}, acknowledged ${progress.acknowledged}, lost ${lost}, duplicated ${duplicated}`,
  )
  return lines
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
