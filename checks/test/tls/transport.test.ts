/** TLS in the TCP transport: who gets in by which certificate, and what others are told (F94f). */
import { createServer as createPlain, type Server } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { certificateName, type TcpTransportOptions } from '@rafted/transport-tcp'
import { describe, expect, test } from 'vitest'
import { until } from '../../src/until.ts'
import { Cable } from '../tcp-places.ts'
import { Authority, type Wish } from './certificates.ts'
import { afterwards, client, type End, host, message, Stranger } from './end.ts'

const ours = new Authority('ours')
const theirs = new Authority('theirs')

/** Issued by somebody else, and believing ours. */
const foreign = (wish: Wish) => ({ ...theirs.issue(wish), ca: ours.cert })
const named = (kind: 'host' | 'client', name: string, cluster = 'shop'): Wish => ({
  uris: [certificateName(cluster, kind, name)],
})

async function port(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(() => server.close())
  return (server.address() as { port: number }).port
}

/** A listener with these credentials, which lets in whoever comes and answers with this. */
async function trap(
  options: TlsOptions,
  answer: () => Buffer,
): Promise<{ readonly address: string; readonly heard: () => number }> {
  const strangers: Stranger[] = []
  const server = createServer({ requestCert: true, rejectUnauthorized: false, ...options }, (socket) => {
    strangers.push(new Stranger(socket))
    socket.once('data', () => socket.write(answer()))
  })
  server.on('tlsClientError', () => {})
  const address = `127.0.0.1:${await port(server)}`
  return { address, heard: () => strangers.reduce((sum, { received }) => sum + received.byteLength, 0) }
}

async function failed(end: End, count = 1): Promise<string[]> {
  await until(() => end.failures.length >= count)
  return end.failures
}

