/** Who listens is told in order and in no decision, and can harm nobody: not by throwing, calling, being slow or being absent (F94l, F94n). */
import { readFileSync } from 'node:fs'
import type { RaftedEvent, ValueEvent } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { EventHub } from '../src/event-hub.ts'
import { EVENT_KINDS } from '../src/event-kinds.ts'

const peer = (host: string): RaftedEvent => ({ kind: 'peer', level: 'info', host, state: 'up' })
const committed: ValueEvent = {
  kind: 'command-committed',
  level: 'info',
  group: 'g',
  before: 0,
  command: 1,
  result: 1,
  after: 1,
}

/** A hub, what its observer was told, and what waits to run soon. */
function setting(observe: (event: RaftedEvent) => void = () => {}) {
  const observed: RaftedEvent[] = []
  const soon: (() => void)[] = []
  const observer = {
    event: (event: RaftedEvent) => {
      observed.push(event)
      observe(event)
    },
  }
  const hub = new EventHub({ soon: (run) => void soon.push(run) }, observer)
  const runSoon = (): void => {
    for (const run of soon.splice(0)) run()
  }
  return { hub, observed, soon, runSoon }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('the observer is told at once, listeners after the turn, of their kind only and in order', () => {
  const { hub, observed } = setting()
  const heard: string[] = []
  hub.on('peer', ({ host }) => heard.push(`first ${host}`))
  hub.on('peer', ({ host }) => heard.push(`second ${host}`))
  hub.on('role', () => heard.push('role'))
  hub.event(peer('a'))
  hub.event(peer('b'))
  expect([observed.length, heard]).toEqual([2, []])
  hub.flush()
  expect(heard).toEqual(['first a', 'second a', 'first b', 'second b'])
})

test('what happens between turns is told soon', () => {
  const { hub, soon, runSoon } = setting()
  const heard: string[] = []
  hub.event(peer('nobody listens'))
  expect(soon).toHaveLength(0)
  hub.on('peer', ({ host }) => heard.push(host))
  hub.event(peer('a'))
  hub.event(peer('b'))
  expect(soon).toHaveLength(1)
  runSoon()
  expect(heard).toEqual(['a', 'b'])
  hub.event(peer('c'))
  runSoon()
  expect(heard).toEqual(['a', 'b', 'c'])
})

test('a listener that throws, or whose promise is rejected, is told of, and the others hear all the same', async () => {
  const { hub, observed } = setting(() => {
    throw new Error('observers may throw')
  })
  const heard: string[] = []
  hub.on('peer', () => {
    throw new Error('thrown')
  })
  hub.on('peer', () => Promise.reject(new Error('rejected')))
  hub.on('peer', ({ host }) => heard.push(host))
  hub.on('listener-failed', ({ listener, error }) => {
    heard.push(`${listener}: ${(error as Error).message}`)
    throw new Error('again')
  })
  hub.event(peer('a'))
  hub.flush()
  expect(heard).toEqual(['a'])
  await settled()
  hub.flush()
  expect(heard).toEqual(['a', 'peer: thrown', 'peer: rejected'])
  // What listens to failures and fails goes no further than the observer: it would never end.
  hub.flush()
  expect(heard).toHaveLength(3)
  expect(observed.map((event) => (event.kind === 'listener-failed' ? event.listener : event.kind))).toEqual([
    'peer',
    'peer',
    'peer',
    'listener-failed',
    'listener-failed',
  ])
})

test('what a listener causes is told another time, never within it (F94n)', () => {
  const { hub } = setting()
  const order: string[] = []
  hub.on('peer', ({ host }) => {
    order.push(`begin ${host}`)
    if (host.length < 3) hub.event(peer(`${host}+`))
    hub.flush()
    order.push(`end ${host}`)
  })
  hub.event(peer('a'))
  hub.flush()
  expect(order).toEqual(['begin a', 'end a'])
  hub.flush()
  hub.flush()
  expect(order.slice(2)).toEqual(['begin a+', 'end a+', 'begin a++', 'end a++'])
})

test('who has ended its subscription hears nothing any more, not even what has happened', () => {
  const { hub } = setting()
  const heard: string[] = []
  const off = hub.on('peer', ({ host }) => heard.push(host))
  const listener = (): number => heard.push('same')
  const [one, other] = [hub.on('peer', listener), hub.on('peer', listener)]
  hub.event(peer('a'))
  off()
  one()
  one()
  hub.flush()
  expect(heard).toEqual(['same'])
  other[Symbol.dispose]()
  hub.event(peer('b'))
  hub.flush()
  expect(heard).toEqual(['same'])
})

test('a stream gives its events in order; what it has no room for is counted where it is missing', async () => {
  const { hub } = setting()
  const stream = hub.events('peer', { limit: 2 })
  for (const host of ['a', 'b', 'c', 'd']) hub.event(peer(host))
  expect((await stream.next()).value).toEqual(peer('a'))
  hub.event(peer('e'))
  hub.event(peer('f'))
  const rest = [await stream.next(), await stream.next(), await stream.next(), await stream.next()]
  const gap = (count: number): RaftedEvent => ({ kind: 'events-dropped', level: 'warn', count })
  // Also when nothing comes after them, it is told that some are missing.
  expect(rest.map(({ value }) => value)).toEqual([peer('b'), gap(2), peer('e'), gap(1)])
  const waiting = stream.next()
  hub.event(peer('g'))
  expect((await waiting).value).toEqual(peer('g'))
})

test('a stream that nobody reads holds no more than its limit', () => {
  const { hub } = setting()
  const stream = hub.events() as ReturnType<typeof hub.events> & { length: number }
  for (let i = 0; i < 5000; i++) hub.event(peer('a'))
  expect(stream.length).toBe(1024)
})

test('leaving the loop ends the stream, and so does closing, after what was told', async () => {
  const { hub } = setting()
  const left = hub.events('peer')
  const kept = hub.events()
  const heard: unknown[] = []
  hub.on('peer', () => heard.push(hub.event(peer('last'))))
  hub.event(peer('a'))
  for await (const event of left) {
    expect(event).toEqual(peer('a'))
    break
  }
  expect(await left.next()).toEqual({ done: true, value: undefined })
  hub.close()
  expect(heard.length).toBeGreaterThan(1)
  const hosts: string[] = []
  for await (const event of kept) if (event.kind === 'peer') hosts.push(event.host)
  expect(hosts.slice(0, 2)).toEqual(['a', 'last'])
  const calls = heard.length
  hub.event(peer('too late'))
  hub.flush()
  expect([heard.length, await hub.events().next()]).toEqual([calls, { done: true, value: undefined }])
})

test('events with values are made only for who names them, and are in no stream of all', async () => {
  const wanted = new Set<string>()
  const hub = new EventHub({ soon: () => {} }, { wants: (kind) => wanted.has(kind) })
  const all = hub.events()
  expect(hub.wants('command-committed')).toBe(false)
  wanted.add('command-committed')
  expect(hub.wants('command-committed')).toBe(true)
  wanted.clear()
  const off = hub.on('command-committed', () => {})
  expect([hub.wants('command-committed'), hub.wants('query-answered')]).toEqual([true, false])
  off()
  expect(hub.wants('command-committed')).toBe(false)
  const stream = hub.events('command-committed')
  expect(hub.wants('command-committed')).toBe(true)
  hub.valueEvent(committed)
  hub.event(peer('a'))
  expect([(await stream.next()).value, (await all.next()).value]).toEqual([committed, peer('a')])
  await stream.return()
  expect(hub.wants('command-committed')).toBe(false)
})

test('what can’t be listened to is refused', () => {
  const { hub } = setting()
  const refused = expect.objectContaining({ code: 'invalid-argument', outcome: 'not-applied' })
  const kind = 'leader-gone' as 'role'
  expect(() => hub.on(kind, () => {})).toThrow(refused)
  expect(() => hub.on('toString' as 'role', () => {})).toThrow(refused)
  expect(() => hub.on('role', undefined as unknown as () => void)).toThrow(refused)
  expect(() => hub.events(kind)).toThrow(refused)
  for (const limit of [0, 1.5, Number.NaN]) expect(() => hub.events('role', { limit })).toThrow(refused)
})

test('the page about observing lists every kind there is', () => {
  const page = readFileSync(new URL('../../../docs/observing.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| kind | told when |')).split('\n\n')[0]!
  const listed = table
    .split('\n')
    .slice(2)
    .flatMap((row) => row.split('|')[1]!.match(/[a-z-]+/g) ?? [])
  expect(listed.sort()).toEqual([...EVENT_KINDS].sort())
})
