/** What becomes of requests that can't leave. */
import { type Lane, RaftedError, type Transport } from '@rafted/contracts'
import { decodeBatch, type Item, type Request } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Outbox } from '../src/outbox.ts'

const request = (id: number): Item => ({
  kind: 'request',
  request: { kind: 'locate', id, group: 'queue', incarnation: null } as Request,
})
const response: Item = {
  kind: 'response',
  response: { kind: 'done', id: 9, incarnation: 'i', configuration: null },
}

const pulse: Item = { kind: 'pulse', digest: 0, time: 't' }

function setUp() {
  const sent: string[][] = []
  const dropped: { items: number; why: string | undefined }[] = []
  const transport = { maxBatchBytes: 1 << 20, takes: true }
  const outbox = new Outbox({
    transport: {
      maxBatchBytes: transport.maxBatchBytes,
      send: (_address: string, batch: Uint8Array, _lane: Lane) => {
        if (transport.takes) sent.push(decodeBatch(batch, { cluster: 'shop' }).items.map(({ kind }) => kind))
        return transport.takes
      },
    } as unknown as Transport,
    cluster: 'shop',
    sender: 'a',
    event: () => {},
    onDropped: (_address, items, why) => dropped.push({ items: items.length, why: why?.code }),
    onTooLarge: () => {},
    onLeaving: (address) => {
      if (address === 'with') outbox.push(address, pulse)
    },
  })
  return { outbox, transport, sent, dropped }
}

const wrongSecret = new RaftedError('wrong-secret', 'Another one.', { outcome: 'not-applied' })
const lost = new RaftedError('unreachable', 'Lost.', { outcome: 'unknown' })

test('requests to where nothing gets never leave: they are answered already. All else is tried', () => {
  const { outbox, sent } = setUp()
  for (const item of [request(1), response, request(2)]) outbox.push('b', item)
  outbox.push('c', request(3))
  outbox.unreachable('b', wrongSecret)
  outbox.push('b', request(4))
  outbox.flush()
  expect(sent).toEqual([['response', 'request'], ['request']])
})

test('what is not taken is dropped, with the reason as long as it holds', () => {
  const { outbox, transport, dropped } = setUp()
  const attempt = (): void => {
    outbox.push('b', request(1))
    outbox.flush()
  }
  transport.takes = false
  attempt()
  outbox.unreachable('b', wrongSecret)
  attempt()
  outbox.unreachable('b', lost)
  attempt()
  outbox.unreachable('b', wrongSecret)
  transport.takes = true
  attempt()
  transport.takes = false
  attempt()
  expect(dropped).toEqual([
    { items: 1, why: undefined },
    { items: 1, why: 'wrong-secret' },
    { items: 1, why: undefined },
    { items: 1, why: undefined },
  ])
})

test('what is pushed as something leaves for an address goes with it, and has nothing leave of its own', () => {
  const { outbox, sent } = setUp()
  outbox.push('b', request(1))
  outbox.push('with', request(2))
  outbox.push('with', response, 'bulk')
  outbox.flush()
  expect(sent).toEqual([['request'], ['request', 'pulse'], ['response']])
  outbox.push('with', response, 'bulk')
  outbox.flush()
  outbox.flush()
  expect(sent.slice(3)).toEqual([['response']])
})
