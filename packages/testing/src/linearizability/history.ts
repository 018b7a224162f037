/** What clients saw: when each operation was called, and what came back when. */

/** One operation. Times only order: a call before another's answer may have taken effect before it. */
export interface Operation<Input, Output> {
  readonly input: Input
  readonly calledAt: number
  /** Null: no answer, or one that leaves open whether it took effect. It may have, at any time after the call, or never. */
  readonly answer: { readonly output: Output; readonly at: number } | null
}

/** A value as one would write it without any replication. States are values: `step` changes nothing. */
export interface SequentialModel<State, Input, Output> {
  init(): State
  /** The state after `input`, or null if `output` can't be its answer in `state`. `output` is undefined for one that is unknown. */
  step(state: State, input: Input, output: Output | undefined): State | null
  /** Text that is the same for equal states. */
  key(state: State): string
}
