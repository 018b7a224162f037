/** What happens to disks while their members are down, and how it is made good: entries that can't be read, and ends of logs that are gone. */
import { isHealthy } from './health.ts'
import type { Member } from './member.ts'
import type { World } from './world.ts'

/** Something on the disk of a member that is down turns out to be damaged, as far as a group can live with it. */
export function damage(world: World, member: Member): void {
  const { chance } = world
  const { disk } = member
  if (disk.entries.length === 0) return
  const first = chance.between(disk.base.index + 1, disk.last)
  if (chance.once(3)) {
    if (isHealthy(world, member)) disk.lose(first)
    return
  }
  for (let index = first; index <= Math.min(disk.last, first + 5); index++)
    if (disk.entryAt(index)!.configuration === null && givers(world, member, index).length > 0)
      disk.damaged.add(index)
}

/** Members whose disks hold what this one's log has at `index`, and can read it. */
function givers(world: World, { id, disk, core }: Member, index: number): Member[] {
  const term = core === null ? disk.termAt(index) : core.termAt(index)
  return [...world.members.values()].filter(
    (other) => other.id !== id && !other.wiped && !other.removed && other.disk.reads(index, term),
  )
}

/** As the host does: what others can give is put back, and where they have compacted it, one of them gives its snapshot. */
export function heal(world: World, member: Member): void {
  const { core, disk } = member
  if (core === null || core.damaged.length === 0) return
  for (const { from, to } of core.damaged)
    for (let index = from; index <= to; index++)
      if (givers(world, member, index).some(({ core: other }) => other !== null)) {
        disk.damaged.delete(index)
        world.give(member, { kind: 'restored', from: index, to: index })
      } else {
        const other = world.up.find(({ disk: its }) => its !== disk && its.base.index >= index)
        const position = other?.disk.snapshot ?? null
        if (position !== null && core.termAt(position.index) === position.term)
          world.receive(member, position, () => {})
      }
  world.later(member, world.plan.electionMs, () => heal(world, member))
}