describe('F94f: who gets in', () => {
  test('hosts and clients, as who their certificates say, whatever is in a name; with a secret beside it too', async () => {
    for (const secret of [undefined, 'sixteen bytes and more']) {
      const ids = ['a', 'b/ü %2F, "URI:x"', 'rafted://shop/host/a']
      const hosts = await Promise.all(ids.map((id) => host(id, { tls: ours.host(id), secret })))
      const web = await client('web', { tls: ours.client('web'), secret })
      const [a] = hosts
      for (const [i, id] of ids.entries()) {
        expect(await hosts[i]!.reach(hosts[(i + 1) % 3]!, `from ${i}`)).toMatchObject({
          name: id,
          role: 'peer',
        })
        expect(await web.reach(hosts[i]!, 'from web')).toMatchObject({ name: 'web', role: 'client' })
      }
      // And back, over what the client has dialled.
      const { reply } = a!.arrivals.find(({ from }) => from.role === 'client')!.from
      expect(a!.transport.send(reply, Buffer.from('answer'), 'urgent')).toBe(true)
      await until(() => web.arrivals.some(({ text }) => text === 'answer'))
      expect(hosts.map(({ counts }) => counts)).toEqual([{}, {}, {}])
    }
  })

  test('nobody on the way can read what is said', async () => {
    const [a, b] = [await host('a', { tls: ours.host('a') }), await host('b', { tls: ours.host('b') })]
    const cable = await Cable.between('a', 'b', b.port)
    afterwards(() => cable.remove())
    const said = 'the winning numbers are 4 8 15 16 23 42'
    let carried = Buffer.alloc(0)
    cable.onCarried = (chunk) => {
      carried = Buffer.concat([carried, chunk])
    }
    a.transport.send(cable.address, Buffer.from(said), 'urgent')
    await until(() => b.arrivals.length === 1)
    expect(b.arrivals[0]!.text).toBe(said)
    expect(carried.byteLength).toBeGreaterThan(500)
    expect(carried.includes('winning')).toBe(false)
    expect(carried.includes('shop')).toBe(false)
  })

  test.each<[string, Wish | null, string]>([
    ['none', null, 'none'],
    ['one of another authority', named('host', 'x'), 'unknown-authority'],
    ['one that has expired', { ...named('host', 'x'), from: -3, until: -1 }, 'expired'],
    ['one that is not valid yet', { ...named('host', 'x'), from: 1 }, 'not-yet-valid'],
    ['one that is for servers only', { ...named('host', 'x'), purposes: ['server'] }, 'wrong-purpose'],
    ['that of another host', named('host', 'b'), 'wrong-name'],
    ['that of a host of another cluster', named('host', 'x', 'mall'), 'wrong-name'],
    ['one without a name', {}, 'wrong-name'],
    ['one with the name of the machine', { dns: ['x', '127.0.0.1'] }, 'wrong-name'],
    ['that of a client', named('client', 'x'), 'wrong-role'],
    [
      'one whose DNS name holds what looks like a URI',
      { dns: ['y, URI:rafted://shop/host/x'] },
      'wrong-name',
    ],
  ])('nobody who says it is host x and shows %s', async (what, wish, reason) => {
    const a = await host('a', { tls: ours.host('a') })
    const issuer = what.includes('another authority') ? theirs : ours
    const shown = wish === null ? {} : issuer.issue(wish)
    const stranger = await Stranger.secure(a.port, shown)
    stranger.socket.write(message('hello', 'x', 'peer', '127.0.0.1:9'))
    expect(await failed(a)).toEqual([`wrong-certificate ${reason}`])
    await until(() => stranger.closed)
    expect(a.events).toMatchObject([
      { level: 'warn', what: 'handshake-failed', address: '127.0.0.1', error: { outcome: 'not-applied' } },
    ])
    expect(a.counts).toEqual({ tcp_failed_handshakes: 1, tcp_wrong_certificates: 1 })
    expect(a.arrivals).toEqual([])
    // It is told: `refused`, for its certificate.
    expect(stranger.received.subarray(-1)).toEqual(Buffer.from([5]))
  })

  test('no client under the name of another one, and no host as a client', async () => {
    const a = await host('a', { tls: ours.host('a') })
    for (const [wish, reason] of [
      [named('client', 'eve'), 'wrong-name'],
      [named('host', 'web'), 'wrong-role'],
    ] as const) {
      const before = a.failures.length
      const stranger = await Stranger.secure(a.port, ours.issue(wish))
      stranger.socket.write(message('hello', 'web', 'client', ''))
      expect((await failed(a, before + 1)).at(-1)).toBe(`wrong-certificate ${reason}`)
    }
  })

  test.each<[string, Wish, string]>([
    ['of another authority', named('host', 'b'), 'unknown-authority'],
    ['that has expired', { ...named('host', 'b'), from: -3, until: -1 }, 'expired'],
    ['for clients only', { ...named('host', 'b'), purposes: ['client'] }, 'wrong-purpose'],
    ['of another host', named('host', 'c'), 'wrong-name'],
    ['of a host of another cluster', named('host', 'b', 'mall'), 'wrong-name'],
    ['of a client', named('client', 'b'), 'wrong-role'],
    ['for the address that was dialled', { dns: ['localhost', '127.0.0.1'] }, 'wrong-name'],
  ])('no listener that says it is host b and shows a certificate %s', async (what, wish, reason) => {
    const a = await host('a', { tls: ours.host('a') })
    const issuer = what.includes('another authority') ? theirs : ours
    const { address, heard } = await trap(issuer.issue(wish), () =>
      message('challenge', 'b', 'peer', '127.0.0.1:9'),
    )
    a.send(address)
    expect(await failed(a)).toEqual([`wrong-certificate ${reason}`])
    // Only to a host of the cluster is anything said.
    expect(heard() > 0).toBe(what === 'of another host')
    expect(a.events[0]).toMatchObject({ address })
    expect(a.counts.tcp_wrong_certificates).toBe(1)
  })

  test('who is refused is told that it is its certificate', async () => {
    const a = await host('a', { tls: ours.host('a') })
    const b = await host('b', { tls: foreign(named('host', 'b')) })
    b.send(a.address)
    expect(await failed(b)).toEqual(['wrong-certificate refused'])
    expect(await failed(a)).toEqual(['wrong-certificate unknown-authority'])
  })

  test('nobody with a wrong secret, where there is one beside the certificates', async () => {
    const a = await host('a', { tls: ours.host('a'), secret: 'sixteen bytes and more' })
    for (const secret of [undefined, 'another one of sixteen bytes']) {
      const before = a.failures.length
      const b = await host('b', { tls: ours.host('b'), secret })
      b.send(a.address)
      expect((await failed(a, before + 1)).at(-1)).toBe('wrong-secret')
    }
  })

  test('nobody by a session of before: the certificate is shown each time', async () => {
    const a = await host('a', { tls: ours.host('a') })
    const shown = ours.host('x')
    const sessions: Buffer[] = []
    const first = await Stranger.secure(a.port, { key: shown.key as string, cert: shown.cert as string })
    first.socket.on('session', (session: Buffer) => sessions.push(session))
    first.socket.write(message('hello', 'x', 'peer', '127.0.0.1:9'))
    await until(() => first.received.byteLength > 0)
    const session = sessions.at(-1) ?? first.socket.getSession()
    const second = await Stranger.secure(a.port, session === undefined ? {} : { session })
    second.socket.write(message('hello', 'x', 'peer', '127.0.0.1:9'))
    expect(await failed(a)).toEqual(['wrong-certificate none'])
    expect(second.isReused).toBe(false)
  })
})

