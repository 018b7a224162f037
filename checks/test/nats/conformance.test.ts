/** The conformance suite of transports over a real broker. */
import { transportSuite } from '@rafted/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'
import { natsTransports } from './nats-places.ts'

let server: NatsServer

beforeAll(async () => {
  if (!withoutServer) server = await NatsServer.start()
})
afterAll(async () => await server?.remove())

describe.skipIf(withoutServer)('NATS', () => {
  for (const { name, run } of transportSuite(natsTransports(() => server))) test(name, run)
})
