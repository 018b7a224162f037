/** A host of the store, with its HTTP API. Runs until SIGTERM. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { kv, kvStore } from '@rafted/recipes'
import { openHost } from 'rafted'
import { apiOf, GROUP } from './api.ts'
import { addressOf, settingsOf } from './settings.ts'

const { id, listen, dir, hosts, http, secret } = settingsOf()
const host = await openHost({ id, cluster: 'kv-http', listen, dir, secret })

// Before the group is opened, so that probes are answered meanwhile.
const api = apiOf(host, kv(host.value(GROUP, kvStore)))
const server = serve({ fetch: api.app.fetch, ...addressOf(http) })

// Opening the files anew is the way out, and that is a restart.
host.on('storage-failed', () => process.exit(1))

let isClosing = false
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, async () => {
    // Whoever asks twice doesn't want to wait.
    if (isClosing) process.exit(1)
    isClosing = true
    // Nobody new; streams end, and who is being answered still is.
    const closed = once(server, 'close')
    server.close()
    await api.close()
    // A connection whose stream has ended stays open, for a request that is not to come any more.
    const idle = setInterval(() => (server as Server).closeIdleConnections(), 50)
    await closed
    clearInterval(idle)
    // What is led here is led elsewhere before this resolves.
    await host.close()
    process.exit(0)
  })

// A request that is made again is found to be the same one as long as its key is among these.
const settings = { retainedResults: 10_000 }
await host.group(GROUP, { machine: kvStore, join: hosts, settings })
console.log(`${id} answers on http://${http}`)
