/** The other side of what `floor.ts` measures. */
import { createServer } from 'node:net'
import { answerQuestions } from '@rafted/testing'
import { flushes } from './floor.ts'
import type { Durations } from './measure.ts'

answerQuestions(async (question) => {
  if (question === 'ready') return null
  if (question === 'echo') {
    const server = createServer({ noDelay: true }, (socket) =>
      socket.on('data', (data) => socket.write(data)),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }
  const { flush, durations } = question as { flush: string; durations: Durations }
  return await flushes(flush, durations)
})
