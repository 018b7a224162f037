/** One host of the queue, in a process of its own: the same program on every machine. ID says who it is, DIR where its files are, NATS_URL where the server is. */
import { answerQuestions } from '@rafted/testing'
import { connect } from 'nats'
import { type Host, openHost } from 'rafted-nats'
import { group, ids, queue } from './queue.ts'

const { ID: id = '', DIR: dir = '', NATS_URL: servers = '' } = process.env

async function open(): Promise<Host> {
  const nats = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 100 })
  const host = await openHost({ id, cluster: 'example', dir, nats })
  await host.group(group, { machine: queue, join: ids })
  return host
}

const opened = open().catch((error: unknown) => {
  console.error(`${id}: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
})

// All that the story asks is how the member stands here.
answerQuestions(async () => (await opened).status(group))
