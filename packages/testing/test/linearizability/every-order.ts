/** Linearizability by its definition: every order of every choice, one by one. For histories of a handful of operations. */
import type { Operation, SequentialModel } from '../../src/index.ts'

/** @param model its `key` is not looked at. */
export function hasOrder<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean {
  const isRight = model.equal ?? ((a: Output, b: Output) => Object.is(a, b))
  const continues = (state: State, left: readonly Operation<Input, Output>[]): boolean => {
    if (left.every(({ answer }) => answer === null)) return true
    return left.some((next) => {
      const isLate = left.some(({ answer }) => answer !== null && answer.at < next.calledAt)
      if (isLate) return false
      const [output, after] = model.step(state, next.input)
      if (next.answer !== null && !isRight(next.answer.output, output)) return false
      return continues(
        after,
        left.filter((other) => other !== next),
      )
    })
  }
  return continues(model.init(), operations)
}
