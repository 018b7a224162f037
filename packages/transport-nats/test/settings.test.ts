/** What a transport can't be made with, and what is told then. */
import { expect, test } from 'vitest'
import type { NatsTransportOptions } from '../src/index.ts'
import { World } from './end.ts'

const wrong: [string, Partial<NatsTransportOptions>, RegExp][] = [
  ['no connection', { nats: undefined as never }, /`nats` must be an open connection/],
  ['a promise of one', { nats: Promise.resolve() as never }, /await connect/],
  ['a role there is not', { role: 'leader' as never }, /role is leader/],
  ['no name', { name: '' }, /name is ""/],
  ['no cluster', { cluster: undefined as never }, /cluster is undefined/],
  ['the name of a host that is an address of clients', { name: 'client#1' }, /can't be named "client#1"/],
  ['a queue that the largest batch does not fit in', { maxQueueBytes: 1000 }, /maxQueueBytes is 1000/],
  ['a silence shorter than that between two beats', { silenceMs: 1000 }, /silenceMs is 1000/],
]

test.each(wrong)('%s', (_, options, message) => {
  expect(() => new World().make('a', options)).toThrow(message)
  expect(() => new World().make('a', options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
