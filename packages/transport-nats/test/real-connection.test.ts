/** What `connect` of the library returns is what this transport takes. */
import type { NatsConnection as RealConnection } from 'nats'
import { expectTypeOf, test } from 'vitest'
import type { NatsConnection } from '../src/index.ts'

test('a connection of `nats` fits', () => {
  expectTypeOf<RealConnection>().toExtend<NatsConnection>()
})
