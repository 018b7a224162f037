/** docs/tcp-protocol.md says what travels: here it is taken apart by what the page says, and compared with the source. */
import { createHash, createHmac, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { certificateName } from '../src/certificate.ts'
import { ALIVE_EVERY_MS } from '../src/connection.ts'
import { ALIVE } from '../src/frames.ts'
import * as greeting from '../src/greeting.ts'
import { DiallerHandshake, ListenerHandshake, refusalMessage } from '../src/handshake.ts'
import { limitsOf } from '../src/limits.ts'
import { refusal } from '../src/refusal.ts'
import { sealsOf } from '../src/seals.ts'
import { selfOf } from './raw-peer.ts'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const page = read('../../../docs/tcp-protocol.md')

function table(title: string): string[][] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${title} |`))
  expect(start, `a table ${title}`).toBeGreaterThan(0)
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** The four messages that the page shows, byte by byte. */
const shown = /^```text\n(.*?)^```$/ms.exec(page)![1]!
const bytes = Buffer.from(
  shown
    .split('\n')
    .map((line) => /^(?:[0-9a-f]{2} ?)*/.exec(line.slice(0, 49))![0])
    .join('')
    .replaceAll(' ', ''),
  'hex',
)

class Taker {
  at = 0
  uint(size: number): number {
    return Buffer.from(this.take(size)).readUIntLE(0, size)
  }
  take(count: number): Buffer {
    this.at += count
    expect(this.at).toBeLessThanOrEqual(bytes.byteLength)
    return bytes.subarray(this.at - count, this.at)
  }
  part(part: string): number | string {
    const count = /^(\d+) bytes$/.exec(part)?.[1]
    if (count !== undefined) return this.take(Number(count)).toString('hex')
    if (part === 'text') return this.take(this.uint(1)).toString()
    return this.uint(Number(/^u(\d+)$/.exec(part)![1]) / 8)
  }
  /** Fields as "`name` part · `name` part". */
  fields(list: string): Record<string, number | string> {
    const introduction = /^`withSecret`.*$/m.exec(page)![0]
    return Object.fromEntries(
      list
        .replace('introduction', introduction)
        .split(' · ')
        .map((field) => {
          const [, name, part] = /^`(\w+)` (.+)$/.exec(field)!
          return [name!, this.part(part!)]
        }),
    )
  }
}

describe('docs/tcp-protocol.md', () => {
  test('shows a handshake that can be taken apart by its tables', () => {
    const messages = table('message')
    const taker = new Taker()
    const [magic] = table('field of the head')
    const heads = messages.slice(0, 4).map(([, kind, body]) => {
      const begin = taker.at
      expect(taker.uint(4)).toBe(Number(/0x[0-9a-f]+/i.exec(magic![2]!)![0]))
      expect(taker.uint(1)).toBe(Number(kind))
      expect([taker.uint(2), taker.uint(2)]).toEqual(greeting.VERSIONS)
      const length = taker.uint(2)
      const start = taker.at
      const fields = body!.includes('proof') ? { proof: taker.take(32).toString('hex') } : taker.fields(body!)
      expect(taker.at - start).toBe(length)
      return { fields, bytes: bytes.subarray(begin, taker.at) }
    })
    expect(taker.at).toBe(bytes.byteLength)
    const [hello, challenge, proof, accepted] = heads
    const both = { withSecret: 1, largest: 16 * 1024 * 1024, cluster: 'shop' }
    expect(hello!.fields).toEqual({
      ...both,
      lane: 1,
      role: 1,
      nonce: 'a1'.repeat(32),
      instance: '01'.repeat(16),
      name: 'a',
      address: 'a:7000',
    })
    expect(challenge!.fields).toEqual({
      ...both,
      version: 1,
      nonce: 'b2'.repeat(32),
      instance: '02'.repeat(16),
      name: 'b',
      address: 'b:7000',
    })
    // The proofs, by the words of the page alone.
    const secret = /With the secret `([^`]+)`/.exec(page)![1]!
    const label = /^`(rafted tcp handshake, proof of the )<dialler or listener>\\n`/m.exec(page)![1]!
    for (const [prover, message] of [
      ['dialler', proof],
      ['listener', accepted],
    ] as const) {
      const mac = createHmac('sha256', secret).update(`${label}${prover}\n`)
      expect(message!.fields.proof).toBe(mac.update(hello!.bytes).update(challenge!.bytes).digest('hex'))
    }
  })

  test('shows what the source says', () => {
    const self = (name: string, nonce: number, instance: number) =>
      selfOf(name, {
        secret: 'sixteen bytes...',
        address: `${name}:7000`,
        largest: 16 * 1024 * 1024,
        nonce: Buffer.alloc(32, nonce),
        instance: Buffer.alloc(16, instance),
      })
    const dialler = new DiallerHandshake(self('a', 0xa1, 1), 'urgent')
    const listener = new ListenerHandshake(self('b', 0xb2, 2))
    const message = (sent: Uint8Array | null): greeting.Message => greeting.messageIn(Buffer.from(sent!))!
    const challenge = listener.take(message(dialler.first)).send!
    const proof = dialler.take(message(challenge)).send!
    const accepted = listener.take(message(proof)).send!
    expect(bytes.toString('hex')).toBe(
      Buffer.concat([dialler.first, challenge, proof, accepted]).toString('hex'),
    )
  })

  test('F93f: seals frames as it says', () => {
    const hello = greeting.messageIn(bytes)!.bytes
    const challenge = greeting.messageIn(bytes.subarray(hello.byteLength))!.bytes
    const secret = /With the secret `([^`]+)`/.exec(page)![1]!
    const info = /^`(rafted tcp batches of the )<dialler or listener>\\n`/m.exec(page)![1]!
    const salt = createHash('sha256').update(hello).update(challenge).digest()
    const key = Buffer.from(hkdfSync('sha256', secret, salt, `${info}dialler\n`, 32))
    const shown = /^`(02 00 00 00 68 69( [0-9a-f]{2}){16})`$/m.exec(page)![1]!.replaceAll(' ', '')
    const frame = Buffer.from(shown, 'hex')
    const mac = createHmac('sha256', key).update(Buffer.alloc(8)).update(frame.subarray(0, 6)).digest()
    expect(frame.subarray(6).toString('hex')).toBe(mac.subarray(0, 16).toString('hex'))
    const seals = sealsOf(Buffer.from(secret), 'listener', hello, challenge)!
    expect(seals.inbound.isNext(frame.subarray(0, 4), frame.subarray(4, 6), frame.subarray(6))).toBe(true)
  })

  test('names the numbers of the source', () => {
    expect(
      Object.fromEntries(table('message').map(([name, kind]) => [name!.replaceAll('`', ''), Number(kind)])),
    ).toEqual(greeting.Kind)
    expect(table('field of the head').at(-1)![2]).toContain(greeting.MOST_BODY_BYTES.toLocaleString('en'))
    expect(Number(/0x80000000/.exec(table('length of a frame')[1]![0]!)![0])).toBe(ALIVE)
    expect(page).toContain(`when it has sent nothing else for ${ALIVE_EVERY_MS} ms`)
    const limits = limitsOf({})
    for (const name of ['handshakeMs', 'silenceMs', 'frameMs'] as const) {
      const number = limits[name] < 10_000 ? String(limits[name]) : limits[name].toLocaleString('en')
      expect(page).toContain(`\`${name}\`, ${number} ms`)
    }
    for (const [code, reason] of [
      ['version-mismatch', '1 no common version'],
      ['wrong-cluster', '2 another cluster'],
      ['wrong-secret', '3 another secret'],
      ['overloaded', '4 too many connections'],
      ['wrong-certificate', '5 a certificate'],
    ] as const) {
      expect(page).toContain(reason)
      expect(greeting.messageIn(Buffer.from(refusalMessage(refusal(code, ''))!))!.body[0]).toBe(
        Number(reason[0]),
      )
    }
  })

  test('F94f: names hosts and clients as certificates do', () => {
    const uris = table('URI').map(([uri]) => uri!.replaceAll('`', ''))
    const fill = (uri: string): string => uri.replace('<cluster>', 'shop').replace(/<id>|<name>/, 'x')
    expect(uris.map(fill)).toEqual([
      certificateName('shop', 'host', 'x'),
      certificateName('shop', 'client', 'x'),
    ])
  })

  test('names the counters', () => {
    const counters = [...read('../src/report.ts').matchAll(/^ {2}\| '(tcp_\w+)'$/gm)].map(
      (match) => match[1]!,
    )
    expect(counters.length).toBeGreaterThan(3)
    expect(table('counter').map(([name]) => name!.replaceAll('`', ''))).toEqual(counters)
  })
})
