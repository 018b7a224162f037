/** The conformance suite of transports, over every transport there is. */
import { transportSuite } from '@rafted/testing'
import { describe, test } from 'vitest'
import { brokenTransports } from './broken-transports.ts'
import { describeBreaks } from './conformance-breaks.ts'
import { memoryTransports } from './conformance-places.ts'
import { cabledTcpTransports, tcpTransports, tlsTransports } from './tcp-places.ts'

describe('the transport in memory', () => {
  for (const { name, run } of transportSuite(memoryTransports, { without: ['strangers'] })) test(name, run)
})

describe('TCP', () => {
  for (const { name, run } of transportSuite(tcpTransports, { without: ['vanish'] })) test(name, run)
})

describe('TCP with TLS', () => {
  for (const { name, run } of transportSuite(tlsTransports, { without: ['vanish'] })) test(name, run)
})

describe('TCP over cables that go dead', () => {
  for (const { name, run } of transportSuite(cabledTcpTransports, { without: ['strangers', 'held'] }))
    test(name, run)
})

describeBreaks('a transport', transportSuite, memoryTransports, brokenTransports)
