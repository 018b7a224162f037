/** The rest of a member whose core has fallen quiet, and has not been drained since. */
import { expect, test } from 'vitest'
import { Rest } from '../src/rest.ts'

function resting(isQuiet: boolean) {
  const lost: string[] = []
  const inputs: string[] = []
  const core = {
    isQuiet,
    standing: { term: 3 },
    step: ({ kind }: { kind: string }) => void inputs.push(kind),
  }
  const losses = { add: (_: unknown, host: string) => void lost.push(host), hurry: () => {} }
  const member = { core, incarnation: 'one', host: { losses } }
  const rest = new Rest(member as unknown as ConstructorParameters<typeof Rest>[0])
  return { rest, lost, inputs }
}

test('hears in the same turn that nobody is there on whom it could rely, or that somebody wants something (F131d)', () => {
  const { rest, lost, inputs } = resting(true)
  rest.missing('b', 3)
  rest.missing('c', 2)
  expect(lost).toEqual(['b'])
  rest.nudge(0)
  expect(inputs).toEqual(['nudge'])
})

test('that is all the same to one that is awake', () => {
  const { rest, lost, inputs } = resting(false)
  rest.missing('b', 3)
  rest.nudge(0)
  expect([lost, inputs]).toEqual([[], []])
})
