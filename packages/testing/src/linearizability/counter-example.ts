/** What is wrong with a history, for people: words instead of inputs and outputs, and no more operations than it takes. */
import type { Contradiction } from './contradiction.ts'
import type { Operation, SequentialModel } from './history.ts'
import type { Part } from './part.ts'
import { plainText } from './plain-text.ts'

/** Plain data, to be kept, sent or drawn. */
export interface CounterExample {
  /** The key that it concerns; null if the model has none. */
  readonly key: string | null
  /** In the order of their calls: those that contradict each other, and some of the others that help to see it. */
  readonly operations: readonly CounterExampleOperation[]
  /** How many further operations could have played a part, and do not help however they are placed. */
  readonly others: number
  /** The longest order that could be found, in words, and the state after it. */
  readonly order: readonly string[]
  readonly state: string
  /** What can't follow there: the place of the operation in `operations`, and what it would have answered in that state. */
  readonly stuck: { readonly operation: number; readonly expected: string }
}

/** One operation of the history, in words. */
export interface CounterExampleOperation {
  /** In the history that was checked. */
  readonly index: number
  readonly client: string | null
  readonly text: string
  readonly calledAt: number
  /** Null if there was no answer. */
  readonly answeredAt: number | null
  /** Whether it contradicts the others; if not, it may have happened at any time after its call, or never, and that doesn't help. */
  readonly contradicts: boolean
}

/** Of others, so many are shown. */
const MOST_SHOWN = 6
const LONGEST_TEXT = 200

type AnyModel = SequentialModel<unknown, unknown, unknown>

export function counterExampleOf(
  model: AnyModel,
  operations: readonly Operation<unknown, unknown>[],
  part: Part,
  { calls, failure }: Contradiction,
): CounterExample {
  const { stuck, order } = failure
  const contradicting = new Set(calls.map(({ index }) => index))
  // What was called later than all their answers can't have been in their way.
  const end = Math.max(...calls.map(({ answeredAt }) => answeredAt))
  const called = part.calledBy(end)
  const isShown = shownAmong(called, contradicting, order)
  const shown = called.filter(isShown)
  const textOf = (index: number): string => describe(model, operations[index]!)
  const state = part.transitions.stateOf(failure.state)
  return {
    key: part.key,
    operations: shown.map((index) => {
      const { client, calledAt, answer } = operations[index]!
      return {
        index,
        client: client ?? null,
        text: textOf(index),
        calledAt,
        answeredAt: answer?.at ?? null,
        contradicts: contradicting.has(index),
      }
    }),
    others: called.length - shown.length,
    order: order.map(textOf),
    state: short(state),
    stuck: {
      operation: shown.indexOf(stuck.index),
      expected: short(model.step(state, operations[stuck.index]!.input)[0]),
    },
  }
}

/** All, if they are few; if not, those in the order that was found. */
function shownAmong(
  called: readonly number[],
  contradicting: ReadonlySet<number>,
  order: readonly number[],
): (index: number) => boolean {
  if (called.length - contradicting.size <= MOST_SHOWN) return () => true
  const used = order.filter((index) => !contradicting.has(index))
  const shown = used.length <= MOST_SHOWN ? new Set(used) : new Set<number>()
  return (index) => contradicting.has(index) || shown.has(index)
}

function describe(model: AnyModel, { input, answer }: Operation<unknown, unknown>): string {
  if (model.describe !== undefined) return String(model.describe(input, answer))
  return `${short(input)} → ${answer === null ? '?' : short(answer.output)}`
}

function short(value: unknown): string {
  const text = plainText(value) ?? String(value)
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`
}
