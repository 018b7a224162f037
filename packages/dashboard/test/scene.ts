/** Hosts in memory that have something to show. */
import { createNetwork, defineValue, type Fleet, type MemoryHost, openFleet, openHost } from 'rafted-memory'

export const tally = defineValue({
  init: () => 0,
  commands: { add: (sum, amount: number) => [sum + amount, sum + amount] },
  queries: { sum: (sum) => sum },
})

/** Three hosts with the group `orders` on each, led by the first. */
export async function threeHosts(): Promise<readonly [MemoryHost, MemoryHost, MemoryHost]> {
  const network = createNetwork()
  const open = (id: string): Promise<MemoryHost> => openHost({ id, cluster: 'shop', network })
  const [a, b, c] = await Promise.all([open('a'), open('b'), open('c')])
  await a.createGroup('orders', { machine: tally })
  for (const host of [b, c]) await host.group('orders', { machine: tally, join: ['a'] })
  await voters(a, 'orders', 3)
  return [a, b, c]
}

/** Resolves when the group has so many voters and all of them are known to have its log. */
export async function voters(host: MemoryHost, group: string, count: number): Promise<void> {
  await until(() => {
    const status = host.status(group)
    const { voters: found = [], outgoing = null } = status?.configuration?.configuration ?? {}
    return (
      found.length === count &&
      outgoing === null &&
      status!.peers.every(({ match }) => match === status!.lastIndex)
    )
  })
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Six hosts in three zones, with so many groups. */
export async function fleetOf(groups: number): Promise<Fleet[]> {
  const network = createNetwork()
  const ids = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']
  const open = (id: string): Promise<Fleet> =>
    openFleet({ id, cluster: 'shop', network, machines: { tally }, join: ids })
  const fleets = await Promise.all(ids.map(open))
  await fleets[0]!.initialise()
  await Promise.all(fleets.map((fleet) => fleet.activate({ zone: `zone ${fleet.id[0]}` })))
  for (let i = 0; i < groups; i++)
    await fleets[0]!.addGroup(`${['basket', 'room', 'ledger', 'stock'][i % 4]!}/${Math.floor(i / 4) + 1}`, {
      machine: 'tally',
    })
  return fleets
}
