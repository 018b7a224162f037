/** Whom a member asks for entries that it can't read. */
import type { Core } from '@rafted/core'
import { expect, test } from 'vitest'
import type { HostContext } from '../src/context.ts'
import { Repairing, type RepairingOptions } from '../src/repairing.ts'
import type { Routes } from '../src/routes.ts'

function setting(...members: string[]) {
  const asked: string[] = []
  let voters = members
  const core = {
    damaged: [{ from: 5, to: 5 }],
    lostTo: null,
    termAt: () => 2,
    get standing() {
      const configuration = { voters: voters.map((id) => ({ id })), outgoing: null, learners: [] }
      return { configuration: { index: 1, configuration } }
    },
  } as unknown as Core
  const host = {
    now: () => 0,
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
    routes: { addressOf: (id: string) => id } as unknown as Routes,
    mail: {} as RepairingOptions['mail'],
    snapshots: {} as RepairingOptions['snapshots'],
    silenceMs: 1000,
    input() {},
    failed(error) {
      throw error
    },
  }
  return {
    asked,
    repairing: new Repairing(options),
    become: (...others: string[]) => {
      voters = others
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
