/** Commands that move many things: until nothing is left to do, or until somebody leads, or for some time. */
import type { Member, World } from './world.ts'

const maxRounds = 500

/**
 * Finishes all writes and delivers all messages, again and again, until there are none. Only among `ids`, null for
 * all. No time passes.
 */
export function settle(world: World, ids: readonly string[] | null): void {
  const within = (id: string) => ids === null || ids.includes(id)
  for (let round = 0; ; round++) {
    if (round > maxRounds) throw new Error('this does not settle')
    const members = world.alive().filter(({ id }) => within(id))
    const writing = members.filter(({ disk, slowDisk }) => !slowDisk && disk.underWay.length > 0)
    const flying = world.network.flying.filter(({ message }) => within(message.from) && within(message.to))
    const moved = transfer(world, members)
    if (writing.length + flying.length === 0 && !moved) return
    for (const member of writing) world.persist(member, member.disk.underWay.length)
    world.network.take(flying)
    for (const each of flying) world.deliver(each)
  }
}

/** Sends the snapshots that are due, and installs those that have arrived. */
function transfer(world: World, members: readonly Member[]): boolean {
  let moved = false
  for (const due of [...world.snapshotsDue]) {
    const [from, to] = due.split('->').map((id) => members.find((member) => member.id === id))
    if (from === undefined || to === undefined) continue
    sendSnapshot(world, from, to.id)
    for (const part of world.network.select({ from: from.id, to: to.id, kind: 'snapshot', nth: null })) {
      world.network.take([part])
      world.deliver(part)
    }
    if (to.arrived !== null) install(world, to)
    reportSent(world, from, to.id, true)
    moved = true
  }
  return moved
}

export function sendSnapshot(world: World, from: Member, to: string): void {
  const { snapshot } = from.disk
  if (snapshot === null) throw new Error(`${from.id} has no snapshot`)
  const { index, term: indexTerm } = snapshot
  const message = {
    kind: 'snapshot',
    from: from.id,
    to,
    term: from.standing!.term,
    index,
    indexTerm,
  } as const
  world.send({ message, snapshot })
}

/** Saves the snapshot that has arrived and tells the core. */
export function install(world: World, member: Member): void {
  const meta = saveArrived(world, member)
  const over = member.core!.termAt(meta.index) === meta.term
  const answer = world.turn(member, { kind: 'snapshot-installed', meta })!
  // Taken though the log names its last entry: what it covers goes, what follows stays.
  if (answer.taken && over) member.disk.compact(meta.index)
  world.say(`${member.id}: ${answer.taken ? 'begins after' : 'does not need'} the snapshot of ${meta.index}`)
}

/** Saves it, and the core does not know yet. */
export function saveArrived(world: World, member: Member) {
  const meta = member.arrived ?? member.disk.snapshot
  if (meta === null) throw new Error(`no snapshot has arrived at ${member.id}`)
  member.disk.snapshot = meta
  member.arrived = null
  world.say(`${member.id}: the snapshot of ${meta.index} is saved`)
  return meta
}

/** Tells the sender how the transfer ended, of its newest snapshot unless of an earlier one. */
export function reportSent(
  world: World,
  from: Member,
  to: string,
  ok: boolean,
  of: number | null = null,
): void {
  if (!world.snapshotsDue.delete(`${from.id}->${to}`))
    throw new Error(`${from.id} has asked for no snapshot to ${to}`)
  world.turn(from, { kind: 'snapshot-sent', to, index: of ?? from.disk.snapshot?.index ?? 0, ok })
}

/** None of `ids` hears a leader for an election timeout (but none wakes for that), and this one wakes. */
function campaign(world: World, member: Member, ids: readonly string[] | null): void {
  const election = world.options.electionMs ?? 1000
  for (const other of world.alive())
    if (other !== member && (ids === null || ids.includes(other.id)))
      world.tick(other, Math.max(0, Math.min(election, other.core!.wakeAt - other.now - 1)))
  world.tick(member, 1.5 * election)
}

/** Lets a member be elected by `ids`, commit the entry of its term and tell them. */
export function lead(world: World, id: string, ids: readonly string[] | null): void {
  const member = world.member(id)
  campaign(world, member, ids)
  settle(world, ids)
  world.tick(member, world.options.commitNoticeMs ?? 10)
  settle(world, ids)
  mustLead(member)
}

/**
 * Lets a member be elected by `ids`; what it sends as a leader stays under way. The first attempt may only teach it the
 * others' term.
 */
export function elect(world: World, id: string, ids: readonly string[]): void {
  const member = world.member(id)
  for (let attempt = 0; attempt < 2 && !leads(member); attempt++) {
    campaign(world, member, ids)
    while (!leads(member) && bringVotes(world, ids)) {}
  }
  mustLead(member)
}

function leads({ standing }: Member): boolean {
  return standing?.role === 'leader'
}

const votes: readonly string[] = ['pre-vote-request', 'pre-vote', 'vote-request', 'vote']

/** @returns whether there were any. */
function bringVotes(world: World, ids: readonly string[]): boolean {
  for (const voter of ids.map((each) => world.member(each))) world.persist(voter, voter.disk.underWay.length)
  const flying = world.network.flying.filter(
    ({ message }) => votes.includes(message.kind) && ids.includes(message.from) && ids.includes(message.to),
  )
  world.network.take(flying)
  for (const each of flying) world.deliver(each)
  return flying.length > 0
}

function mustLead(member: Member): void {
  if (!leads(member)) throw new Error(`${member.id} is ${member.standing?.role}`)
}

/** Time passes for all alike, and everything arrives within 50 ms. */
export function run(world: World, ms: number): void {
  for (let passed = 0; passed < ms; passed += 50) {
    for (const member of world.alive()) world.tick(member, 50)
    settle(world, null)
  }
}
