/**
 * One run: some thousand turns in which anything may go wrong, then a while in which nothing does. In the first part nothing
 * false may happen; in the second, whatever a majority can bring about must happen.
 */
import type { Configuration } from '../../src/configuration.ts'
import { holds, membersOf } from '../../src/configurations.ts'
import { chaos, propose, read, restart } from './chaos.ts'
import { isHealthy } from './health.ts'
import type { Member } from './member.ts'
import { World } from './world.ts'

/** @throws an error that names the seed, when a promise is broken. */
export function simulate(seed: number, turns: number): World {
  let world: World | null = null
  try {
    world = new World(seed)
    while (world.turns < turns) {
      chaos(world)
      const before = world.turns
      world.run(1)
      // Everybody is down or waits: time goes on with whoever starts next.
      if (world.turns === before) break
    }
    settle(world)
  } catch (cause) {
    const at = `seed ${seed}, turn ${world?.turns}, time ${world?.now.toFixed(3)}`
    throw new Error(`${at}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  return world
}

/**
 * Calm weather: everybody comes back, and the group must be whole within this many election timeouts. In a plan with tiny
 * windows a follower that is a thousand entries behind needs most of them.
 */
const PATIENCE = 400

function settle(world: World): void {
  world.calm = true
  world.cuts.clear()
  const disks = [...world.members.values()]
  for (const member of disks) {
    member.pausedUntil = 0
    restart(world, member)
  }
  if (!isHealthy(world, null, ({ wiped }) => !wiped)) return
  const end = world.now + PATIENCE * world.plan.electionMs
  const late = () => world.now > end
  let missing = 'everything'
  let asked: number | null = null
  const whole = () => {
    if (asked === null || !world.answered.has(asked)) {
      if (world.turns % 50 === 0) {
        propose(world)
        asked = read(world)
      }
      missing = 'an answered read'
      return late()
    }
    missing = whatIsMissing(world)
    return missing === '' || late()
  }
  world.run(1_000_000, whole)
  if (missing !== '')
    throw new Error(`after ${PATIENCE} election timeouts of calm, this is missing: ${missing}`)
}

function whatIsMissing(world: World): string {
  const leaders = world.up.filter(({ leads }) => leads)
  if (leaders.length !== 1) return `one leader (there are ${leaders.length})`
  const { index, configuration } = world.ledger.configurations.at(-1)!
  if (configuration.outgoing !== null) return 'the end of a joint change'
  const { commit, core } = leaders[0]!
  if (core!.standing.configuration!.index !== index || commit < core!.lastIndex) return 'a commit'
  for (const member of world.up) {
    const { id, removed, core } = member
    if (holds(configuration, id)) {
      if (removed) return `${id}, a member that holds itself for removed`
      if (core!.damaged.length > 0 || core!.lostTo !== null) return `what the disk of ${id} has lost`
      if (member.commit < commit) return `${id}, which is at ${member.commit} of ${commit}`
    } else if (!removed && knowsSomebody(member, configuration)) {
      return `the news for ${id} that it is removed`
    }
  }
  const waiting = configuration.learners.find(
    (learner) => learner.promote && world.members.get(learner.id)!.core !== null,
  )
  return waiting === undefined ? '' : `the promotion of ${waiting.id}`
}

/** Whether anybody a removed member could ask is still there: cores reach each other by id alone, a host would try its peers. */
function knowsSomebody({ id, core }: Member, current: Configuration): boolean {
  const known = core!.standing.configuration?.configuration
  return known !== undefined && holds(known, id) && membersOf(known).some((other) => holds(current, other.id))
}
