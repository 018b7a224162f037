/** What a check is given is looked at first: from nonsense follows any verdict. */
import type { Operation, SequentialModel } from './history.ts'
import { invalid } from './transitions.ts'

const REQUIRED = ['init', 'step'] as const
const OPTIONAL = ['key', 'equal', 'identity', 'describe'] as const

/** @throws {RaftedError} `invalid-argument` unless all parts of the model are functions. */
export function checkModel<State, Input, Output>(model: SequentialModel<State, Input, Output>): void {
  if (typeof model !== 'object' || model === null)
    throw invalid(`A model must be an object, not ${String(model)}.`)
  for (const name of REQUIRED) if (typeof model[name] !== 'function') throw notAFunction(name, model[name])
  for (const name of OPTIONAL)
    if (model[name] !== undefined && typeof model[name] !== 'function') throw notAFunction(name, model[name])
}

function notAFunction(name: string, value: unknown): Error {
  return invalid(`\`${name}\` of a model must be a function, not ${value === null ? 'null' : typeof value}.`)
}

/** @throws {RaftedError} `invalid-argument` unless each operation has its times, in their order. */
export function checkHistory<Input, Output>(operations: readonly Operation<Input, Output>[]): void {
  if (!Array.isArray(operations)) throw invalid('A history must be an array of operations.')
  for (const [index, operation] of operations.entries()) {
    const problem = problemOf(operation)
    if (problem !== null) throw invalid(`Operation ${index} of the history ${problem}.`)
  }
}

function problemOf(operation: Partial<Operation<unknown, unknown>> | null): string | null {
  if (typeof operation !== 'object' || operation === null) return 'is no object'
  const { calledAt, answer } = operation
  if (!Number.isFinite(calledAt)) return `was called at ${String(calledAt)}, which is no time`
  if (answer === null) return null
  if (typeof answer !== 'object') return 'has no `answer`: null says that none came'
  if (!Number.isFinite(answer.at)) return `was answered at ${String(answer.at)}, which is no time`
  return answer.at < calledAt! ? `was answered at ${answer.at}, before its call at ${calledAt}` : null
}
