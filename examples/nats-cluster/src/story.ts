/** Three hosts in processes of their own over one NATS server: a thousand items through a queue, while its leader and the server are killed. See README.md. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildHost } from '@rafted/testing'
import { connect } from 'nats'
import { createClient, type MemberStatus } from 'rafted-nats'
import { NatsServer } from './nats-server.ts'
import { group, ids, queue } from './queue.ts'

const items = 1000
const directory = mkdtempSync(join(tmpdir(), 'rafted-nats-'))
const server = await NatsServer.start()
const hosts = new Map(ids.map((id) => [id, start(id)]))

// However this process ends, nothing stays behind.
process.once('exit', () => {
  for (const host of hosts.values()) host.signal('SIGKILL')
  server.abandon()
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Beside this module: the source of the program, or what that was compiled to. */
function start(id: string): ChildHost {
  const program = new URL(`./host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  return new ChildHost({ program, env: { ID: id, DIR: join(directory, id), NATS_URL: server.url } })
}

const status = (id: string): Promise<MemberStatus | null> =>
  hosts.get(id)!.ask('status') as Promise<MemberStatus | null>

/** The host that leads a group of all three. */
async function leader(): Promise<string> {
  for (;;) {
    const all = await Promise.all(ids.map(status))
    const at = all.findIndex(
      (one) => one?.role === 'leader' && one.configuration?.configuration.voters.length === 3,
    )
    if (at !== -1) return ids[at]!
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

await Promise.all(ids.map(status))
const nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 })
const client = await createClient({ cluster: 'example', addresses: ids, nats })
await client.createGroup(group, { at: ids[0]! })
const handle = client.value(group, queue)
console.log(`Three processes at the NATS server on port ${server.port}; ${await leader()} leads`)

const sent = Array.from({ length: items }, (_, i) => `item ${i}`)
const answers = sent.map((item) => handle.enqueue(item))
await answers[items / 4]
const killed = await leader()
console.log(`  kill ${killed}, which leads`)
await hosts.get(killed)!.kill()
hosts.set(killed, start(killed))
await answers[items / 2]
console.log('  kill the server, and start it again')
await server.kill()
const behind = handle.enqueue('behind it')
await server.start()
await Promise.all(answers)
await behind

const expected = [...sent, 'behind it']
// Commands of one client take effect in the order of the calls.
const received = await Promise.all(expected.map(() => handle.dequeue()))
const left = await handle.length()
const lost = expected.filter((item) => !received.includes(item)).length
const duplicated = received.length - new Set(received).size + left
const inOrder = expected.every((item, i) => received[i] === item)
await client.close()
await nats.close()
console.log(
  `acknowledged ${expected.length}, lost ${lost}, duplicated ${duplicated}${inOrder ? '' : ', out of order'}`,
)
process.exit(lost === 0 && duplicated === 0 && inOrder ? 0 : 1)
