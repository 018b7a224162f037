/** The story: six hosts in three zones; one comes, a zone is lost, a host dies, another one goes. Meanwhile commands go on. */
import { zoneOf } from './hosts.ts'
import { countsOf, type Placement } from './placement.ts'
import type { Telling } from './telling.ts'

const shops = ['bergen', 'lyon', 'osaka', 'quito', 'turin']

/** @param ids of the hosts; the last one comes later. @returns whether all is as it should be. */
export async function threeZones(telling: Telling, ids: readonly string[]): Promise<boolean> {
  const newcomer = ids.at(-1)!
  await begin(telling, ids.slice(0, -1))
  await comes(telling, newcomer)
  const keptOn = await loseZone(telling, 'b')
  await dies(telling, 'b1')
  await goes(telling, 'a2')
  const isWell = await telling.account()
  return isWell && keptOn
}

async function begin(telling: Telling, ids: readonly string[]): Promise<void> {
  telling.say(`${ids.length} processes: ${ids.join(', ')}; their first letter is their zone`)
  await telling.found(ids, shops)
  telling.say(`${shops.length} groups of three members; each has one in every zone`)
  const { groups } = await telling.settle(areSpread)
  telling.show()
  for (const [i, { name }] of groups.entries()) {
    const id = ids[i % ids.length]!
    const pears = await telling.processes.at(id).inStock(name, 'pears')
    telling.say(`${id} is asked: ${name} has received ${pears} pears`)
  }
}

async function comes(telling: Telling, id: string): Promise<void> {
  telling.processes.start(id)
  await telling.processes.at(id).takesPart()
  telling.say(`${id} is started, and takes part`)
  const placement = await telling.settle(({ hosts }) => hosts.some((host) => host.id === id))
  telling.say(`${id} has ${countsOf(placement).get(id)} members now, each in the place of one in its zone`)
  telling.show()
}

/** All of its hosts at once. @returns whether everything went on, and nothing moved. */
async function loseZone(telling: Telling, zone: string): Promise<boolean> {
  const { processes } = telling
  // Else the registry could go with a zone: so many of its voters may be lost as are no majority.
  await telling.until(
    'five hosts to vote in the control group',
    async () => (await processes.any().controlVoters()).length === 5,
  )
  const before = await telling.settle()
  const lost = processes.ids.filter((id) => zoneOf(id) === zone)
  await processes.kill(...lost)
  telling.say(`zone ${zone} is lost: ${lost.join(' and ')} are killed`)
  await telling.goOn(shops)
  telling.say('all groups have acknowledged commands since')
  let after: Placement | null = null
  await telling.until('all to be led', async () => {
    after = await telling.look()
    return after?.groups.every(({ leader }) => leader !== null && zoneOf(leader) !== zone) === true
  })
  telling.show()
  const isStill = placesOf(after!) === placesOf(before)
  telling.say(isStill ? 'nothing has moved: a zone that is lost may come back' : 'members have moved')
  processes.start(...lost)
  await Promise.all(lost.map((id) => processes.at(id).takesPart()))
  await telling.settle()
  telling.say(`zone ${zone} is back`)
  return isStill
}

const placesOf = ({ groups }: Placement): string =>
  JSON.stringify(groups.map(({ name, hosts }) => [name, hosts]))

/** It is killed, and does not come back. */
async function dies(telling: Telling, id: string): Promise<void> {
  const { processes } = telling
  await processes.any().changeSettings({ purgeAfterMs: 1000 })
  await processes.kill(id)
  telling.say(`${id} is killed, and stays away; a host is given up a second after most others miss it`)
  const placement = await telling.settle(({ hosts }) => hosts.every((host) => host.id !== id))
  telling.say(`${id} is given up, and its members are on ${heirs(placement, zoneOf(id)).join(', ')}`)
  telling.show()
}

/** In good order. */
async function goes(telling: Telling, id: string): Promise<void> {
  const { processes } = telling
  await processes.at(id).deactivate()
  await processes.stop(id)
  telling.say(`${id} has handed over everything, and is stopped`)
  const placement = await telling.settle(({ hosts }) => hosts.every((host) => host.id !== id))
  telling.say(`what it had is on ${heirs(placement, zoneOf(id)).join(', ')}`)
  telling.show()
}

const heirs = ({ hosts }: Placement, zone: string): string[] =>
  hosts.filter((host) => host.zone === zone).map(({ id }) => id)

const areSpread = ({ groups }: Placement): boolean =>
  groups.every(({ hosts }) => new Set(hosts.map(zoneOf)).size === 3)
