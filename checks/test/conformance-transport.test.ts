/** The conformance suite of transports, over every transport there is. */
import { transportSuite } from '@rafted/testing'
import { describe, test } from 'vitest'
import { brokenTransports } from './broken-transports.ts'
import { describeBreaks } from './conformance-breaks.ts'
import { memoryTransports } from './conformance-places.ts'

describe('the transport in memory', () => {
  for (const { name, run } of transportSuite(memoryTransports)) test(name, run)
})

describeBreaks('a transport', transportSuite, memoryTransports, brokenTransports)
