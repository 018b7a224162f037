/** What the schedule is for: a report for every second, as a file. Here all processes have one directory; elsewhere it would be a database. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Report {
  /** The second that it is for, milliseconds since 1970. */
  readonly occurrence: number
  readonly by: string
  /** How often it was begun. */
  readonly attempt: number
}

/**
 * Writes the report of a second, unless it is there: a process that has died may have written it before it could say so. @returns whether it is new.
 */
export function write(directory: string, { occurrence, ...report }: Report): boolean {
  try {
    writeFileSync(join(directory, String(occurrence)), JSON.stringify(report), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false
    throw error
  }
}

/** All reports that are written, in the order of their seconds. */
export function all(directory: string): Report[] {
  return readdirSync(directory)
    .map((name) => ({ occurrence: Number(name), text: readFileSync(join(directory, name), 'utf8') }))
    .filter(({ text }) => text.endsWith('}'))
    .map(({ occurrence, text }) => ({ ...(JSON.parse(text) as Omit<Report, 'occurrence'>), occurrence }))
    .sort((a, b) => a.occurrence - b.occurrence)
}

/** Seconds between the first and the last report that have none. */
export function missing(reports: readonly Report[]): number {
  const [first, last] = [reports[0]!, reports.at(-1)!]
  return (last.occurrence - first.occurrence) / 1000 + 1 - reports.length
}
