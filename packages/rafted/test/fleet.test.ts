/** A fleet on files and TCP: what lies in the files, and what does not. */
import { join } from 'node:path'
import { readStorage } from '@rafted/storage'
import { defineValue, type Fleet, type FleetOptions, isPersistedGroup, openFleet } from 'rafted'
import { afterEach, expect, test } from 'vitest'
import { freeAddress, freshDirectory, host, secret } from './place.ts'

const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

const ids = ['a', 'b', 'c']
const fleets = new Map<string, Fleet>()
afterEach(async () => {
  await Promise.all([...fleets.keys()].map(close))
})

interface Place {
  readonly dir: string
  readonly addresses: Map<string, string>
}

async function somewhere(): Promise<Place> {
  const found = ids.map(async (id) => [id, await freeAddress()] as const)
  return { dir: await freshDirectory(), addresses: new Map(await Promise.all(found)) }
}

async function open(id: string, place: Place, options: Partial<FleetOptions> = {}): Promise<Fleet> {
  const { dir, addresses } = place
  const access = { id, cluster: 'shop', listen: addresses.get(id)!, dir: join(dir, id), secret }
  const fleet = await openFleet({ ...access, machines: { list }, join: [...addresses.values()], ...options })
  fleets.set(id, fleet)
  return fleet
}

async function close(id: string): Promise<void> {
  await fleets.get(id)?.close()
  fleets.delete(id)
}

const fleet = (id: string): Fleet => fleets.get(id)!

/** Asks again and again: whatever ends, ends by itself. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Whether the group has its three members, all of which vote. */
async function isWhole(name: string): Promise<boolean> {
  const group = (await fleet('a').groups()).find((one) => one.name === name)!
  const standing = [...fleets.values()].map((one) => one.host.status(group.raft))
  return standing.every((status) => {
    const { voters = [], learners = [] } = status?.configuration?.configuration ?? {}
    return voters.length === 3 && learners.length === 0 && voters.some(({ id }) => id === status?.member)
  })
}

test('groups that are persisted outlive all processes; those in memory outlive some, and leave nothing in the files; a host comes back at another address', async () => {
  const place = await somewhere()
  for (const id of ids) await open(id, place)
  await fleet('a').initialise()
  for (const id of ids) await fleet(id).activate({ zone: id })
  const settings = { heartbeatMs: 50, electionMs: 200 }
  await fleet('b').addGroup('kept', { machine: 'list', settings })
  await fleet('c').addGroup('passing', { machine: 'list', settings, persist: false })
  for (const name of ['kept', 'passing']) {
    await fleet('c').value(name, list).add('first')
    await until(() => isWhole(name))
  }

  await close('b')
  const stored = await (await readStorage({ path: join(place.dir, 'b') })).log()
  const groups = await stored!.groups()
  expect(groups).toEqual(expect.arrayContaining(['fleet', expect.stringContaining('/kept@')]))
  expect(groups.every(isPersistedGroup)).toBe(true)
  await stored!.close()
  place.addresses.set('b', await freeAddress())
  await open('b', place, { join: [place.addresses.get('a')!] })
  await fleet('b').activate({ zone: 'b' })
  await until(() => isWhole('passing'))
  expect(await fleet('b').value('passing', list).all()).toEqual(['first'])

  await Promise.all(ids.map(close))
  await Promise.all(ids.map((id) => open(id, place)))
  expect(await fleet('b').value('kept', list).all()).toEqual(['first'])
  const [gone, ...others] = await fleet('b').groupsWithoutLeader()
  expect([gone?.name, others]).toEqual(['passing', []])
})

test('a fleet that is told what can not be leaves nothing open', async () => {
  const place = await somewhere()
  const machines = { 'no name': list }
  await expect(open('a', place, { machines })).rejects.toMatchObject({ code: 'invalid-argument' })
  const listen = place.addresses.get('a')!
  await host({ listen, dir: join(place.dir, 'a') })
})
