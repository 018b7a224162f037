import { answerQuestions } from '../../src/processes/child-host.ts'

answerQuestions((question) => {
  if (question === 'fail') throw new Error('asked to')
  if (question === 'end') process.exit(3)
  return { question, pid: process.pid }
})
