/** What happens to a group: clients, operators, crashes, cuts, pauses. */

import { holds } from '../../src/configurations.ts'
import { type Configuration, membersOf, type Place, rearranged, withLearner } from '../../src/index.ts'
import { damage, heal } from './damage.ts'
import { isHealthy } from './health.ts'
import type { Member } from './member.ts'
import { memberAt, type World } from './world.ts'

const HOSTS = 7

/** Rolls every die once: called once per turn. */
export function chaos(world: World): void {
  const { chance, plan } = world
  if (chance.once(plan.propose)) propose(world)
  if (chance.once(plan.read)) read(world)
  if (chance.once(plan.change)) change(world)
  if (chance.once(plan.snapshot)) snapshot(world)
  if (chance.once(plan.crash)) crash(world)
  if (chance.once(plan.wipe)) wipe(world)
  if (chance.once(plan.cut)) cut(world)
  if (chance.once(plan.pause)) pause(world)
  if (chance.once(plan.suspect) && world.up.length > 0)
    world.give(chance.pick(world.up), { kind: 'host-suspect', host: `h${chance.between(1, HOSTS)}` })
}

function leader(world: World): Member | undefined {
  const leaders = world.up.filter(({ leads }) => leads)
  return leaders.length === 0 ? undefined : world.chance.pick(leaders)
}

export function propose(world: World): void {
  const { chance } = world
  const member = leader(world)
  if (member === undefined) return
  const count = chance.between(1, 4)
  world.give(member, { kind: 'propose', count, bytes: count * chance.between(32, 200) })
}

/** @returns the read's id, if there was anybody to ask. */
export function read(world: World): number | null {
  const member = leader(world)
  if (member === undefined) return null
  world.give(member, { kind: 'read', id: ++world.readsBegun })
  return world.readsBegun
}

/** A snapshot of what is applied, and the log shortened by some of it. */
function snapshot(world: World): void {
  const { chance } = world
  const member = chance.pick(world.up)
  if (member === undefined || member.removed) return
  const core = member.core!
  if (member.commit <= core.baseIndex) return
  const index = chance.between(core.baseIndex + 1, member.commit)
  const term = core.termAt(index)!
  const { time } = world.ledger.entry(index, term)
  const compactTo = chance.between(core.baseIndex, index)
  world.save(member, { index, term, time, configuration: world.ledger.configurationAt(index) })
  world.later(member, 0, () => {
    if (member.removed) return
    world.give(member, { kind: 'snapshot-taken', index, compactTo })
    world.write(member, { compactTo })
  })
}

function crash(world: World): void {
  const { chance, plan } = world
  const member = chance.pick(world.up)
  if (member === undefined) return
  const several = chance.once(6) ? world.up : [member]
  for (const one of several) {
    world.crash(one)
    world.agenda.at(world.now + chance.next() * 4 * plan.electionMs, () => restart(world, one))
  }
}

export function restart(world: World, member: Member): void {
  if (member.core !== null || member.wiped || member.removed) return
  if (!world.calm && world.chance.once(world.plan.damage)) damage(world, member)
  world.start(member)
  heal(world, member)
}

/** A disk is lost, with its member. The host may come back with another. */
function wipe(world: World): void {
  const member = world.chance.pick([...world.members.values()])
  if (member.wiped || !isHealthy(world, member)) return
  // It may be the only one that can give back what others can't read.
  if ([...world.members.values()].some(({ disk, wiped }) => !wiped && disk.damaged.size > 0)) return
  world.crash(member)
  member.wiped = true
}

function cut(world: World): void {
  const { chance, cuts, plan } = world
  const hosts = Array.from({ length: HOSTS }, (_, i) => `h${i + 1}`)
  const side = new Set(hosts.filter(() => chance.once(2)))
  const oneWay = chance.once(3)
  const alone = chance.once(2) ? chance.pick(hosts) : null
  for (const from of hosts)
    for (const to of hosts) {
      const across = alone === null ? side.has(from) && !side.has(to) : from === alone && to !== alone
      if (!across) continue
      cuts.add(`${from}>${to}`)
      if (!oneWay) cuts.add(`${to}>${from}`)
    }
  world.agenda.at(world.now + chance.next() * 8 * plan.electionMs, () => cuts.clear())
}

/** A process stops for a while, and then takes all that waits in one turn. */
function pause(world: World): void {
  const { chance, plan } = world
  const member = chance.pick(world.up)
  if (member !== undefined) member.pausedUntil = world.now + chance.next() * 3 * plan.electionMs
}

/** An operator changes the members. */
function change(world: World): void {
  const { chance } = world
  const member = leader(world)
  const current = member?.core?.standing.configuration
  if (member === undefined || current === null || current === undefined) return
  const wanted = draw(world, current.configuration)
  if (wanted === null) return
  const based = chance.once(2) ? { ifConfigurationAt: current.index } : {}
  world.give(member, { kind: 'change', ...wanted, ...based, evenIfQuorumAtRisk: chance.once(10) })
}

function draw(world: World, current: Configuration) {
  const { chance } = world
  const all = membersOf(current)
  if (chance.once(3)) {
    const places: Place[] = ['out', 'out', 'learner', 'promoted', 'voter']
    const moved = { member: chance.pick(all).id, place: chance.pick(places) }
    return rearranged(current, { places: [moved], others: 'keep' })
  }
  if (chance.once(3)) {
    const sound = all.filter(({ id }) => !world.members.get(id)!.wiped)
    const hosts = new Set<string>()
    const voters = sound.filter(({ host }) => chance.once(2) && !hosts.has(host) && hosts.add(host))
    const rest = all.filter((one) => !voters.includes(one))
    if (voters.length === 0 || new Set(rest.map(({ host }) => host)).size < rest.length) return null
    return {
      voters: voters.map(({ id, host }) => memberAt(id, host)),
      learners: rest.map(({ id, host }) => ({ ...memberAt(id, host), promote: chance.once(3) })),
    }
  }
  const learner = newcomer(world)
  return learner === null ? null : withLearner(current, learner)
}

/** A member that is to be added: a new one, or one that was to be added before. Ids are never used again. */
function newcomer(world: World) {
  const { chance, ledger } = world
  const host = `h${chance.between(1, HOSTS)}`
  const there = [...world.members.values()].find((one) => one.host === host && !one.wiped && !one.removed)
  if (
    there !== undefined &&
    ledger.configurations.some(({ configuration }) => holds(configuration, there.id))
  )
    return null
  const member = there ?? world.create(host)
  if (there === undefined) world.start(member)
  return { ...memberAt(member.id, host), promote: !chance.once(4) }
}
