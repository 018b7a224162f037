/** What the network in memory does beyond what every transport does (the conformance suite has that). */
import type { Lane, Transport } from '@rafted/contracts'
import { beforeEach, describe, expect, test } from 'vitest'
import { type MemoryNetwork, type MemoryNetworkOptions, memoryNetwork } from '../src/index.ts'
import { HandClock } from './hand-clock.ts'

let clock: HandClock
let network: MemoryNetwork
/** What has happened, in order: `b < a 7` is the batch [7] from a at b; `b: a up` is a hint at b. */
let seen: string[]

function start(options: Partial<MemoryNetworkOptions> = {}): void {
  clock = new HandClock()
  network = memoryNetwork({ clock, ...options })
  seen = []
}

beforeEach(() => start())

async function listening(name: string, role: 'peer' | 'client' = 'peer'): Promise<Transport> {
  const transport = network.transport({ name, role })
  await transport.listen({
    onBatch: (from, batch) => seen.push(`${name} < ${from.name} ${batch.join(' ')}`),
    onPeer: (other, state) => seen.push(`${name}: ${other} ${state}`),
  })
  return transport
}

/** What has happened since it was last asked. */
function happened(): string[] {
  clock.settle()
  return seen.splice(0)
}

const send = (from: Transport, to: string, byte: number, lane: Lane = 'urgent'): boolean =>
  from.send(to, Uint8Array.of(byte), lane)

describe('delivery', () => {
  test('in order, later, and to itself too', async () => {
    const [a] = [await listening('a'), await listening('b')]
    happened()
    for (const byte of [1, 2, 3]) send(a, 'b', byte)
    send(a, 'a', 4)
    expect(seen).toEqual([])
    expect(happened()).toEqual(['b < a 1', 'b < a 2', 'b < a 3', 'a < a 4'])
  })

  test('all that is urgent in one turn, bulk batch by batch', async () => {
    const [a] = [await listening('a'), await listening('b')]
    happened()
    for (const byte of [1, 2, 3]) send(a, 'b', byte, 'bulk')
    for (const byte of [7, 8]) send(a, 'b', byte)
    clock.turn()
    expect(seen.splice(0)).toEqual(['b < a 1', 'b < a 7', 'b < a 8'])
    send(a, 'b', 9)
    clock.turn()
    expect(seen.splice(0)).toEqual(['b < a 2', 'b < a 9'])
    clock.turn()
    expect(seen.splice(0)).toEqual(['b < a 3'])
    expect(clock.due).toBe(0)
  })

  test('what a receiver sends while it receives goes with the next turn', async () => {
    const b = network.transport({ name: 'b', role: 'peer' })
    await b.listen({ onBatch: (from, [byte]) => send(b, from.reply, byte! + 1), onPeer: () => {} })
    const a = await listening('a')
    happened()
    send(a, 'b', 1)
    clock.turn()
    expect(seen).toEqual([])
    clock.turn()
    expect(seen).toEqual(['a < b 2'])
  })

  test('what has left arrives though its sender closes, not at a receiver that took the address later', async () => {
    const [a, b] = [await listening('a'), await listening('b')]
    happened()
    send(a, 'b', 1)
    send(a, 'b', 2, 'bulk')
    send(a, 'b', 3, 'bulk')
    await a.close()
    expect(happened()).toEqual(['b < a 1', 'b < a 2', 'b: a lost', 'b < a 3'])
    const c = await listening('c')
    send(c, 'b', 4)
    send(c, 'b', 5, 'bulk')
    await b.close()
    await listening('b')
    expect(happened().filter((line) => line.startsWith('b <'))).toEqual([])
    send(c, 'b', 6)
    expect(happened()).toEqual(['b < c 6'])
  })
})

describe('limits', () => {
  test('bytes that wait for one address on one lane (F94d)', async () => {
    start({ maxQueueBytes: 10, maxBatchBytes: 8 })
    const [a] = [await listening('a'), await listening('b'), await listening('c')]
    const batch = (size: number): Uint8Array => new Uint8Array(size)
    for (const lane of ['urgent', 'bulk'] as const) {
      expect(a.send('b', batch(8), lane)).toBe(true)
      expect(a.send('b', batch(3), lane)).toBe(false)
      expect(a.send('b', batch(2), lane)).toBe(true)
      expect(a.send('b', batch(1), lane)).toBe(false)
      expect(a.send('c', batch(8), lane)).toBe(true)
    }
    // Of the bulk, the first has gone.
    clock.turn()
    expect(a.send('b', batch(8), 'bulk')).toBe(true)
    expect(a.send('b', batch(1), 'bulk')).toBe(false)
    expect(a.send('b', batch(8), 'urgent')).toBe(true)
    expect(a.send('b', batch(9), 'urgent')).toBe(false)
  })
})

