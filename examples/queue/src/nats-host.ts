/**
 * One host of the queue, in a process of its own: the same program on every machine. ID says who it is, NATS_URL where the server is
 * that they meet at, DIR where its files are, JOIN which hosts there are; then it does what it is asked by the story.
 */
import { answerQuestions } from '@rafted/testing'
import { connect } from 'nats'
import { isRaftedError, openHost } from 'rafted-nats'
import { addressInUse } from './exit-codes.ts'
import { queue } from './queue.ts'
import { group, type Question, type QueueHost, queueHost } from './queue-host.ts'

const { ID: id = '', NATS_URL: servers = '', DIR: dir = '', JOIN: join = '' } = process.env

async function open(): Promise<QueueHost> {
  const nats = await connect({ servers, maxReconnectAttempts: -1 })
  const host = await openHost({ id, cluster: 'example', nats, dir })
  await host.group(group, { machine: queue, join: join.split(',') })
  return queueHost(host)
}

const opened = open().catch((error: unknown) => {
  console.error(`${id}: ${error instanceof Error ? error.message : error}`)
  process.exit(isRaftedError(error, 'address-in-use') ? addressInUse : 1)
})

answerQuestions(async (question) => {
  const [name, ...args] = question as Question
  const method: (...args: never[]) => Promise<unknown> = (await opened)[name]
  return method(...args)
})
