/** The program of the README of @rafted/fleet. */
import { createNetwork, defineValue, openFleet } from 'rafted-memory'

const counter = defineValue({
  init: () => 0,
  commands: { add: (n, by: number) => [n + by, n + by] },
  queries: { current: (n) => n },
})

const network = createNetwork()
const ids = ['a', 'b', 'c']
const open = (id: string) => openFleet({ id, cluster: 'shop', network, machines: { counter }, join: ids })
const fleets = await Promise.all(ids.map(open))
const fleet = fleets[0]!

await fleet.initialise() // once in the life of a fleet
for (const one of fleets) await one.activate({ zone: `zone ${one.id}` })

await fleet.addGroup('visits', { machine: 'counter' })
const visits = fleet.value('visits', counter)
await visits.add(2)
console.log(await visits.current())

const [group] = await fleet.groups()
console.log(group!.name, group!.hosts.length, (await fleet.whereIsLeader('visits')) !== null)
await Promise.all(fleets.map((one) => one.close()))
