/**
 * One host of the queue, in a process of its own: the same program on every machine. ID says who it is, LISTEN where others reach
 * it, DIR where its files are, JOIN which hosts there are; then it does what it is asked by the story.
 */
import { openHost } from 'rafted'
import { answerStory } from './answer-story.ts'
import { queue } from './queue.ts'
import { group, type QueueHost, queueHost } from './queue-host.ts'

const { ID: id = '', LISTEN: listen = '', DIR: dir = '', JOIN: join = '' } = process.env

async function open(): Promise<QueueHost> {
  const host = await openHost({ id, cluster: 'example', listen, dir })
  await host.group(group, { machine: queue, join: join.split(',') })
  return queueHost(host)
}

answerStory(id, open())
