/** One host of the fleet, as the story sees it from another process. */
import type { Fleet, FleetSettings } from 'rafted'
import type { Placement } from './placement.ts'
import { stock } from './stock.ts'

export interface ShopHost {
  /** Begins the fleet: done once, on one host. */
  initialise(): Promise<void>
  /** Resolves once this host takes part. */
  takesPart(): Promise<void>
  changeSettings(changes: Partial<FleetSettings>): Promise<void>
  /** Adds the group of a shop. */
  addShop(shop: string): Promise<void>
  /** A command, under a key: asked again under the same one, of whichever host, it takes effect once. */
  receive(shop: string, article: string, count: number, key: string): Promise<number>
  /** A query. */
  inStock(shop: string, article: string): Promise<number>
  placement(): Promise<Placement>
  /** Hosts whose members vote in the control group. */
  controlVoters(): Promise<string[]>
  /** How far each group's member here is, by its group's name for hosts. */
  applied(): Promise<ReadonlyMap<string, number>>
  /** Names of the groups that nobody leads; null stands for the control group. */
  withoutLeader(): Promise<(string | null)[]>
  /** @returns why not, or null if it was done. */
  removeDeadHost(id: string): Promise<string | null>
  /** Empties this host, and ends its part. */
  deactivate(): Promise<void>
}

/** A method of `ShopHost` with its arguments: what is asked of a host in another process. */
export type Question = [name: keyof ShopHost, ...args: never[]]

/** So that the story is a short one: by themselves heartbeats come every 200 ms, and elections after a second. */
const settings = { heartbeatMs: 100, electionMs: 500 }
const CONTROL = 'fleet'

/** @param takingPart resolves once the host does. */
export function shopHost(fleet: Fleet, takingPart: Promise<void>): ShopHost {
  const shopAt = (name: string, timeoutMs: number) => fleet.value(name, stock, { timeoutMs })
  return {
    initialise: () => fleet.initialise(),
    takesPart: () => takingPart,
    changeSettings: async (changes) => void (await fleet.changeSettings(changes)),
    addShop: (shop) => fleet.addGroup(shop, { machine: 'stock', settings }),
    receive: (shop, article, count, key) => shopAt(shop, 3000).with({ key }).receive(article, count),
    inStock: (shop, article) => shopAt(shop, 10_000).of(article),
    placement: () => placementOf(fleet),
    controlVoters: async () => {
      const { voters = [], outgoing } = fleet.host.status(CONTROL)?.configuration?.configuration ?? {}
      return outgoing === null ? voters.map(({ host }) => host) : []
    },
    applied: async () =>
      new Map((await fleet.host.held()).map((raft) => [raft, fleet.host.status(raft)?.appliedIndex ?? 0])),
    withoutLeader: async () => (await fleet.groupsWithoutLeader()).map(({ name }) => name),
    removeDeadHost: (id) =>
      fleet.removeDeadHost(id).then(
        () => null,
        (error: unknown) => (error as Error).message,
      ),
    deactivate: () => fleet.deactivate({ timeoutMs: 60_000 }),
  }
}

async function placementOf(fleet: Fleet): Promise<Placement> {
  const [zones, all] = await Promise.all([fleet.activeHosts(), fleet.groups()])
  const groups = all.toSorted((x, y) => (x.name < y.name ? -1 : 1))
  const hosts = [...zones.values()].flat().map(({ id, zone, capacity }) => ({ id, zone, capacity }))
  const leaders = await Promise.all(groups.map(({ name }) => fleet.whereIsLeader(name)))
  return {
    hosts,
    groups: groups.map(({ name, hosts: at, replicas, move }, i) => {
      const coming = move?.to ?? null
      return { name, replicas, hosts: at, coming, isMoving: move !== null, leader: leaders[i] ?? null }
    }),
  }
}
