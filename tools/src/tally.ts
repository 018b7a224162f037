/** How many checks ran and how they ended. */
export type Tally = { passed: number; failed: number; skipped: number }

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: 0 }
}

export function addTally(into: Tally, more: Tally): void {
  into.passed += more.passed
  into.failed += more.failed
  into.skipped += more.skipped
}

export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

const tallyLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/

/** The tally a program's output ends with, or null. */
export function parseTally(output: string): Tally | null {
  const match = tallyLine.exec(output.trimEnd().split('\n').at(-1) ?? '')
  if (!match) return null
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) }
}

/** What is read of the report that Vitest writes. */
export type VitestReport = {
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

export function tallyVitest(report: VitestReport): Tally {
  const tally = emptyTally()
  for (const file of report.testResults) {
    const failedBefore = tally.failed
    for (const { status } of file.assertionResults) {
      if (status === 'passed') tally.passed++
      else if (status === 'failed') tally.failed++
      else tally.skipped++
    }
    // A file that could not be loaded has no tests to blame.
    if (file.status === 'failed' && tally.failed === failedBefore) tally.failed++
  }
  return tally
}
