/** What clients saw, when each operation was called and what came back when; and what they should have seen. */

/** One operation. Times only order: a call before another's answer, or at the same time, may have taken effect before it. */
export interface Operation<Input, Output> {
  readonly input: Input
  readonly calledAt: number
  /** Null: no answer, or one that leaves open whether it took effect. It may have, at any time after the call, or never. */
  readonly answer: { readonly output: Output; readonly at: number } | null
  /** Who called it: the line on which a counter-example draws it. */
  readonly client?: string
}

/** A value as one would write it without any replication. States are values: `step` changes none. */
export interface SequentialModel<State, Input, Output> {
  /** The state that the value begins with. */
  init(): State
  /** What `input` answers in `state`, and the state after it. Nothing but these two decides. */
  step(state: State, input: Input): readonly [output: Output, state: State]
  /**
   * The part of the value that an operation concerns, such as the key of a map. Operations with different keys must not
   * know of each other: each key has a state of its own, from `init`, and is checked alone. Default: one part.
   */
  key?(input: Input): string
  /** Whether what was answered is as good as what should have been. Default: the same plain data. */
  equal?(answered: Output, expected: Output): boolean
  /**
   * Text that is the same for equal states, and for no others. Default: the state as text, for plain data: primitives, arrays,
   * objects, `Map`, `Set` (both without their order), typed arrays and dates.
   */
  identity?(state: State): string
  /** A few words for a counter-example. `answer` is null if there was none. Default: both as text. */
  describe?(input: Input, answer: { readonly output: Output } | null): string
}
