/** One host of the queue, as the story sees it: in this process or in another. */
import type { Host, MemberStatus } from 'rafted'
import { queue } from './queue.ts'

/** The name of the group. */
export const group = 'queue'

export interface QueueHost {
  /** Creates the group here: done once, on one host. */
  createGroup(): Promise<void>
  /** How the member here stands; null while the host waits for the group. */
  status(): Promise<MemberStatus | null>
  enqueue(item: Uint8Array): Promise<number>
  dequeue(): Promise<Uint8Array | null>
  length(): Promise<number>
}

/** A method of `QueueHost` with its arguments: what is asked of a host in another process. */
export type Question = [name: keyof QueueHost, ...args: never[]]

/** @param host that runs the group already, or waits for it. */
export function queueHost(host: Host): QueueHost {
  const handle = host.value(group, queue)
  return {
    createGroup: () => host.createGroup(group, { machine: queue }),
    status: async () => host.status(group),
    enqueue: (item) => handle.enqueue(item),
    dequeue: () => handle.dequeue(),
    length: () => handle.length(),
  }
}
