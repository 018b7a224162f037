/** In which version of the wire a host writes to whom, where there is more than one (F111). */
import { RaftedError, type Transport } from '@rafted/contracts'
import type { Item } from '@rafted/wire'
import { expect, test, vi } from 'vitest'

const written: (number | undefined)[] = []
vi.mock('@rafted/wire', async (original) => ({
  ...(await original<typeof import('@rafted/wire')>()),
  WIRE_VERSIONS: [1, 3],
  encodeBatch: (_head: unknown, _items: unknown, options?: { version?: number }) => {
    written.push(options?.version)
    return new Uint8Array(8)
  },
}))
const { Outbox } = await import('../src/outbox.ts')

const pulse: Item = { kind: 'pulse', digest: 0, time: 't' }
const lost = new RaftedError('unreachable', 'Lost.', { outcome: 'unknown' })

function setUp() {
  const outbox = new Outbox({
    transport: { maxBatchBytes: 1 << 20, send: () => true } as unknown as Transport,
    cluster: 'shop',
    sender: 'a',
    event: () => {},
    onDropped: () => {},
    onTooLarge: () => {},
    onLeaving: () => {},
  })
  const sent = (...addresses: string[]): (number | undefined)[] => {
    written.length = 0
    for (const address of addresses) outbox.push(address, pulse)
    outbox.flush()
    return [...written]
  }
  return { outbox, sent }
}

test('the oldest, until the other side has said what it reads; then the newest that both do', () => {
  const { outbox, sent } = setUp()
  expect(sent('b')).toEqual([1])
  outbox.reads('b', [1, 2])
  outbox.reads('c', [2, 9])
  expect(sent('b', 'c', 'd')).toEqual([2, 3, 1])
})

test('a host that is replaced by an older one is written to as that, once it is heard or could not be reached', () => {
  const { outbox, sent } = setUp()
  outbox.reads('b', [1, 3])
  outbox.reads('c', [1, 3])
  expect(sent('b', 'c')).toEqual([3, 3])
  outbox.reads('b', [1, 1])
  outbox.unreachable('c', lost)
  expect(sent('b', 'c')).toEqual([1, 1])
})

test('who shares no version is written to as before: it says so, and learns ours from the head', () => {
  const { outbox, sent } = setUp()
  outbox.reads('b', [1, 2])
  outbox.reads('b', [7, 9])
  expect(sent('b')).toEqual([2])
})
