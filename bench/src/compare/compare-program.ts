/** Measures one load of one suite, in a process that does nothing else. */
import { answerQuestions } from '@rafted/testing'
import { files1p } from '../files-1p.ts'
import { files3p } from '../files-3p.ts'
import type { Durations } from '../measure.ts'
import { memory1p } from '../memory-1p.ts'
import type { Row } from '../row.ts'
import { runLoads } from '../run.ts'
import type { Load } from '../suite.ts'

export interface CompareQuestion {
  readonly config: string
  readonly load: Load
  readonly durations: Durations
}

const suites = [memory1p, files1p, files3p]

answerQuestions(async (question) => {
  const { config, load, durations } = question as CompareQuestion
  const rows: Row[] = []
  await runLoads(
    suites.find((suite) => suite.config === config)!,
    [load],
    durations,
    (row) => void rows.push(row),
  )
  return rows[0]
})
