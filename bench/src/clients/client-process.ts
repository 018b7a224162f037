/** One of several clients, in a process of its own. */
import { answerQuestions } from '@rafted/testing'
import { createClient } from 'rafted'
import { cell } from '../cell.ts'
import { closedLoop, type Durations } from '../measure.ts'

/** So many commands under way here, of so many bytes. */
export interface ClientQuestion {
  readonly size: number
  readonly concurrency: number
  readonly durations: Durations
}

const client = await createClient({ cluster: 'bench', addresses: process.argv.slice(2) })
const handle = client.value('cell', cell)

answerQuestions(async (asked) => {
  const { size, concurrency, durations } = asked as ClientQuestion
  const payload = new Uint8Array(size).fill(0x61)
  return await closedLoop(() => handle.put(payload), concurrency, durations)
})
