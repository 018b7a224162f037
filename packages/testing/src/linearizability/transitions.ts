/** The steps of a model by number: equal states are one, and so are operations with the same input and answer. */
import { RaftedError } from '@rafted/contracts'
import type { Operation, SequentialModel } from './history.ts'
import { plainText } from './plain-text.ts'

/** In place of a state: the operation can't have been answered so. */
export const REFUSED = -1

/** Operations that can stand for each other. */
interface Kind<Input, Output> {
  readonly input: Input
  /** Null: any. */
  readonly answer: { readonly output: Output } | null
  /** The next state by the one before. */
  readonly next: Map<number, number>
}

export class Transitions<State, Input, Output> {
  readonly #model: SequentialModel<State, Input, Output>
  readonly #kinds: Kind<Input, Output>[] = []
  readonly #kindsByText = new Map<string, number>()
  readonly #states: State[] = []
  /** By themselves, if they are primitives; by their text if not. */
  readonly #primitives = new Map<unknown, number>()
  readonly #texts = new Map<string, number>()
  readonly #objects = new WeakMap<object, number>()
  #steps = 0

  constructor(model: SequentialModel<State, Input, Output>) {
    this.#model = model
  }

  init(): number {
    return this.#number(this.#model.init())
  }

  /** How many steps the model has taken. */
  get steps(): number {
    return this.#steps
  }

  /** How many states there are. */
  get states(): number {
    return this.#states.length
  }

  stateOf(state: number): State {
    return this.#states[state]!
  }

  /** @param answer null for any: the operation counts for what it does only. */
  kindOf(input: Input, answer: Operation<Input, Output>['answer']): number {
    const asked = plainText(input)
    const answered = answer === null ? '' : plainText(answer.output)
    const text =
      asked === null || answered === null ? null : `${answer === null ? '?' : '!'}${asked} ${answered}`
    const known = text === null ? undefined : this.#kindsByText.get(text)
    if (known !== undefined) return known
    const kind = this.#kinds.push({ input, answer, next: new Map() }) - 1
    if (text !== null) this.#kindsByText.set(text, kind)
    return kind
  }

  /** @returns the state after an operation of `kind`, or `REFUSED`. */
  step(kind: number, state: number): number {
    const { next } = this.#kinds[kind]!
    let to = next.get(state)
    if (to === undefined) {
      to = this.compute(kind, state)
      next.set(state, to)
    }
    return to
  }

  /** As `step`, for what is asked once: nothing is kept. */
  compute(kind: number, state: number): number {
    const { input, answer } = this.#kinds[kind]!
    const before = this.#states[state]!
    this.#steps++
    const result = this.#model.step(before, input)
    if (!Array.isArray(result) || result.length !== 2)
      throw invalid('`step` of a model must return [output, state].')
    const [expected, after] = result as readonly [Output, State]
    if (answer !== null && !this.#isEqual(answer.output, expected)) return REFUSED
    if (after !== before) return this.#number(after)
    this.#mustBeAsBefore(state)
    return state
  }

  #isEqual(answered: Output, expected: Output): boolean {
    if (this.#model.equal !== undefined) return this.#model.equal(answered, expected)
    if (answered === expected) return true
    if (isPrimitive(answered) && isPrimitive(expected))
      return Number.isNaN(answered) && Number.isNaN(expected)
    const texts = [plainText(answered), plainText(expected)]
    if (texts.includes(null))
      throw invalid('An output is not plain data: give the model a function `equal` to compare outputs.')
    return texts[0] === texts[1]
  }

  #number(state: State): number {
    if (isPrimitive(state) && this.#model.identity === undefined)
      return this.#primitives.get(state) ?? this.#add(state, this.#primitives, state)
    const isObject = typeof state === 'object' && state !== null
    const known = isObject ? this.#objects.get(state) : undefined
    if (known !== undefined) return known
    const text = this.#identity(state)
    const number = this.#texts.get(text) ?? this.#add(state, this.#texts, text)
    if (isObject) {
      this.#objects.set(state, number)
      if (Array.isArray(state) || Object.getPrototypeOf(state) === Object.prototype) Object.freeze(state)
    }
    return number
  }

  #add<Key>(state: State, numbers: Map<Key, number>, key: Key): number {
    const number = this.#states.push(state) - 1
    numbers.set(key, number)
    return number
  }

  #identity(state: State): string {
    const text = this.#model.identity === undefined ? plainText(state) : this.#model.identity(state)
    if (typeof text === 'string') return text
    throw invalid(
      this.#model.identity === undefined
        ? 'A state is not plain data: give the model a function `identity` that tells states apart.'
        : '`identity` of a model must return a string.',
    )
  }

  /** A step that changes the state it was given would falsify every other order. Arrays and objects are frozen against that. */
  #mustBeAsBefore(state: number): void {
    const object = this.#states[state]!
    if (isPrimitive(object) || Object.isFrozen(object)) return
    if (this.#texts.get(this.#identity(object)) !== state)
      throw invalid('`step` of a model has changed the state it was given: it must return another one.')
  }
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null
}

export function invalid(message: string): RaftedError {
  return new RaftedError('invalid-argument', message, { outcome: 'not-applied' })
}
