/** One host with a cell, in a process of its own, on files and loopback TCP. */
import { answerQuestions } from '@rafted/testing'
import { openHost } from 'rafted'
import { cell } from './cell.ts'
import { closedLoop, type Durations } from './measure.ts'

/** Resident memory, and what the engine and buffers hold, bytes. */
export interface HostMemory {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

/** Queries called here, through this host. */
export interface LocalQueries {
  readonly read: 'lease' | 'linearizable'
  readonly on: 'leader' | 'here'
  readonly concurrency: number
  readonly durations: Durations
}

export type CellQuestion = 'ready' | 'close' | 'memory' | 'status' | { readonly queries: LocalQueries }

const [id, listen, dir, ...join] = process.argv.slice(2)
const host = await openHost({ id: id!, cluster: 'bench', listen: listen!, dir: dir! })
await host.group('cell', { machine: cell, join })

answerQuestions(async (asked) => {
  const question = asked as CellQuestion
  if (question === 'close') await host.close()
  if (question === 'memory') {
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, heapUsed, external } satisfies HostMemory
  }
  if (question === 'status') return host.status('cell')
  if (typeof question !== 'object') return null
  const { read, on, concurrency, durations } = question.queries
  const handle = host.value('cell', cell).with({ read, on })
  return await closedLoop(() => handle.get(), concurrency, durations)
})
