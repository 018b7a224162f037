/**
 * One host of the queue, in a process of its own: the same program on every machine. ID says who it is, NATS_URL where the server is
 * that they meet at, DIR where its files are, JOIN which hosts there are; then it does what it is asked by the story.
 */
import { connect } from 'nats'
import { openHost } from 'rafted-nats'
import { answerStory } from './answer-story.ts'
import { queue } from './queue.ts'
import { group, type QueueHost, queueHost } from './queue-host.ts'

const { ID: id = '', NATS_URL: servers = '', DIR: dir = '', JOIN: join = '' } = process.env

async function open(): Promise<QueueHost> {
  const nats = await connect({ servers, maxReconnectAttempts: -1 })
  const host = await openHost({ id, cluster: 'example', nats, dir })
  await host.group(group, { machine: queue, join: join.split(',') })
  return queueHost(host)
}

answerStory(id, open())
