/** Linearizable queries: which read of the core each shares, and when it is answered (thesis §6.4). */
import { pureMachine } from '@rafted/contracts'
import type { Core, Effects } from '@rafted/core'
import { type Response, valueCodec } from '@rafted/wire'
import { expect, test } from 'vitest'
import { HookCalls } from '../src/hooks.ts'
import { Queries } from '../src/queries.ts'
import { ReplicatedState } from '../src/replicated-state.ts'

const machine = pureMachine({
  init: () => 0,
  command: (value: number) => [value, value + 1] as const,
  query: (value: number) => value,
})

function setting() {
  const told: string[] = []
  const asked: number[] = []
  const core = {
    step: ({ id }: { id: number }) => {
      asked.push(id)
    },
  } as unknown as Core
  const queries = new Queries(
    {
      answer: (_, response: Response) => {
        told.push(`${response.id} answered`)
      },
      refuse: ({ id }, code) => {
        told.push(`${id} ${code}`)
      },
    },
    valueCodec,
    new HookCalls({}, 'count', {
      event: () => {},
      valueEvent: () => {},
      wants: () => false,
      afterTurn: () => {},
    }),
  )
  const ask = (...ids: number[]): void => {
    for (const id of ids)
      queries.add(
        {
          kind: 'query',
          id,
          group: 'count',
          incarnation: null,
          read: 'linearizable',
          payload: valueCodec.encode(null),
        },
        null,
      )
    queries.ask(core, 0)
  }
  const decided = (part: Partial<Effects>): void =>
    queries.onEffects({ reads: [], refused: [], ...part } as unknown as Effects)
  const stateAt = (index: number): ReplicatedState => {
    const state = new ReplicatedState({ machine, codec: valueCodec })
    state.applied = { index, term: 1 }
    return state
  }
  return { queries, told, asked, ask, decided, stateAt }
}

test('those of a turn share a read, and no two reads share an id', () => {
  const { asked, ask } = setting()
  ask(1, 2)
  ask(3)
  ask()
  ask(4)
  ask(5)
  expect(asked).toHaveLength(4)
  expect(new Set(asked).size).toBe(4)
})

test('each is answered when as much is applied as was committed when its read began, and not before', () => {
  const { queries, told, asked, ask, decided, stateAt } = setting()
  ask(1)
  ask(2)
  decided({ reads: asked.map((id, i) => ({ id, index: 5 + i })) })
  queries.answerDue(stateAt(4))
  expect(told).toEqual([])
  queries.answerDue(stateAt(5))
  expect(told).toEqual(['1 answered'])
  queries.answerDue(stateAt(6))
  expect(told).toEqual(['1 answered', '2 answered'])
})

test('what the core refuses is told to each caller', () => {
  const { queries, told, asked, ask, decided, stateAt } = setting()
  ask(1, 2)
  ask(3)
  decided({
    refused: [
      { id: asked[0]!, reason: 'not-leader' },
      { id: asked[1]!, reason: 'removed' },
    ],
  })
  expect(told).toEqual(['1 not-leader', '2 not-leader', '3 no-such-group'])
  queries.answerDue(stateAt(9))
  expect(told).toHaveLength(3)
})
