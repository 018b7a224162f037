/** What users would write first, with what they install for it. */

/** Three hosts over a transport that its user wrote, with packages of ours below and above it. */
export const ownTransport = `
import { createClient } from '@rafted/client'
import { defineValue } from '@rafted/contracts'
import { realClock, realRandom } from '@rafted/contracts/node'
import { openHost } from '@rafted/host'
import { memoryStorage } from '@rafted/storage'

const places = new Map()

/** Carries batches by hand, one at a time. */
class Handcart {
  maxBatchBytes = 1 << 20
  constructor(address) {
    this.address = address
  }
  async listen(events) {
    this.events = events
    places.set(this.address, this)
  }
  send(address, batch) {
    const to = places.get(address)
    if (to === undefined) return false
    const copy = batch.slice()
    const from = { name: this.address, role: 'peer', reply: this.address }
    setImmediate(() => places.get(address) === to && to.events.onBatch(from, copy))
    return true
  }
  async close() {
    places.delete(this.address)
  }
}

const counter = defineValue({
  init: () => 0,
  commands: { add: (n, by) => [n + by, n + by] },
  queries: { current: (n) => n },
})

const seams = { clock: realClock, random: realRandom }
const open = (id) => {
  const { logs, snapshots } = memoryStorage().open()
  return openHost({ id, cluster: 'shop', transport: new Handcart(id), logs, snapshots, durable: false, ...seams })
}
const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(open))
await a.createGroup('counter', { machine: counter })
for (const host of [b, c]) await host.group('counter', { machine: counter, join: ['a'] })

const client = createClient({ link: c.link, addresses: ['a', 'b', 'c'], ...seams })
await client.value('counter', counter).add(2)
console.log(await client.value('counter', counter).current())
await client.close()
for (const host of [c, b, a]) await host.close()
`

/** Three hosts on files, over TCP, on the ports that are its arguments. */
export const overTcp = `
import { defineValue, openHost } from 'rafted'

const queue = defineValue({
  init: () => [],
  commands: { enqueue: (q, item) => [q.length, [...q, item]] },
  queries: { all: (q) => q },
})
const join = process.argv.slice(2).map((port) => '127.0.0.1:' + port)
const open = (listen, i) => openHost({ id: 'abc'[i], cluster: 'shop', listen, dir: 'data/' + i })
const hosts = await Promise.all(join.map(open))
for (const host of hosts) await host.group('queue', { machine: queue, join })
await hosts[0].createGroup('queue', { machine: queue })
await hosts[1].value('queue', queue).enqueue('first')
console.log(await hosts[2].value('queue', queue).all())
for (const host of hosts) await host.close()
`

/** CommonJS may require packages that are ES modules, from the oldest Node.js on that they are made for. */
export const fromCommonJs = `
const { openHost, RaftedError } = require('rafted')
console.log(typeof openHost, new RaftedError('unreachable', '', { outcome: 'not-applied' }) instanceof Error)
`
