/** A process that adds numbers for a few milliseconds, and then waits for as long: what its loop goes through is the machine's doing. */
import { answerQuestions } from '@rafted/testing'
import { type LoopFigures, LoopWatch } from './loop-watch.ts'

/** Either answer is of the time since the last one. */
export type BareQuestion = 'begin' | 'figures'

const EVERY_MS = 8
/** Some 4 ms on a processor of 2.1 GHz. */
const ADDITIONS = 6_000_000

const watch = new LoopWatch()
let sum = 0
setInterval(() => {
  for (let i = 0; i < ADDITIONS; i++) sum = (sum + i * 7) | 0
}, EVERY_MS)

answerQuestions(async (): Promise<LoopFigures> => watch.take())
