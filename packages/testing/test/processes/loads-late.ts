import { once } from 'node:events'
import { answerQuestions } from '../../src/processes/child-host.ts'

if (process.connected) await once(process, 'disconnect')
// Goes on for ever, unless it is ended.
setInterval(() => {}, 60_000)
answerQuestions(() => null)
