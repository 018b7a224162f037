/**
 * Whether what callers saw of the registers is linearizable. Registers take turns: each is used for a while, and its history is
 * judged, and forgotten, when its last operation has ended. Linearizability of each is that of all.
 */
import { checkLinearizable, counterExampleText, type Operation, type SequentialModel } from '@rafted/testing'

export type RegisterInput =
  | { readonly op: 'read' }
  | { readonly op: 'write'; readonly to: number }
  | { readonly op: 'swap'; readonly from: number; readonly to: number }

/** Every operation answers what stood there when it took effect. */
export const registerModel: SequentialModel<number, RegisterInput, number> = {
  init: () => 0,
  step(state, input) {
    if (input.op === 'read' || (input.op === 'swap' && input.from !== state)) return [state, state]
    return [state, input.to]
  },
  describe(input, answer) {
    const asked =
      input.op === 'read' ? 'read' : `${input.op} ${input.op === 'swap' ? `${input.from} ` : ''}${input.to}`
    return `${asked} → ${answer === null ? '?' : answer.output}`
  },
}

/** Operations of one register. The search takes longer than linear where many overlap. */
const MAX_OPERATIONS = 400
const MAX_PROBLEMS = 20
/** How long one register is used, milliseconds. */
const MAX_MS = 3000

interface Turn {
  readonly register: number
  readonly begunAt: number
  readonly history: Operation<RegisterInput, number>[]
  begun: number
  open: number
}

export type Outcome = { readonly output: number } | 'unknown' | 'refused'

export class RegisterAudit {
  readonly problems: string[] = []
  histories = 0
  operations = 0
  readonly #now: () => number
  #current: Turn
  readonly #before = new Set<Turn>()

  /** @param now milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now
    this.#current = { register: 1, begunAt: now(), history: [], begun: 0, open: 0 }
  }

  /** The register in use. */
  get register(): number {
    return this.#current.register
  }

  /** An operation is called now. @returns on which register, and what is to be told how it ended. */
  begin(input: RegisterInput): { readonly register: number; ended(outcome: Outcome): void } {
    if (this.#current.begun >= MAX_OPERATIONS || this.#now() - this.#current.begunAt > MAX_MS) this.#next()
    const turn = this.#current
    turn.begun++
    turn.open++
    const calledAt = this.#now()
    const ended = (outcome: Outcome): void => {
      turn.open--
      this.operations++
      if (typeof outcome === 'object')
        turn.history.push({ input, calledAt, answer: { output: outcome.output, at: this.#now() } })
      else if (outcome === 'unknown') turn.history.push({ input, calledAt, answer: null })
      this.#judgeIfDone(turn)
    }
    return { register: turn.register, ended }
  }

  /** Nothing is called any more, and `last` stands in the register in use. */
  finish(last: number): void {
    const now = this.#now()
    this.#current.history.push({ input: { op: 'read' }, calledAt: now, answer: { output: last, at: now } })
    this.#next()
  }

  #next(): void {
    const ended = this.#current
    this.#before.add(ended)
    this.#current = { register: ended.register + 1, begunAt: this.#now(), history: [], begun: 0, open: 0 }
    this.#judgeIfDone(ended)
  }

  #judgeIfDone(turn: Turn): void {
    if (turn.open > 0 || !this.#before.delete(turn)) return
    this.histories++
    const verdict = checkLinearizable(registerModel, turn.history)
    if (verdict.linearizable || this.problems.length >= MAX_PROBLEMS) return
    const said =
      verdict.linearizable === null
        ? `has too many orders to be judged: ${turn.history.length} operations`
        : `is not linearizable:\n${counterExampleText(verdict.counterExample)}`
    this.problems.push(`the history of register ${turn.register} ${said}`)
  }
}
