/** Random commands against a plain model: the same answers, counts, dead letters and deadlines, through snapshots as well. */
import type { AnyDefinition } from '@rafted/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { queues } from '../../src/index.ts'
import type { Receipt, TakenMessage } from '../../src/queue/message.ts'
import { MachineAlone } from '../machine-alone.ts'
import { QueuesModel } from './model.ts'

const queue = fc.constantFrom('a', 'b')
const ms = fc.integer({ min: 1, max: 30 })
/** One of the receipts so far, counted from the last. */
const receipt = fc.nat(6)

const step = fc.oneof(
  fc.record({
    kind: fc.constant('push' as const),
    queue,
    count: fc.integer({ min: 1, max: 4 }),
    delayMs: fc.oneof(fc.constant(0), ms),
  }),
  fc.record({ kind: fc.constant('take' as const), queue, ms, max: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('take' as const), queue, ms, max: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('ack' as const), queue, receipt }),
  fc.record({ kind: fc.constant('nack' as const), queue, receipt, delayMs: fc.oneof(fc.constant(0), ms) }),
  fc.record({ kind: fc.constant('extend' as const), queue, receipt, ms }),
  fc.record({
    kind: fc.constant('redrive' as const),
    queue,
    ids: fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }),
  }),
  fc.record({
    kind: fc.constant('configure' as const),
    queue,
    limits: fc.record({
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      maxMessages: fc.integer({ min: 1, max: 12 }),
    }),
  }),
  fc.record({ kind: fc.constant('restore' as const) }),
)

/** Milliseconds before the step. */
const steps = fc.array(fc.tuple(fc.oneof(fc.constant(0), fc.nat(12)), step), { minLength: 1, maxLength: 120 })

test('all answers are those of a plain model: nothing is lost, nothing is given twice while it is visible to one', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const alone = new MachineAlone(queues as unknown as AnyDefinition)
      const model = new QueuesModel()
      const receipts: Receipt[] = []
      let bodies = 0
      for (const [passed, one] of all) {
        alone.time += passed
        const { time } = alone
        if (one.kind === 'restore') await alone.restore()
        else if (one.kind === 'push') {
          const items = Array.from({ length: one.count }, () => ++bodies)
          expect(alone.command('push', one.queue, items, one.delayMs)).toEqual(
            model.push(one.queue, items, one.delayMs, time),
          )
        } else if (one.kind === 'take') {
          const taken = alone.command('take', one.queue, one.ms, one.max) as TakenMessage[]
          expect(taken).toEqual(model.take(one.queue, one.ms, one.max, time, alone.index))
          receipts.push(...taken.map((message) => message.receipt))
        } else if (one.kind === 'redrive')
          expect(
            [...(alone.command('redrive', one.queue, one.ids) as number[])].sort((a, b) => a - b),
          ).toEqual(model.redrive(one.queue, one.ids, time))
        else if (one.kind === 'configure') {
          alone.command('configure', one.queue, one.limits)
          model.configure(one.queue, one.limits, time)
        } else {
          const given = receipts.at(-1 - one.receipt) ?? { id: 1, fence: 1 }
          const args = one.kind === 'ack' ? [] : one.kind === 'extend' ? [one.ms] : [one.delayMs, 'why']
          expect(alone.command(one.kind, one.queue, given, ...args)).toEqual(
            model.withHeld(given, one.queue, time, (message) => {
              if (one.kind === 'ack') return model.delete(message)
              if (one.kind === 'nack')
                return model.giveBack(message, one.delayMs === 0 ? 0 : time + one.delayMs, 'why')
              message.until = Math.max(message.until, time + one.ms)
              return null
            }),
          )
        }
        for (const name of ['a', 'b']) {
          expect(alone.query('counts', name)).toEqual(model.counts(name))
          expect(alone.query('deadLetters', name, 1000, 0)).toEqual(model.deadLetters(name))
        }
        expect(alone.deadline).toBe(model.deadline())
      }
    }),
    { numRuns: 150 },
  )
})
