/** The grammar of subjects, and the rights that follow from it. */
import { describe, expect, test } from 'vitest'
import { addressOf, destinationOf } from '../src/address.ts'
import { clientPermissions, hostPermissions } from '../src/index.ts'
import { absentSubject, batchSubject, senderOf } from '../src/subjects.ts'

const a = { role: 'peer', name: 'a' } as const
const cli = { role: 'client', name: 'my cli' } as const

describe('subjects', () => {
  test('end in who it is for and who it is from', () => {
    expect(batchSubject('shop', 'urgent', a, cli)).toBe('rafted.shop.host.client.urgent.a.my%20cli')
    expect(batchSubject('a.b', 'bulk', cli, a)).toBe('rafted.a%2Eb.client.host.bulk.my%20cli.a')
    expect(absentSubject('shop', a)).toBe('rafted.shop.absent.host.a')
  })

  test('say who has sent', () => {
    expect(senderOf(batchSubject('shop', 'urgent', a, cli))).toEqual(cli)
    expect(senderOf(batchSubject('shop', 'bulk', cli, a))).toEqual(a)
  })

  test.each([
    'rafted.shop.host.client.urgent.a',
    'rafted.shop.host.client.urgent.a.b.c',
    'rafted.shop.host.constructor.urgent.a.b',
    'rafted.shop.host.peer.urgent.a.b',
    'rafted.shop.host.host.slow.a.b',
    'rafted.shop.host.host.urgent.a.%61',
    'rafted.shop.host.host.urgent.a.',
    '',
  ])('%j is from nobody', (subject) => expect(senderOf(subject)).toBeNull())
})

describe('rights', () => {
  test('of a host: to publish as itself, and to read what is for it', () => {
    expect(hostPermissions({ cluster: 'shop', host: 'a.1' })).toEqual({
      publish: {
        allow: [
          'rafted.shop.*.host.*.*.a%2E1',
          'rafted.shop.absent.host.a%2E1.>',
          'rafted.shop.who',
          'rafted.shop.here.*.a%2E1',
        ],
      },
      subscribe: {
        allow: [
          'rafted.shop.host.*.*.a%2E1.*',
          'rafted.shop.absent.host.a%2E1.>',
          'rafted.shop.who',
          'rafted.shop.here.*.*',
        ],
      },
    })
  })

  test('of a client: to publish to hosts, as a client', () => {
    expect(clientPermissions({ cluster: 'shop', name: 'cli' })).toEqual({
      publish: { allow: ['rafted.shop.host.client.*.*.cli', 'rafted.shop.who'] },
      subscribe: {
        allow: ['rafted.shop.client.host.*.cli.*', 'rafted.shop.absent.client.cli.>', 'rafted.shop.here.*.*'],
      },
    })
  })

  test('of all clients together: any name of a client, none of a host', () => {
    expect(clientPermissions({ cluster: 'shop' })).toEqual({
      publish: { allow: ['rafted.shop.host.client.*.*.*', 'rafted.shop.who'] },
      subscribe: {
        allow: ['rafted.shop.client.host.*.*.*', 'rafted.shop.absent.client.*.>', 'rafted.shop.here.*.*'],
      },
    })
  })

  test('of names that can not be: refused', () => {
    expect(() => hostPermissions({ cluster: '', host: 'a' })).toThrow(/cluster is ""/)
    expect(() => hostPermissions({ cluster: 'shop', host: '\ud800' })).toThrow(/host is/)
    expect(() => clientPermissions({ cluster: 'shop', name: '' })).toThrow(/name is ""/)
  })
})

describe('addresses', () => {
  test('that of a host is its id; that of a client is good for one life of its connection', () => {
    expect(destinationOf('a b')).toEqual({ role: 'peer', name: 'a b', instance: null })
    const address = addressOf('client', 'my\ncli#2', '0123456789abcdef')
    expect(destinationOf(address)).toEqual({
      role: 'client',
      name: 'my\ncli#2',
      instance: '0123456789abcdef',
    })
  })

  test.each(['', 'client#', 'client#0123456789abcdef#', 'client#xyz#cli', '\udfff'])(
    '%j: nobody can be there',
    (address) => expect(destinationOf(address)).toBeNull(),
  )
})
