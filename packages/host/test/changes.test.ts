/** Changes of members: who may take whose place, and when they are answered. */
import {
  type Configuration,
  type Core,
  type Input,
  type Learner,
  type Standing,
  withLearner,
} from '@rafted/core'
import type { JoinRequest, Response } from '@rafted/wire'
import { expect, test } from 'vitest'
import { Changes } from '../src/changes.ts'
import { configurationOf } from './log-entries.ts'

const electionMs = 1000

/** The leader `a` of these voters, each heard as long ago as said. */
function setting(silentMs: Record<string, number>, committed = 7) {
  const told: string[] = []
  const inputs: Input[] = []
  const configuration = { index: 7, configuration: configurationOf('a', ...Object.keys(silentMs)) }
  const now = 10_000
  const core = {
    standing: { role: 'leader', configuration, committedConfigurationIndex: committed } as Partial<Standing>,
    peers: () => Object.entries(silentMs).map(([id, ms]) => ({ id, lastHeard: now - ms })),
    step: (input: Input) => {
      inputs.push(input)
      return { taken: true }
    },
  } as unknown as Core
  const changes = new Changes({
    incarnation: 'one',
    electionMs,
    core,
    answers: {
      answer: (_, response: Response) => {
        told.push(response.kind)
      },
      refuse: (_, code, outcome) => {
        told.push(`${code} ${outcome}`)
      },
    },
  })
  const join = (learner: Learner, formerDataLost = false): void => {
    const request: JoinRequest = {
      kind: 'join',
      id: 1,
      group: 'count',
      incarnation: 'one',
      member: learner,
      promote: true,
      formerDataLost,
    }
    changes.join(request, 'at-x', now)
  }
  const remove = (member: string): void => {
    const request = { group: 'count', incarnation: 'one', member, evenIfQuorumAtRisk: false } as const
    changes.remove({ kind: 'remove-member', id: 1, ...request }, 'at-x', now)
  }
  return { changes, told, inputs, join, remove, configuration }
}

const newcomer = (host: string): Learner => ({
  id: 'x',
  host,
  address: 'at-x',
  durable: true,
  wire: [1, 1],
  promote: true,
})

test('a member on a host that answers is not replaced, whatever the newcomer says of itself', () => {
  const { told, inputs, join } = setting({ b: electionMs - 1, c: 0 })
  join(newcomer('host-b'), true)
  join(newcomer('host-a'), true)
  expect(told).toEqual(['host-id-in-use not-applied', 'host-id-in-use not-applied'])
  expect(inputs).toEqual([])
})

test('a durable member on a host that is silent is replaced only when a person says that it is lost', () => {
  const { told, inputs, join } = setting({ b: electionMs, c: 0 })
  join(newcomer('host-b'))
  expect(told).toEqual(['member-lost not-applied'])
  expect(inputs).toEqual([])
  join(newcomer('host-b'), true)
  expect(inputs).toHaveLength(1)
})

test('a change is answered when the committed configuration says so, and open when its leader stops leading', () => {
  for (const leads of [true, false]) {
    const { changes, told, join, configuration } = setting({ b: 0, c: 0 })
    join(newcomer('host-x'))
    expect(told).toEqual([])
    changes.settle(configuration, true)
    expect(told).toEqual([])
    const { voters, learners } = withLearner(configuration.configuration, newcomer('host-x'))
    const added: Configuration = { voters, outgoing: null, learners }
    changes.settle(leads ? { index: 8, configuration: added } : configuration, leads)
    expect(told).toEqual([leads ? 'done' : 'not-leader unknown'])
  }
})

// The caller forgets its files then. Were the removal lost with this leader, the group might need them for a majority.
test('a removal that was asked for twice is answered when it is committed, not before (F35d)', () => {
  const { changes, told, inputs, remove, configuration } = setting({ b: 0 }, 6)
  remove('x')
  changes.settle({ index: 6, configuration: configurationOf('a', 'b', 'x') }, true)
  expect(told).toEqual([])
  changes.settle(configuration, true)
  expect(told).toEqual(['done'])
  expect(inputs).toEqual([])
})

test('who is not in the committed configuration is no member', () => {
  const { told, remove } = setting({ b: 0 })
  remove('x')
  expect(told).toEqual(['no-such-member not-applied'])
})
