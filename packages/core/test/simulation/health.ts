/** Whether what is left of the disks is enough for the group. */
import type { Configuration } from '../../src/index.ts'
import type { Member } from './member.ts'
import type { World } from './world.ts'

/** Every configuration that anybody could still act on. */
function known(world: World): Configuration[] {
  const configurations = [world.ledger.configurations.at(-1)!.configuration]
  for (const { core, disk, wiped, removed } of world.members.values()) {
    if (wiped || removed) continue
    const effective = core?.standing.configuration?.configuration
    if (effective !== undefined) configurations.push(effective)
    for (const { configuration } of disk.entries)
      if (configuration !== null) configurations.push(configuration)
    if (disk.baseConfiguration !== null) configurations.push(disk.baseConfiguration.configuration)
  }
  return configurations
}

/** Whether a majority of every configuration has its disks, and they are sound. */
export function isHealthy(world: World, except: Member | null = null, isThere = isSound): boolean {
  const there = (list: readonly { readonly id: string }[]) =>
    list.filter(({ id }) => id !== except?.id && isThere(world.members.get(id)!)).length > list.length >> 1
  return known(world).every(({ voters, outgoing }) => there(voters) && (outgoing === null || there(outgoing)))
}

function isSound({ wiped, disk }: Member): boolean {
  return !wiped && disk.lostTo === null && disk.damaged.size === 0
}