describe('listening', () => {
  test('once, and not after close', async () => {
    const a = await listening('a')
    const events = { onBatch: () => {}, onPeer: () => {} }
    await expect(a.listen(events)).rejects.toMatchObject({ code: 'invalid-argument' })
    await a.close()
    await expect(a.listen(events)).rejects.toMatchObject({ code: 'closed' })
  })

  test('again when the address that was taken is free', async () => {
    const a = await listening('a')
    const second = network.transport({ name: 'a', role: 'peer' })
    const events = { onBatch: () => {}, onPeer: () => {} }
    await expect(second.listen(events)).rejects.toMatchObject({ code: 'address-in-use' })
    expect(second.send('a', Uint8Array.of(1), 'urgent')).toBe(false)
    await a.close()
    await second.listen(events)
    expect(send(second, 'a', 1)).toBe(true)
  })

  test('hosts are announced to all, clients to nobody', async () => {
    const [a, cli] = [await listening('a'), await listening('cli', 'client')]
    const b = await listening('b')
    expect(happened()).toEqual(['a: b up', 'cli: b up'])
    await cli.close()
    await b.close()
    expect(happened()).toEqual(['a: b lost'])
    await a.close()
    expect(happened()).toEqual([])
  })
})

describe('links', () => {
  let a: Transport
  let b: Transport
  let c: Transport

  beforeEach(async () => {
    a = await listening('a')
    b = await listening('b')
    c = await listening('c')
    happened()
  })

  /** Who reaches whom. */
  function reached(): string {
    for (const from of [a, b, c]) for (const to of ['a', 'b', 'c']) expect(send(from, to, 0)).toBe(true)
    const lines = happened().filter((line) => line.includes('<'))
    return lines.map((line) => line.replace(/(\w) < (\w) 0/, '$2$1')).join(' ')
  }

  test('cut and healed, both ways', () => {
    expect(reached()).toBe('aa ab ac ba bb bc ca cb cc')
    network.cut('a', 'b')
    expect(reached()).toBe('aa ac bb bc ca cb cc')
    network.heal('b', 'a')
    expect(reached()).toBe('aa ab ac ba bb bc ca cb cc')
  })

  test('an address isolated and back', () => {
    network.isolate('b')
    expect(reached()).toBe('aa ac bb ca cc')
    network.isolate('a')
    expect(reached()).toBe('aa bb cc')
    network.rejoin('b')
    expect(reached()).toBe('aa bb bc cb cc')
    network.rejoin('a')
    expect(reached()).toBe('aa ab ac ba bb bc ca cb cc')
  })

  test('a link that was cut stays cut when its ends rejoin', () => {
    network.cut('a', 'b')
    network.isolate('a')
    network.rejoin('a')
    expect(reached()).toBe('aa ac bb bc ca cb cc')
    network.isolate('a')
    network.heal('a', 'b')
    expect(reached()).toBe('aa bb bc cb cc')
  })

  test('cut loses what is under way on it, on both lanes, and nothing else', () => {
    for (const lane of ['urgent', 'bulk'] as const) {
      send(a, 'b', 1, lane)
      send(a, 'b', 2, lane)
      send(b, 'a', 3, lane)
      send(a, 'c', 4, lane)
    }
    network.cut('a', 'b')
    network.heal('a', 'b')
    expect(happened().filter((line) => line.includes('<'))).toEqual(['c < a 4', 'c < a 4'])
    expect(reached()).toBe('aa ab ac ba bb bc ca cb cc')
  })

  test('what is sent while it is cut does not come when it heals', () => {
    network.isolate('b')
    expect(send(a, 'b', 1)).toBe(true)
    expect(send(a, 'b', 2, 'bulk')).toBe(true)
    network.rejoin('b')
    expect(send(a, 'b', 3)).toBe(true)
    expect(happened().filter((line) => line.includes('<'))).toEqual(['b < a 3'])
  })

  test('a cut frees the queue it empties', async () => {
    start({ maxQueueBytes: 2 })
    const [d] = [await listening('d'), await listening('e')]
    for (const byte of [1, 2]) expect(send(d, 'e', byte)).toBe(true)
    expect(send(d, 'e', 3)).toBe(false)
    network.cut('d', 'e')
    network.heal('d', 'e')
    for (const byte of [4, 5]) expect(send(d, 'e', byte)).toBe(true)
    expect(happened().filter((line) => line.includes('<'))).toEqual(['e < d 4', 'e < d 5'])
  })

  test('both ends are told, once, and nobody else', () => {
    network.cut('a', 'b')
    network.cut('a', 'b')
    expect(happened()).toEqual(['a: b lost', 'b: a lost'])
    network.isolate('a')
    expect(happened()).toEqual(['a: c lost', 'c: a lost'])
    network.heal('a', 'b')
    expect(happened()).toEqual([])
    network.rejoin('a')
    expect(happened().sort()).toEqual(['a: b up', 'a: c up', 'b: a up', 'c: a up'])
    network.heal('a', 'c')
    expect(happened()).toEqual([])
  })

  test('who was cut off is not lost again when it closes', async () => {
    network.cut('a', 'b')
    happened()
    await b.close()
    expect(happened()).toEqual(['c: b lost'])
  })

  test('no hint comes after close', async () => {
    network.cut('a', 'b')
    await a.close()
    expect(happened()).toEqual(['b: a lost', 'c: a lost'])
  })

  test('addresses may be cut off before they are in use', async () => {
    network.cut('a', 'd')
    network.isolate('e')
    const [d, e] = [await listening('d'), await listening('e')]
    expect(happened().filter((line) => line.startsWith('a:'))).toEqual([])
    for (const from of [a, b, d, e]) for (const to of ['a', 'b', 'd', 'e']) send(from, to, 0)
    const lines = happened().map((line) => line.replace(/(\w) < (\w) 0/, '$2$1'))
    expect(lines.join(' ')).toBe('aa ab ba bb bd db dd ee')
  })
})
