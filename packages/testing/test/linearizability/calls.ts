/** Operations in a few words. */
import type { Operation } from '../../src/index.ts'
import type { RegisterInput, RegisterOutput } from './models.ts'

/** When it was called and answered, and what; `null` for no answer. */
export type When<Output> = readonly [calledAt: number, answeredAt: number, output: Output] | readonly [number]

export function call<Input, Output>(
  input: Input,
  when: When<Output>,
  client?: string,
): Operation<Input, Output> {
  const [calledAt, at, output] = when
  const answer = at === undefined ? null : { output: output as Output, at }
  return { input, calledAt, answer, ...(client === undefined ? {} : { client }) }
}

type RegisterCall = Operation<RegisterInput, RegisterOutput>

export const write = (to: number, from: number, until?: number, client?: string): RegisterCall =>
  call({ op: 'write', to }, until === undefined ? [from] : [from, until, null], client)

export const read = (value: number, from: number, until: number, client?: string): RegisterCall =>
  call({ op: 'read' }, [from, until, value], client)

export const cas = (
  change: readonly [from: number, to: number],
  isDone: boolean,
  from: number,
  until: number,
): RegisterCall => call({ op: 'cas', from: change[0], to: change[1] }, [from, until, isDone])