describe('F94f: other ways to talk', () => {
  test('TLS 1.2 is spoken with nobody, on either side', async () => {
    const a = await host('a', { tls: ours.host('a') })
    const old = await Stranger.secure(a.port, { ...ours.issue(named('host', 'x')), maxVersion: 'TLSv1.2' })
    expect(await failed(a)).toEqual(['version-mismatch'])
    await until(() => old.closed)
    expect(old.received.byteLength).toBe(0)
    const old12 = { ...ours.issue(named('host', 'b')), maxVersion: 'TLSv1.2' } as const
    const { address } = await trap(old12, () => Buffer.alloc(0))
    a.send(address)
    expect((await failed(a, 2))[1]).toBe('version-mismatch')
  })

  test('who has TLS and who has none say so of each other', async () => {
    const secure = await host('a', { tls: ours.host('a') })
    const plain = await host('b', {})
    plain.send(secure.address)
    expect(await failed(secure)).toEqual(['bad-bytes'])
    await failed(plain)
    secure.send(plain.address)
    expect((await failed(plain, 2))[1]).toBe('bad-bytes')
    expect(String(plain.events.at(-1)!.error)).toMatch(/speaks TLS, and this side has none/)
    await failed(secure, 2)
    expect([secure.arrivals, plain.arrivals]).toEqual([[], []])
  })

  test('a listener that is none, or hangs up, costs a failed handshake', async () => {
    const a = await host('a', { tls: ours.host('a') })
    for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', '']) {
      const before = a.failures.length
      const server = createPlain((socket) => {
        socket.on('error', () => {})
        socket.end(answer)
      })
      a.send(`127.0.0.1:${await port(server)}`)
      expect((await failed(a, before + 1)).at(-1)).toMatch(/bad-bytes|unreachable/)
    }
    a.send('127.0.0.1:1')
    expect((await failed(a, 3)).at(-1)).toBe('unreachable')
  })
})

