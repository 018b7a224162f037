/** Hosts that are found by DNS, asked of a name server on this machine (F99d). */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { expect, test } from 'vitest'
import { dnsHosts, dnsService } from '../src/index.ts'
import { afterwards } from './end.ts'

/** By the numbers of the record types: A, AAAA, SRV. */
type Records = Readonly<Record<number, readonly Uint8Array[]>>

function nameOf(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ])
}

const srv = (target: string, port: number): Uint8Array =>
  Buffer.concat([Buffer.from([0, 1, 0, 1, port >> 8, port & 255]), nameOf(target)])

/** A name server that knows one name. @returns a resolver that asks it. */
async function nameServer(known: string, records: Records): Promise<Resolver> {
  const socket = createSocket('udp4')
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5)
    const isKnown = question.subarray(0, -4).equals(nameOf(known))
    const answers = (isKnown ? records[question.readUInt16BE(question.byteLength - 4)] : undefined) ?? []
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2)
    head.writeUInt16BE(answers.length, 6)
    head.writeUInt32BE(0, 8)
    const written = answers.map((data) => {
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0)
      question.copy(record, 2, question.byteLength - 4)
      record.writeUInt32BE(1, 6)
      record.writeUInt16BE(data.byteLength, 10)
      return Buffer.concat([record, data])
    })
    socket.send(Buffer.concat([head, question, ...written]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  afterwards(() => socket.close())
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return resolver
}

test('all addresses of a name, with a port', async () => {
  const records = {
    1: [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])],
    28: [Buffer.from([...Array(15).fill(0), 1])],
  }
  const resolver = await nameServer('rafted.shop.test', records)
  expect([...(await dnsHosts('rafted.shop.test', 7000, { resolver })())].sort()).toEqual([
    '10.0.0.1:7000',
    '10.0.0.2:7000',
    '[::1]:7000',
  ])
  expect(await dnsHosts('other.shop.test', 7000, { resolver })()).toEqual([])
})

test('the targets and ports of a service', async () => {
  const resolver = await nameServer('_rafted._tcp.shop.test', {
    33: [srv('a.shop.test', 7000), srv('b.shop.test', 7001)],
  })
  const found = await dnsService('_rafted._tcp.shop.test', { resolver })()
  expect([...found].sort()).toEqual(['a.shop.test:7000', 'b.shop.test:7001'])
  expect(await dnsService('_rafted._tcp.other.test', { resolver })()).toEqual([])
})

test('a name server that fails is no empty answer', async () => {
  const resolve = async (): Promise<never> => {
    throw Object.assign(new Error('query refused'), { code: 'EREFUSED' })
  }
  const resolver = { resolve4: resolve, resolve6: resolve, resolveSrv: resolve }
  await expect(dnsHosts('a.test', 1, { resolver })()).rejects.toThrow('query refused')
  await expect(dnsService('a.test', { resolver })()).rejects.toThrow('query refused')
})
