/** The rest of a member whose core has fallen quiet, and has not been drained since. */
import { expect, test } from 'vitest'
import type { Neighbour, QuietMember } from '../src/pulses.ts'
import { Rest } from '../src/rest.ts'
import { configurationOf } from './log-entries.ts'

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

test('one that rests again in another term, in one turn, relies on the leader of that one (F131i)', () => {
  const watched: string[] = []
  const configuration = { index: 1, configuration: configurationOf('a', 'b', 'c') }
  const core = { isQuiet: true, standing: { term: 3, leader: 'b', configuration }, peers: () => [] }
  const pulses = {
    begin: ({ restsIn }: QuietMember, neighbours: readonly Neighbour[]) =>
      void watched.push(...neighbours.map(({ host }) => `${host} in ${restsIn.term}`)),
    end: () => void watched.splice(0),
  }
  const routes = { addressOf: () => null }
  const member = { id: 'a', core, incarnation: 'one', leads: false, routes, settings: {}, host: { pulses } }
  const rest = new Rest(member as unknown as ConstructorParameters<typeof Rest>[0])
  rest.look()
  rest.look()
  expect(watched).toEqual(['host-b in 3'])
  core.standing = { term: 4, leader: 'c', configuration }
  rest.look()
  expect(watched).toEqual(['host-c in 4'])
  core.isQuiet = false
  rest.look()
  expect(watched).toEqual([])
})
