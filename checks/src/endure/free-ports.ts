/** Ports of this machine that a host can have for as long as a run takes, though it does not always listen. */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give to connections that are dialled: one of these could take the port of a host that is down. */
const LOWEST = 12_000
const HIGHEST = 32_000

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tries = 0; ports.size < count && tries < 1000; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (await isFree(port)) ports.add(port)
  }
  if (ports.size < count) throw new Error(`found no ${count} free ports from ${LOWEST} to ${HIGHEST}`)
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    const listening = once(server, 'listening')
    server.listen(port, '127.0.0.1')
    await listening
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
