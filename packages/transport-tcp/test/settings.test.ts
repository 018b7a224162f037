import { realClock, realRandom } from '@rafted/contracts/node'
import { describe, expect, test } from 'vitest'
import { checkAddress, tcpTransport } from '../src/index.ts'
import type { TcpTransportOptions } from '../src/options.ts'
import { settingsOf } from '../src/settings.ts'
import { End, SECRET } from './end.ts'

const sound: TcpTransportOptions = {
  name: 'a',
  role: 'peer',
  cluster: 'shop',
  listen: '127.0.0.1:0',
  clock: realClock,
  random: realRandom,
}

const refused = (changes: Record<string, unknown>, message: RegExp): void =>
  expect(
    () => tcpTransport({ ...sound, ...changes } as TcpTransportOptions),
    JSON.stringify(changes),
  ).toThrow(
    expect.objectContaining({
      code: 'invalid-argument',
      outcome: 'not-applied',
      message: expect.stringMatching(message),
    }),
  )

describe('options', () => {
  test('what is no name, role, address or limit is refused, with what to write instead', () => {
    for (const text of ['', 'x'.repeat(256), 'ä'.repeat(128), '\ud800', 5, undefined]) {
      refused({ name: text }, /The name is .* Give a text of 1 to 255 bytes/)
      refused({ cluster: text }, /The cluster is .* Give a text of 1 to 255 bytes/)
    }
    refused({ role: 'server' }, /'peer' for a host, 'client' for others/)
    refused({ listen: null }, /Add: listen: '127.0.0.1:7000'/)
    refused({ listen: undefined }, /Add: listen: '127.0.0.1:7000'/)
    refused({ role: 'client' }, /listen: null/)
    for (const listen of [
      '',
      '127.0.0.1',
      '7000',
      { host: '', port: 1 },
      { host: '127.0.0.1', port: 70_000 },
    ])
      refused({ listen }, /Write it like this: listen: '127.0.0.1:7000'/)
    for (const advertise of ['', 'a', 'a:0', '0.0.0.0:7000']) refused({ advertise }, /advertise: 'a:7000'/)
    for (const [limit, value] of [
      ['maxBatchBytes', 0],
      ['maxBatchBytes', 2 ** 30 + 1],
      ['maxQueueBytes', 1.5],
      ['maxAddresses', -1],
      ['maxConnections', Number.NaN],
      ['maxConnectionsPerIp', '5'],
      ['maxUnauthenticated', 0],
      ['handshakeMs', Number.POSITIVE_INFINITY],
      ['silenceMs', 2499],
      ['frameMs', 0],
    ] as const)
      refused({ [limit]: value }, new RegExp(`^${limit} is .* Give an integer from`))
    refused({ maxBatchBytes: 2000, maxQueueBytes: 1999 }, /Raise it/)
    refused({ secret: 'fifteen bytes..' }, /at least 16 .* openssl rand -hex 32/)
    refused({ secret: '' }, /at least 16/)
    expect(
      settingsOf({ ...sound, secret: 'sixteen bytes...', maxBatchBytes: undefined }).limits.maxBatchBytes,
    ).toBe(16 * 1024 * 1024)
  })

  test('without a secret nothing but this machine is listened on or dialled, and the error shows the line to add', () => {
    const line = /Add: secret: process\.env\.RAFTED_SECRET$/
    for (const listen of [
      '0.0.0.0:7000',
      '[::]:7000',
      '10.0.0.1:7000',
      'a.example:7000',
      { host: '::', port: 7000 },
    ])
      refused({ listen }, line)
    for (const listen of ['127.0.0.1:0', '[::1]:0', 'localhost:0']) tcpTransport({ ...sound, listen })
    expect(() => checkAddress('a:7000', {})).toThrow(
      expect.objectContaining({ message: expect.stringMatching(line) }),
    )
    expect(() => checkAddress('nowhere', {})).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    checkAddress('a:7000', { secret: SECRET })
    checkAddress('localhost:7000', {})
  })

  test('where others dial is where it listens, or what is advertised, or its name if it listens everywhere', () => {
    const address = (changes: Partial<TcpTransportOptions>): string =>
      tcpTransport({ ...sound, secret: SECRET, ...changes }).address
    expect(address({ listen: '127.0.0.1:7000' })).toBe('127.0.0.1:7000')
    expect(address({ listen: { host: '::1', port: 7000 } })).toBe('[::1]:7000')
    expect(address({ listen: '127.0.0.1:7000', advertise: 'b:80' })).toBe('b:80')
    expect(address({ listen: '0.0.0.0:7000' })).toBe('a:7000')
    refused({ listen: '0.0.0.0:7000', secret: SECRET, name: 'no host name' }, /Add: advertise: 'a:7000'/)
    refused({ listen: '0.0.0.0:0', secret: SECRET }, /Add: advertise: 'a:7000'/)
  })
})

describe('listening', () => {
  const events = { onBatch: () => {}, onPeer: () => {} }

  test('once, and not after close', async () => {
    const { transport } = new End('a')
    await transport.listen(events)
    await expect(transport.listen(events)).rejects.toMatchObject({ code: 'invalid-argument' })
    await transport.close()
    await transport.close()
    await expect(transport.listen(events)).rejects.toMatchObject({ code: 'closed' })
  })

  test('where it can’t: the error says so, and it can be tried again', async () => {
    const first = new End('a')
    await first.listen()
    const second = new End('b', { listen: first.address })
    await expect(second.listen()).rejects.toMatchObject({ code: 'address-in-use', outcome: 'not-applied' })
    await first.transport.close()
    await second.listen()
    // 192.0.2.0/24 is nobody's.
    const away = new End('c', { listen: '192.0.2.1:7000' })
    await expect(away.listen()).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test('closed while it begins', async () => {
    const { transport } = new End('a')
    const begun = transport.listen(events)
    await transport.close()
    await expect(begun).rejects.toMatchObject({ code: 'closed' })
    expect(transport.send('127.0.0.1:9', Uint8Array.of(1), 'urgent')).toBe(false)
  })
})
