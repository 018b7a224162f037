/** The holder of a lock is stopped for longer than its lease, by a signal, in a process of its own (F61). */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isRaftedError } from '@rafted/contracts'
import { fence } from '@rafted/recipes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Processes } from './processes.ts'

const LEASE_MS = 1500

/** What only the holder may write to: it keeps the highest token that it has seen, with what was written. */
const guard = fence()
const written: string[] = []
const resource = createServer((request, response) => {
  const token = Number(new URL(request.url!, 'http://resource').searchParams.get('token'))
  let text = ''
  request.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  request.on('end', () => {
    try {
      guard.check(token)
      written.push(text)
      response.writeHead(204).end()
    } catch (error) {
      response.writeHead(isRaftedError(error, 'stale-token') ? 409 : 400).end()
    }
  })
})

let all: Processes

beforeAll(async () => {
  resource.listen(0, '127.0.0.1')
  await once(resource, 'listening')
  const url = `http://127.0.0.1:${(resource.address() as AddressInfo).port}/`
  all = await Processes.start(new URL('./holder-program.ts', import.meta.url), { URL_OF_RESOURCE: url })
}, 120_000)

afterAll(async () => {
  await all?.end()
  resource.close()
})

test.skipIf(process.platform === 'win32')(
  'its write comes too late and is refused, and it knows that it holds nothing any more',
  async () => {
    // The one that leads as well: the others have to find another leader meanwhile.
    const holder = await all.leader()
    const other = all.ids.find((id) => id !== holder)!
    const acquire = (id: string) => all.ask(id, 'acquire', LEASE_MS) as Promise<number>
    const write = (id: string) => all.ask(id, 'write')
    const first = await acquire(holder)
    expect(await write(holder)).toEqual({ status: 204, knew: false })

    all.stop(holder)
    const second = await acquire(other)
    expect(second).toBeGreaterThan(first)
    expect(await write(other)).toEqual({ status: 204, knew: false })

    const late = write(holder)
    all.goOn(holder)
    expect(await late).toEqual({ status: 409, knew: true })
    expect(await all.ask(holder, 'lost')).toBe('lease-lost')
    expect(await write(other)).toEqual({ status: 204, knew: false })
    expect(written).toEqual([holder, other, other])
    // Back in its turn, under a token of its own.
    const third = acquire(holder)
    await all.kill(other)
    expect(await third).toBeGreaterThan(second)
    expect(await write(holder)).toEqual({ status: 204, knew: false })
  },
)
