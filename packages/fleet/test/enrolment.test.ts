/** What a host does about its part in the fleet, by what the registry says and when. */
import { expect, test } from 'vitest'
import { Enrolment } from '../src/enrolment.ts'
import type { FleetContext } from '../src/fleet-host.ts'
import type { HostRecord } from '../src/registry/records.ts'
import { RegistryState } from '../src/registry/state.ts'

/** A registry whose answers come when the test lets them. */
function registry() {
  const state = new RegistryState()
  const asked: string[] = []
  const answers: (() => void)[] = []
  let changed: (change: { hosts: boolean }) => void = () => {}
  const said = (): void => {
    state.version++
    changed({ hosts: true })
  }
  const call = (what: string, does: () => void): Promise<number> => {
    asked.push(what)
    does()
    said()
    return new Promise((resolve) => answers.push(() => resolve(state.version)))
  }
  const control = {
    with: () => ({
      enrol: (host: HostRecord) => call('enrol', () => state.setHost('a', { ...host, isDraining: false })),
      drain: () => call('drain', () => state.setHost('a', { ...state.hosts.get('a')!, isDraining: true })),
      withdraw: () => call('withdraw', () => state.setHost('a', null)),
    }),
  }
  const view = {
    state,
    onChange: (told: typeof changed) => {
      changed = told
      return () => {}
    },
  }
  const context = {
    host: { id: 'a', address: 'at-a', wireVersions: [1, 1], keeps: () => ({ life: '1', durable: true }) },
    control,
    view,
    machines: {},
    observer: {},
    random: { number: () => 0.5, bytes: (count: number) => new Uint8Array(count) },
    clock: { after: () => () => {} },
  } as unknown as FleetContext
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      for (const answer of answers.splice(0)) answer()
      await Promise.resolve()
    }
  }
  const giveUp = (): void => {
    state.setHost('a', null)
    said()
  }
  return { context, asked, settle, giveUp, state }
}

const place = { zone: 'z', capacity: 1 }

test('a host that is given up takes part again, and is emptied if it was to be (F101, F101c)', async () => {
  const { context, asked, settle, giveUp, state } = registry()
  const enrolment = new Enrolment(context, false)
  const done = enrolment.enrol(place, 1000)
  await settle()
  await done
  giveUp()
  await settle()
  expect(asked).toEqual(['enrol', 'enrol'])
  void enrolment.drain(1000)
  await settle()
  expect(enrolment.isDraining(state)).toBe(true)
  giveUp()
  expect(enrolment.isDraining(state)).toBe(false)
  await settle()
  expect(asked.slice(2)).toEqual(['drain', 'enrol', 'drain'])
  expect(enrolment.isDraining(state)).toBe(true)
})

test('a host that takes part no more does not take that for having been given up: the registry may say so before it is answered (F101d)', async () => {
  const { context, asked, settle, state } = registry()
  const enrolment = new Enrolment(context, false)
  void enrolment.enrol(place, 1000)
  await settle()
  void enrolment.drain(1000)
  await settle()
  const left = enrolment.withdraw(1000)
  expect(state.hosts.size).toBe(0)
  await settle()
  await left
  await settle()
  expect(asked).toEqual(['enrol', 'drain', 'withdraw'])
  expect(enrolment.isActive).toBe(false)
})
