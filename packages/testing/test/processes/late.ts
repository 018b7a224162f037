/** Begins to answer only when its channel has long been closed. */
import { answerQuestions } from '../../src/processes/child-host.ts'

process.stdout.write('begun\n')
const waiting = setInterval(() => {
  if (process.connected) return
  clearInterval(waiting)
  // Keeps the process for ever, as a listener does.
  setInterval(() => {}, 1000)
  setImmediate(() => answerQuestions((question) => question))
}, 1)
