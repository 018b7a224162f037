/** A counter-example in sentences. */
import type { CounterExample } from './counter-example.ts'

/** Of a long order the end says most. */
const LAST_OF_ORDER = 8

/** What the drawing shows, in a sentence. */
export function headline({ key, operations }: CounterExample): string {
  const count = operations.filter(({ contradicts }) => contradicts).length
  const what = count === 1 ? 'this answer can\u2019t be' : `these ${count} answers contradict each other`
  return `Not linearizable${key === null ? '' : `, key ${JSON.stringify(key)}`}: ${what}.`
}

/** Why, and what was left out. */
export function explanation({ operations, others, order, state, stuck }: CounterExample): readonly string[] {
  const left = order.length - LAST_OF_ORDER
  const steps = left > 0 ? [`${left} more`, ...order.slice(left)] : order
  const far = steps.length === 0 ? 'No order even begins.' : `The longest order is: ${steps.join('; ')}.`
  const lines = [
    `${far} In state ${state}, \u201c${operations[stuck.operation]!.text}\u201d would have answered ${stuck.expected}.`,
  ]
  if (operations.some(({ contradicts }) => !contradicts))
    lines.push(
      'In parentheses: may have happened at any time after its call, or never, and that does not help.',
    )
  if (others > 0)
    lines.push(
      `Nor ${others === 1 ? 'does 1 other operation' : `do ${others} other operations`}, whenever they happened.`,
    )
  return lines
}
