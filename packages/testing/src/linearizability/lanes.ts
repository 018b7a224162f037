/** Where a counter-example is drawn: a lane for each client, and the moments at which something happened one after the other. */
import type { CounterExample, CounterExampleOperation } from './counter-example.ts'

export interface Lane {
  /** Its client; empty if there is none, and from the second lane of a client on. */
  readonly title: string
  /** Not overlapping, in the order of their calls. */
  readonly operations: CounterExampleOperation[]
}

export interface Moment {
  readonly time: number
  readonly operation: CounterExampleOperation
  readonly isAnswer: boolean
}

/** A client that has several operations under way at once gets several lanes. */
export function lanesOf({ operations }: CounterExample): readonly Lane[] {
  const byClient = new Map<string, Lane[]>()
  for (const operation of operations) {
    const client = operation.client ?? ''
    const lanes = byClient.get(client) ?? []
    byClient.set(client, lanes)
    const free = lanes.find((lane) => (lane.operations.at(-1)!.answeredAt ?? Infinity) < operation.calledAt)
    if (free === undefined) lanes.push({ title: lanes.length === 0 ? client : '', operations: [operation] })
    else free.operations.push(operation)
  }
  return [...byClient.values()].flat()
}

/** To a thousandth: nobody reads more. */
export function timeText(time: number): string {
  return String(Math.round(time * 1000) / 1000)
}

/** By time; calls before answers of the same time, for they overlap. */
export function momentsOf({ operations }: CounterExample): readonly Moment[] {
  const calls = operations.map((operation) => ({ time: operation.calledAt, operation, isAnswer: false }))
  const answers = operations.flatMap((operation) =>
    operation.answeredAt === null ? [] : [{ time: operation.answeredAt, operation, isAnswer: true }],
  )
  return [...calls, ...answers].sort((a, b) => a.time - b.time || Number(a.isAnswer) - Number(b.isAnswer))
}
