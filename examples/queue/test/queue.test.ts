import fc from 'fast-check'
import { expect, test } from 'vitest'
import { queue } from '../src/queue.ts'

/** Runs operations on the machine itself, as a member would. */
function machine() {
  const instance = queue.create(queue.codec!)
  let index = 0
  return {
    command: (name: string, ...args: unknown[]): unknown =>
      instance.apply([name, ...args], { index: ++index, term: 1, time: 0, version: 1 }),
    length: (): unknown => instance.query(['length']),
  }
}

test('first in, first out; an empty queue says null, which no item is', () => {
  const { command, length } = machine()
  expect(command('dequeue')).toBeNull()
  expect(command('enqueue', new Uint8Array())).toBe(0)
  expect(command('enqueue', Uint8Array.of(7))).toBe(1)
  expect(length()).toBe(2)
  expect(command('dequeue')).toEqual(new Uint8Array())
  expect(command('dequeue')).toEqual(Uint8Array.of(7))
  expect(command('dequeue')).toBeNull()
  expect(length()).toBe(0)
})

test('behaves as an array does, over the edges of its chunks', () => {
  const steps = fc.array(fc.record({ enqueue: fc.boolean(), times: fc.integer({ min: 1, max: 700 }) }), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(steps, (sequence) => {
      const { command, length } = machine()
      const model: Uint8Array[] = []
      let next = 0
      for (const { enqueue, times } of sequence) {
        for (let i = 0; i < times; i++) {
          if (enqueue) {
            const item = new Uint8Array(Uint32Array.of(next++).buffer)
            expect(command('enqueue', item)).toBe(model.length)
            model.push(item)
          } else {
            expect(command('dequeue')).toEqual(model.shift() ?? null)
          }
        }
        expect(length()).toBe(model.length)
      }
    }),
    { numRuns: 30 },
  )
})
