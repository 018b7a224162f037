/** A host of the group, with probes. Runs until SIGTERM. */
import { createServer } from 'node:http'
import { constants } from 'node:os'
import { openHost, probes } from 'rafted'
import { queue } from './queue.js'
import { env, hosts, secret } from './settings.js'

const host = await openHost({
  id: env.ID,
  cluster: env.CLUSTER,
  listen: env.LISTEN,
  advertise: env.ADVERTISE,
  dir: env.DIR,
  secret,
})

// Before the group is opened, which takes a while where its value is large.
const [, address, port] = /^(.*):(\d+)$/.exec(env.PROBES)
createServer(probes(host, { groups: ['queue'] })).listen(Number(port), address)

// Opening the files anew is the way out, and that is a restart.
host.on('storage-failed', () => process.exit(1))

let isClosing = false
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT']))
  process.on(signal, async () => {
    // Whoever asks twice doesn't want to wait.
    if (isClosing) process.exit(128 + constants.signals[signal])
    isClosing = true
    // What is led here is led elsewhere before this resolves.
    await host.close()
    process.exit(0)
  })

await host.group('queue', { machine: queue, join: hosts })
console.log(`host ${env.ID} runs`)
