/** The conformance suite of transports over a real broker. */
import { transportSuite } from '@rafted/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { natsTransports } from './nats-places.ts'
import { NatsServer, withoutServer } from './nats-server.ts'

let server: NatsServer

beforeAll(async () => {
  if (!withoutServer) server = await NatsServer.start()
})
afterAll(async () => await server?.remove())

describe.skipIf(withoutServer)('NATS', () => {
  for (const { name, run } of transportSuite(natsTransports(() => server))) test(name, run)
})
