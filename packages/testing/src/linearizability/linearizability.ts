/**
 * Whether a history is linearizable (Herlihy and Wing 1990): whether its operations can be put in one order that a
 * sequential value could have gone through, none before its call and none behind its answer.
 */
import { contradictionIn } from './contradiction.ts'
import { type CounterExample, counterExampleOf } from './counter-example.ts'
import { Effort } from './effort.ts'
import { checkHistory, checkModel } from './given.ts'
import type { Operation, SequentialModel } from './history.ts'
import { Part } from './part.ts'
import { invalid } from './transitions.ts'

/** How much a check may take. */
export interface CheckOptions {
  /**
   * How many configurations (which operations are in the order, and the state they led to) may be tried before the check gives up.
   * A million take some seconds and some hundred megabytes. Default 1,000,000; as many again may go into the counter-example.
   */
  readonly maxConfigurations?: number
}

/** What a check has come to. */
export type Verdict =
  | { readonly linearizable: true }
  | { readonly linearizable: false; readonly counterExample: CounterExample }
  /** Not known: there were too many orders to try. Check shorter histories, or give the model a `key`. */
  | { readonly linearizable: null }

/**
 * @param operations in any order. All that were called must be there, those without an answer too.
 * @throws {RaftedError} `invalid-argument` for a model or a history that makes no sense.
 */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): Verdict {
  checkModel(model)
  checkHistory(operations)
  const { maxConfigurations = 1_000_000 } = options
  if (!Number.isSafeInteger(maxConfigurations) || maxConfigurations < 1)
    throw invalid(`\`maxConfigurations\` must be a positive integer, not ${String(maxConfigurations)}.`)
  // From here on inputs, outputs and states are only handed to the model.
  const anyModel = model as unknown as SequentialModel<unknown, unknown, unknown>
  const effort = new Effort(maxConfigurations)
  let isKnown = true
  for (const [key, indexes] of partsOf(anyModel, operations)) {
    const part = new Part(anyModel, operations, key, indexes)
    const failure = part.search(effort)
    if (failure === 'spent') isKnown = false
    else if (failure !== null) {
      const contradiction = contradictionIn(part, failure, maxConfigurations)
      return {
        linearizable: false,
        counterExample: counterExampleOf(anyModel, operations, part, contradiction),
      }
    }
  }
  return { linearizable: isKnown ? true : null }
}

/** The indexes of the operations of each key. */
function partsOf(
  model: SequentialModel<unknown, unknown, unknown>,
  operations: readonly Operation<unknown, unknown>[],
): Map<string | null, number[]> {
  const parts = new Map<string | null, number[]>()
  for (const [index, { input }] of operations.entries()) {
    const key = model.key === undefined ? null : model.key(input)
    if (key !== null && typeof key !== 'string')
      throw invalid(`\`key\` of a model must return a string, not ${String(key)}.`)
    const part = parts.get(key)
    if (part === undefined) parts.set(key, [index])
    else part.push(index)
  }
  return parts
}
