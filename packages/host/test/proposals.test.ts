/** Calls on their way into the log: each of them is answered, whatever becomes of the member. */
import { expect, test } from 'vitest'
import { Proposals } from '../src/proposals.ts'

test('a call that came in the turn in which its member stopped is answered: it was never proposed', () => {
  const refused: unknown[] = []
  const answers = {
    answer: () => {},
    refuse: ({ id }: { readonly id: number }, code: string, outcome: string) =>
      refused.push([id, code, outcome]),
  }
  const proposals = new Proposals(answers, 1024)
  const request = { kind: 'open-session', id: 1, group: 'g', incarnation: null } as const
  proposals.add(request, null)
  proposals.abandon('member-stopped', 'It has stopped.')
  expect(refused).toEqual([[1, 'member-stopped', 'not-applied']])
  proposals.abandon('member-stopped', 'It has stopped.')
  expect(refused).toHaveLength(1)
})
