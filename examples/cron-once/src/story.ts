/** Three processes with one schedule, the leader of which is killed: every second has its report, once. See README.md. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scheduler, schedules } from '@rafted/recipes'
import { ChildHost } from '@rafted/testing'
import { createClient, type MemberStatus } from 'rafted'
import { all, missing, type Report } from './reports.ts'

/** Seconds before the leader is killed, and after. */
const seconds = { before: 3, after: 4 }
const ids = ['a', 'b', 'c']
const directory = mkdtempSync(join(tmpdir(), 'rafted-cron-'))
const reports = join(directory, 'reports')
mkdirSync(reports)
const addresses = (await freePorts(ids.length)).map((port) => `127.0.0.1:${port}`)
const services = new Map(ids.map((id, at) => [id, start(id, addresses[at]!)]))

// However this process ends, nothing stays behind.
process.once('exit', () => {
  for (const service of services.values()) service.signal('SIGKILL')
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await Promise.all(ids.map(status))
const client = await createClient({ cluster: 'example', addresses })
await client.createGroup('schedules', { at: addresses[0]! })
console.log(`Three processes with one schedule, a report for each second; ${await leader()} leads`)

await until(() => all(reports).length >= seconds.before)
const killed = await leader()
await services.get(killed)!.kill()
services.delete(killed)
const last = all(reports).at(-1)!.occurrence
console.log(`  kill ${killed}, which leads`)
await until(() => all(reports).at(-1)!.occurrence >= last + seconds.after * 1000)
// What the killed one has claimed and not written is written by another when that claim has lapsed.
const end = performance.now() + 10_000
await until(() => missing(all(reports)) === 0 || performance.now() > end)

const found = all(reports)
const begun = await scheduler(client.value('schedules', schedules)).history('report')
await client.close()
for (const report of found) console.log(line(report))
const none = missing(found)
const attempts = begun.map(({ occurrence, attempt }) => `${occurrence} ${attempt}`)
const twice = attempts.length - new Set(attempts).size
console.log(`reports ${found.length}, missing ${none}, granted twice ${twice}`)
process.exit(none === 0 && twice === 0 ? 0 : 1)

/** Beside this module: the source of the program, or what that was compiled to. */
function start(id: string, listen: string): ChildHost {
  const program = new URL(`./service${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  const env = {
    ID: id,
    LISTEN: listen,
    DIR: join(directory, id),
    JOIN: addresses.join(','),
    REPORTS: reports,
  }
  return new ChildHost({ program, env })
}

function status(id: string): Promise<MemberStatus | null> {
  return services.get(id)!.ask('status') as Promise<MemberStatus | null>
}

/** The host that leads a group of all three. */
async function leader(): Promise<string> {
  for (;;) {
    const statuses = await Promise.all(ids.map(status))
    const at = statuses.findIndex(
      (one) => one?.role === 'leader' && one.configuration?.configuration.voters.length === ids.length,
    )
    if (at !== -1) return ids[at]!
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function line({ occurrence, by, attempt }: Report): string {
  const again = attempt > 1 ? `, in attempt ${attempt}` : ''
  return `  ${new Date(occurrence).toISOString().slice(11, 19)} by ${by}${again}`
}

/** That nobody listens on at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
  })
}
