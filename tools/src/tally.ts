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
export type VitestReport = { testResults: VitestFile[] }
type VitestFile = { name: string; status: string; message?: string; assertionResults: VitestTest[] }
type VitestTest = { status: string; fullName: string; failureMessages?: string[] | null }

export function tallyVitest(report: VitestReport): Tally {
  const tally = emptyTally()
  for (const file of report.testResults) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') tally.passed++
      else if (status !== 'failed') tally.skipped++
    }
  }
  tally.failed = failuresOf(report).length
  return tally
}

/** What failed, and why in a few lines. */
export type Failure = { file: string; test: string; why: string }

export function failuresOf(report: VitestReport): Failure[] {
  return report.testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed')
    // A file that could not be loaded has no tests to blame.
    if (failed.length === 0 && file.status === 'failed')
      return [{ file: file.name, test: 'the file itself', why: shorten(file.message ?? '') }]
    return failed.map(({ fullName, failureMessages }) => ({
      file: file.name,
      test: fullName.trim(),
      why: shorten(failureMessages?.join('\n') ?? ''),
    }))
  })
}

/** Enough to go on with where only the end of what a run printed was kept. */
const SHOWN = { lines: 12, characters: 1_500 }

function shorten(text: string): string {
  return text.trim().slice(0, SHOWN.characters).split('\n').slice(0, SHOWN.lines).join('\n')
}
