/** What the program of a host does for the story: it answers what it is asked, or ends with a code that says why it could not begin. */
import { answerQuestions } from '@rafted/testing'
import { isRaftedError } from 'rafted'
import { addressInUse } from './exit-codes.ts'
import type { Question, QueueHost } from './queue-host.ts'

export function answerStory(id: string, opening: Promise<QueueHost>): void {
  const opened = opening.catch((error: unknown) => {
    console.error(`${id}: ${error instanceof Error ? error.message : error}`)
    process.exit(isRaftedError(error, 'address-in-use') ? addressInUse : 1)
  })

  answerQuestions(async (question) => {
    const [name, ...args] = question as Question
    const method: (...args: never[]) => Promise<unknown> = (await opened)[name]
    return method(...args)
  })
}
