/** The tour of docs/fleet.md. */
import { createNetwork, defineValue, openFleet } from 'rafted-memory'

const stock = defineValue({
  init: () => 0,
  commands: { receive: (pears, count: number) => [pears + count, pears + count] },
  queries: { pears: (pears) => pears },
})

const network = createNetwork()
const open = (id: string) =>
  openFleet({ id, cluster: 'shops', network, machines: { stock }, join: ['a1', 'b1', 'c1'] })
const fleets = await Promise.all([open('a1'), open('b1'), open('c1'), open('c2')])
const [a1, b1, c1, c2] = fleets
await a1.initialise()
for (const fleet of fleets) await fleet.activate({ zone: fleet.id.slice(0, 1) })

await a1.addGroup('bergen', { machine: 'stock', settings: { heartbeatMs: 50, electionMs: 200 } })
const bergen = b1.value('bergen', stock)
await bergen.receive(20)
console.log(await c2.value('bergen', stock).pears())
for (const { name, hosts, replicas } of await c1.groups()) console.log(name, hosts, replicas)

await a1.changeSettings({ coolDownMs: 100 })
await c1.deactivate({ onProgress: (left) => console.log(`${left} to go`) })
await c1.close()
for (const { name, hosts } of await b1.groups()) console.log(name, hosts)

await a1.removeGroup('bergen')
console.log((await b1.groups()).length)
await a1.restoreRemoved('bergen')
console.log(await bergen.pears())
await Promise.all([a1, b1, c2].map((fleet) => fleet.close()))
