/** Users of a real cluster who do what those of a simulated one do, and the history of it. */
import { type AnyDefinition, isRaftedError } from '@rafted/contracts'
import {
  type Called,
  checkLinearizable,
  counterExampleText,
  type Operation,
  type SeededRandom,
  type SimulatedUser,
  type Workload,
} from '@rafted/testing'
import type { Client } from 'rafted'

/** Virtual time costs nothing. */
const HASTE = 4

type AnyOperation = Operation<unknown, unknown>

export class RealUsers<D extends AnyDefinition> {
  readonly #group: string
  readonly #definition: D
  readonly #workload: Workload<D>
  readonly #history: AnyOperation[] = []
  answered = 0
  isOver = false

  constructor(group: string, definition: D, workload: Workload<D>) {
    this.#group = group
    this.#definition = definition
    this.#workload = workload
  }

  async work(client: Client, name: string, random: SeededRandom): Promise<void> {
    const user = this.#user(client, name, random)
    while (!this.isOver) await this.#workload.act(user)
  }

  /** Once nobody works any more. @returns what is wrong with the value, and with what users were told. */
  async audit(client: Client, random: SeededRandom): Promise<string[]> {
    const problems = [...((await this.#workload.audit?.(this.#user(client, 'audit', random))) ?? [])]
    const verdict = checkLinearizable(this.#workload.model!, this.#history)
    if (verdict.linearizable === false) problems.push(counterExampleText(verdict.counterExample))
    else if (verdict.linearizable !== true) problems.push('the history is too long to be judged')
    return problems
  }

  #user(client: Client, name: string, random: SeededRandom): SimulatedUser<D> {
    return {
      name,
      group: this.#group,
      value: client.value(this.#group, this.#definition).with({ timeoutMs: 5000 }),
      random,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms / HASTE)),
      call: (input, run) => this.#call(name, input, run),
      resolve: async (called) => called,
    }
  }

  async #call<Output>(name: string, input: unknown, run: () => Promise<Output>): Promise<Called<Output>> {
    const calledAt = performance.now()
    const note = (answer: AnyOperation['answer']): void => {
      if (input !== null) this.#history.push({ input, calledAt, answer, client: name })
    }
    try {
      const output = await run()
      note({ output, at: performance.now() })
      this.answered++
      return { outcome: 'done', value: output }
    } catch (error) {
      if (!isRaftedError(error)) throw error
      const { outcome, code } = error
      if (outcome === 'unknown') note(null)
      return { outcome, code }
    }
  }
}
