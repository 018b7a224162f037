import { expect, test } from 'vitest'
import { formatAddress, isLoopback, parseAddress } from '../src/address.ts'

test('an address is a host and a port, in one form', () => {
  const texts = ['a:7000', '127.0.0.1:1', '[::1]:65535', 'pod-1.hosts_x.svc:80', '[fe80::1]:7']
  for (const text of texts) expect(formatAddress(parseAddress(text)!)).toBe(text)
  expect(parseAddress('[::1]:7000')).toEqual({ host: '::1', port: 7000 })
  expect(parseAddress('a:0')).toBeNull()
  expect(parseAddress('a:0', 0)).toEqual({ host: 'a', port: 0 })
})

test('anything else is none', () => {
  for (const text of [
    '',
    ':',
    'a',
    '7000',
    ':7000',
    'a:',
    'a:65536',
    'a:007',
    'a:+7',
    'a:7 ',
    ' a:7',
    'a b:7',
    'a/b:7',
    '::1:7',
    '[a]:7',
    '[1.2.3.4]:7',
    '[::1]7',
    'client#1',
    '-a:7',
    `${'x'.repeat(241)}:7`,
    'ä:7',
    'a:7\0',
  ])
    expect(parseAddress(text), text).toBeNull()
})

test('loopback is what nobody elsewhere can reach', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])
    expect(isLoopback(host), host).toBe(true)
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.1',
    '127.0.0.1.example',
    'localhost.example',
    '::ffff:10.0.0.1',
    '::2',
    '',
  ])
    expect(isLoopback(host), host).toBe(false)
})
