/** What is written behind a watch that has not begun. */
import type { Clock } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { Beginnings } from '../../src/kv/beginnings.ts'

/** Its timers fire when they are told to. */
class StoppedClock implements Clock {
  readonly timers = new Set<() => void>()
  now = (): number => 0
  wall = (): number => 0
  soon = (run: () => void): void => queueMicrotask(run)
  after(_ms: number, run: () => void): () => void {
    this.timers.add(run)
    return () => this.timers.delete(run)
  }
}

function deferred(): {
  readonly promise: Promise<number>
  resolve(revision: number): void
  reject(error: Error): void
} {
  let [resolve, reject]: [(revision: number) => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<number>((done, failed) => {
    resolve = done
    reject = failed
  })
  return { promise, resolve, reject }
}

/** All that can happen now has. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function writesTo(beginnings: Beginnings): { readonly sent: string[]; write(name: string): Promise<string> } {
  const sent: string[] = []
  const write = (name: string): Promise<string> =>
    beginnings.behind(() => {
      sent.push(name)
      return Promise.resolve(name)
    })
  return { sent, write }
}

test('leaves at once where none is pending', async () => {
  const { sent, write } = writesTo(new Beginnings(new StoppedClock()))
  const written = write('a')
  expect(sent).toEqual(['a'])
  expect(await written).toBe('a')
})

test('leaves behind all that are pending, in the order of the calls', async () => {
  const clock = new StoppedClock()
  const beginnings = new Beginnings(clock)
  const { sent, write } = writesTo(beginnings)
  const [first, second] = [deferred(), deferred()]
  beginnings.add(first.promise)
  const writes = [write('a'), write('b')]
  beginnings.add(second.promise)
  writes.push(write('c'))
  await settled()
  expect(sent).toEqual([])
  second.resolve(2)
  await settled()
  expect(sent).toEqual([])
  first.resolve(1)
  // They are on their way, and one that comes now does not overtake them.
  await first.promise
  writes.push(write('d'))
  expect(await Promise.all(writes)).toEqual(['a', 'b', 'c', 'd'])
  expect(sent).toEqual(['a', 'b', 'c', 'd'])
  await settled()
  void write('e')
  expect(sent.at(-1)).toBe('e')
  expect(clock.timers.size).toBe(0)
})

test('waits neither for one that fails, nor longer than a second', async () => {
  const clock = new StoppedClock()
  const beginnings = new Beginnings(clock)
  const { sent, write } = writesTo(beginnings)
  const failing = deferred()
  beginnings.add(failing.promise)
  const written = write('a')
  failing.reject(new Error('there is no such group'))
  await written
  beginnings.add(deferred().promise)
  void write('b')
  await settled()
  expect(sent).toEqual(['a'])
  for (const run of clock.timers) run()
  await settled()
  expect(sent).toEqual(['a', 'b'])
})
