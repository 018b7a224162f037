/** Whom a member asks for entries that it can't read. */
import type { Sender } from '@rafted/contracts'
import type { Core } from '@rafted/core'
import { expect, test } from 'vitest'
import type { HostContext } from '../src/context.ts'
import { Repairing, type RepairingOptions } from '../src/repairing.ts'
import type { Routes } from '../src/routes.ts'

const silenceMs = 1000

function setting(...members: string[]) {
  const asked: string[] = []
  const given: string[] = []
  let voters = members
  let leader: string | null = null
  let now = 0
  const core = {
    damaged: [{ from: 5, to: 5 }],
    lostTo: null,
    termAt: () => 2,
    get standing() {
      const configuration = { voters: voters.map((id) => ({ id })), outgoing: null, learners: [] }
      return { leader, configuration: { index: 1, configuration } }
    },
  } as unknown as Core
  const host = {
    now: () => now,
    clock: { after: () => () => {} },
    outbox: { maxPayloadBytes: 1000, push: (to: string) => void asked.push(to) },
    wake() {},
    event() {},
  } as unknown as HostContext
  const options: RepairingOptions = {
    host,
    group: 'g',
    incarnation: '1',
    member: 'own',
    core,
    routes: { addressOf: (id: string) => id, heard() {} } as unknown as Routes,
    mail: {} as RepairingOptions['mail'],
    snapshots: { give: (to: string) => void given.push(to) } as unknown as RepairingOptions['snapshots'],
    silenceMs: () => silenceMs,
    input() {},
    failed(error) {
      throw error
    },
  }
  return {
    asked,
    given,
    repairing: new Repairing(options),
    become: (...others: string[]) => {
      voters = others
    },
    /** So long that whoever was asked and has not answered is taken for silent. */
    passSilence: () => {
      now += silenceMs
    },
    follow: (one: string | null) => {
      leader = one
    },
  }
}

test('who was asked and is a member no more is not waited for (F74b)', () => {
  const { asked, repairing, become } = setting('own', 'b', 'c')
  repairing.advance()
  repairing.advance()
  expect(asked).toEqual(['b'])
  become('own', 'c')
  repairing.advance()
  expect(asked).toEqual(['b', 'c'])
})

test('whoever leads is asked as well, as long as it does, though the configuration has it no more (F74g)', () => {
  const { asked, passSilence, repairing, follow } = setting('own', 'b')
  follow('former')
  repairing.advance()
  expect(asked).toEqual(['b'])
  passSilence()
  repairing.advance()
  expect(asked).toEqual(['b', 'b', 'former'])
  follow(null)
  passSilence()
  repairing.advance()
  expect(asked).toEqual(['b', 'b', 'former', 'b'])
})

test('a leader that the configuration has is asked once', () => {
  const { asked, passSilence, repairing, follow } = setting('own', 'b')
  follow('b')
  repairing.advance()
  repairing.advance()
  expect(asked).toEqual(['b'])
  passSilence()
  repairing.advance()
  expect(asked).toEqual(['b', 'b'])
})

test('a snapshot is given to members only: each transfer costs memory (F74b)', () => {
  const { given, repairing } = setting('own', 'b')
  const sender = { name: 'host', reply: 'host', role: 'peer' } as unknown as Sender
  for (const from of ['b', 'stranger'])
    repairing.onItem({ kind: 'fetch-snapshot', incarnation: '1', from, to: 'own' }, sender)
  expect(given).toEqual(['b'])
})