describe('F94a: strangers', () => {
  test('that say nothing, before TLS or in it, are out when their time is over', async () => {
    const a = await host('a', { tls: ours.host('a'), handshakeMs: 300 })
    const mute = Stranger.plain(a.port)
    const halfway = Stranger.plain(a.port)
    // The beginning of a record of TLS.
    halfway.socket.write(Buffer.from([22, 3, 1]))
    const inside = await Stranger.secure(a.port, ours.issue(named('host', 'x')))
    await until(() => mute.closed && halfway.closed && inside.closed)
    expect(await failed(a, 3)).toEqual(['unreachable', 'unreachable', 'unreachable'])
  })

  test('make room for others, the oldest first', async () => {
    const a = await host('a', { tls: ours.host('a'), maxUnauthenticated: 3, handshakeMs: 600_000 })
    const mute: Stranger[] = []
    const shown = ours.issue(named('host', 'x'))
    for (let i = 0; i < 5; i++) {
      mute.push(i % 2 === 0 ? Stranger.plain(a.port) : await Stranger.secure(a.port, shown))
      await until(() => mute.filter(({ closed }) => closed).length === Math.max(0, i - 2))
    }
    const b = await host('b', { tls: ours.host('b') })
    await b.reach(a, 'let me in')
    expect(mute.map(({ closed }) => closed)).toEqual([true, true, true, false, false])
    expect(a.counts.tcp_refused).toBe(3)
  })

  test('are limited in all', async () => {
    const a = await host('a', { tls: ours.host('a'), maxConnections: 2 })
    const two = [await client('x', { tls: ours.client('x') }), await client('y', { tls: ours.client('y') })]
    for (const [i, one] of two.entries()) await one.reach(a, `${i}`)
    const third = Stranger.plain(a.port)
    await until(() => third.closed)
    await two[0]!.transport.close()
    const b = await host('b', { tls: ours.host('b') })
    await b.reach(a, 'there is room again')
  })
})

describe('options', () => {
  const refused = (options: Partial<TcpTransportOptions>, text: RegExp): Promise<void> =>
    expect(host('a', options)).rejects.toMatchObject({
      code: 'invalid-argument',
      outcome: 'not-applied',
      message: expect.stringMatching(text),
    })

  test('what can’t be used is refused at once, with what to do', async () => {
    const good = ours.host('a')
    await refused({ tls: { ...good, ca: '' } }, /`tls.ca` is no PEM/)
    await refused({ tls: { ...good, ca: [] } }, /`tls.ca` is empty/)
    await refused({ tls: { ...good, ca: [ours.cert, ''] } }, /`tls.ca` is no PEM/)
    await refused({ tls: { ...good, ca: 'nonsense' } }, /`tls.ca` holds no certificate/)
    await refused({ tls: { ...good, cert: 'nonsense' } }, /`tls.cert` holds no certificate/)
    await refused({ tls: { ...good, key: undefined as never } }, /`tls.key` is no PEM/)
    await refused({ tls: { ...good, key: ours.host('a').key } }, /Do key and cert belong together/)
    await refused({ tls: null as never }, /`tls.key` is no PEM/)
    await refused(
      { tls: ours.host('b') },
      /names rafted:\/\/shop\/host\/b\. Make one .* URI:rafted:\/\/shop\/host\/a/,
    )
    await refused({ tls: ours.client('a') }, /URI:rafted:\/\/shop\/host\/a/)
    await refused(
      {
        tls: () => {
          throw new Error('no such file')
        },
      },
      /could not be given: Error: no such file/,
    )
  })

  test('bytes are as good as text, and TLS as good as a secret where others can reach', async () => {
    const { key, cert, ca } = ours.host('a')
    const bytes = (pem: unknown): Uint8Array => new Uint8Array(Buffer.from(pem as string))
    const tls = { key: bytes(key), cert: bytes(cert), ca: [bytes(ca)] }
    const a = await host('a', { tls, listen: '0.0.0.0:0', advertise: 'localhost:1' })
    expect(a.address).toBe('localhost:1')
    await expect(host('a', { listen: '0.0.0.0:0', advertise: 'localhost:1' })).rejects.toThrow(
      /needs `tls` or a secret/,
    )
  })
})
