/** Histories made from a sequential execution: clients overlap by chance, but each operation takes effect at one moment between call and answer. */
import type { Operation } from '../../src/index.ts'
import { SeededRandom } from '../../src/simulation/seeded-random.ts'
import type { Sample } from './models.ts'

export interface HistoryOptions {
  readonly seed: number
  readonly operations: number
  readonly clients: number
  /** The share of operations without an answer: half of them take effect, some of those late. Default 0. */
  readonly unknown?: number
}

interface Drawn<Input> {
  readonly client: string
  readonly input: Input
  readonly calledAt: number
  /** Null: never. */
  readonly effectAt: number | null
  /** Null: not known. */
  readonly answeredAt: number | null
}

/** Always linearizable. */
export function historyOf<State, Input, Output>(
  { model, draw }: Sample<State, Input, Output>,
  { seed, operations, clients, unknown = 0 }: HistoryOptions,
): Operation<Input, Output>[] {
  const random = new SeededRandom(seed)
  const free = Array.from({ length: clients }, () => random.between(0, 10))
  const drawn = Array.from({ length: operations }, (_, i): Drawn<Input> => {
    const client = free.indexOf(Math.min(...free))
    const calledAt = free[client]!
    const effect = calledAt + random.between(0, 10)
    const end = effect + random.between(0, 10)
    free[client] = end + random.between(0, 5)
    const common = { client: `c${client}`, input: draw(random, i + 1), calledAt }
    if (!random.chance(unknown)) return { ...common, effectAt: effect, answeredAt: end }
    const late = random.chance(0.2) ? random.between(0, 200) : 0
    return { ...common, effectAt: random.chance(0.5) ? effect + late : null, answeredAt: null }
  })
  const states = new Map<string, State>()
  const outputs = new Map<Drawn<Input>, Output>()
  const effective = drawn.filter(({ effectAt }) => effectAt !== null)
  for (const call of effective.sort((a, b) => a.effectAt! - b.effectAt!)) {
    const key = model.key?.(call.input) ?? ''
    const [output, state] = model.step(states.get(key) ?? model.init(), call.input)
    states.set(key, state)
    outputs.set(call, output)
  }
  return drawn.map((call) => {
    const { client, input, calledAt, answeredAt } = call
    const answer = answeredAt === null ? null : { output: outputs.get(call)!, at: answeredAt }
    return { client, input, calledAt, answer }
  })
}
