/** The example of the front page. A test compares the two. */
import { defineValue, openHosts } from 'rafted-memory'

const queue = defineValue({
  init: () => [] as readonly string[],
  commands: { enqueue: (q, item: string) => [q.length, [...q, item]], dequeue: (q) => [q[0], q.slice(1)] },
  queries: { length: (q) => q.length },
})

const [a, b, c] = await openHosts('a', 'b', 'c')
await a.createGroup('queue', { machine: queue })
for (const host of [b, c]) await host.group('queue', { machine: queue, join: ['a'] })

const q = c.value('queue', queue)
await q.enqueue('first')
console.log(await q.length()) // 1

await Promise.all([a, b, c].map((host) => host.close()))
