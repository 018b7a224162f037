/** The holder of a lock is stopped for longer than its lease, by a signal, in a process of its own (F61). */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRaftedError } from '@rafted/contracts'
import { fence } from '@rafted/recipes'
import { ChildHost } from '@rafted/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '../../src/endure/free-ports.ts'
import type { Led, LockHolderSetup, LockQuestion } from '../../src/lock-holder.ts'
import { until } from '../../src/until.ts'
import { compileChecks } from '../compiled.ts'

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

const directory = mkdtempSync(join(tmpdir(), 'rafted-lock-'))
const children = new Map<string, ChildHost>()

beforeAll(compileChecks, 120_000)

beforeAll(async () => {
  resource.listen(0, '127.0.0.1')
  await once(resource, 'listening')
  const url = `http://127.0.0.1:${(resource.address() as AddressInfo).port}/`
  const ids = ['a', 'b', 'c']
  const addresses = (await freePorts(ids.length)).map((port) => `127.0.0.1:${port}`)
  for (const [i, id] of ids.entries()) {
    const listen = addresses[i]!
    const setup = { id, listen, dir: join(directory, id), join: addresses, leaseMs: LEASE_MS, url }
    const child = new ChildHost({
      program: new URL('../../dist/lock-holder.js', import.meta.url),
      args: [JSON.stringify(setup satisfies LockHolderSetup)],
      execArgv: [],
    })
    children.set(id, child)
  }
  await Promise.all(ids.map((id) => ask(id, 'ready')))
  await ask('a', 'create')
})

afterAll(async () => {
  await Promise.all([...children.values()].map((child) => child.kill()))
  resource.close()
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

function ask(id: string, question: LockQuestion): Promise<unknown> {
  return children.get(id)!.ask(question)
}

test.skipIf(process.platform === 'win32')(
  'its write comes too late and is refused, and it knows that it holds nothing any more',
  async () => {
    // The one that leads as well: the others have to find another leader meanwhile.
    let holder: string | undefined
    await until(async () => {
      for (const id of children.keys()) {
        const { leads, voters } = (await ask(id, 'led')) as Led
        if (leads && voters === children.size) holder = id
      }
      return holder !== undefined
    })
    const other = [...children.keys()].find((id) => id !== holder)!
    const first = (await ask(holder!, 'acquire')) as number
    expect(await ask(holder!, 'write')).toEqual({ status: 204, knew: false })

    children.get(holder!)!.signal('SIGSTOP')
    const second = (await ask(other, 'acquire')) as number
    expect(second).toBeGreaterThan(first)
    expect(await ask(other, 'write')).toEqual({ status: 204, knew: false })

    const late = ask(holder!, 'write')
    children.get(holder!)!.signal('SIGCONT')
    expect(await late).toEqual({ status: 409, knew: true })
    expect(await ask(holder!, 'lost')).toBe('lease-lost')
    expect(await ask(other, 'write')).toEqual({ status: 204, knew: false })
    expect(written).toEqual([holder, other, other])
    // Back in its turn, under a token of its own.
    const third = ask(holder!, 'acquire')
    await children.get(other)!.kill()
    expect(await third).toBeGreaterThan(second)
    expect(await ask(holder!, 'write')).toEqual({ status: 204, knew: false })
  },
)
