/** What is kept of others goes when they do, and who is let in at all: parts that no traffic of one machine can show. */
import type { Socket } from 'node:net'
import { realClock } from '@rafted/contracts/node'
import { expect, test } from 'vitest'
import { Arrivals } from '../src/arrivals.ts'
import { Clients } from '../src/clients.ts'
import type { Connection } from '../src/connection.ts'
import type { Remote } from '../src/handshake.ts'
import { limitsOf } from '../src/limits.ts'
import { Report } from '../src/report.ts'

test('a client that has gone is known no more, under none of its names', () => {
  const clients = new Clients()
  const remote: Remote = {
    name: 'c',
    role: 'client',
    lane: 'urgent',
    address: '',
    instance: '01',
    largest: 1,
  }
  const reply = clients.replyTo(remote)
  const sent: string[] = []
  const connected = (lane: Remote['lane']): Connection => {
    const connection = {
      remote: { ...remote, lane },
      sender: { name: 'c', role: 'client', reply },
      send: () => sent.push(lane) > 0,
    } as unknown as Connection
    clients.attach(connection)
    return connection
  }
  const [urgent, bulk] = [connected('urgent'), connected('bulk')]
  expect(clients.send(reply, new Uint8Array(), 'bulk')).toBe(true)
  expect(clients.send(reply, new Uint8Array(), 'urgent')).toBe(true)
  clients.detach(bulk)
  expect(clients.send(reply, new Uint8Array(), 'bulk')).toBe(true)
  expect(sent).toEqual(['bulk', 'urgent', 'urgent'])
  expect(clients.replyTo(remote)).toBe(reply)
  clients.detach(urgent)
  expect(clients.send(reply, new Uint8Array(), 'urgent')).toBeNull()
  expect(clients.replyTo(remote)).not.toBe(reply)
})

test('without a secret nobody from another machine is let in', () => {
  const counts: string[] = []
  const report = new Report({ count: (name) => counts.push(name) }, realClock)
  const from = (remoteAddress: string | undefined): Socket =>
    ({ remoteAddress, once: () => {} }) as unknown as Socket
  const local = new Arrivals(limitsOf({}), report, true)
  for (const ip of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', undefined])
    expect(local.admit(from(ip))).toBe(false)
  for (const ip of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(local.admit(from(ip))).toBe(true)
  expect(counts).toEqual(['tcp_refused', 'tcp_refused', 'tcp_refused'])
  expect(new Arrivals(limitsOf({}), report, false).admit(from('10.0.0.1'))).toBe(true)
})
