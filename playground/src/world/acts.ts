/** What each action does to a world. An action that makes no sense at its moment is told of, and does nothing. */
import { type Answer, type Configuration, type Refusal, rearranged, withLearner } from '@rafted/core'
import type { Action, ActionKind, Place } from './action.ts'
import { compacted, emptyDisk, foundedDisk, snapshotAt } from './disk.ts'
import { type Member, times } from './member.ts'
import { memberOf, type World } from './world.ts'

type Of<K extends ActionKind> = Extract<Action, { kind: K }>
type Acts = { readonly [K in ActionKind]: (world: World, action: Of<K>) => void }

/** Does it, and counts it as an event. */
export function act(world: World, action: Action): void {
  world.step++
  const run = acts[action.kind] as (world: World, action: Action) => void
  run(world, action)
}

const acts: Acts = {
  propose(world, { member: id }) {
    const member = running(world, id)
    if (member === null) return
    const answer = world.turn(member, { kind: 'propose', count: 1, bytes: 100 })
    if (answer === null) return
    if (!answer.taken) world.note(`S${id} refuses a command: ${refusals(answer)}`, 'bad')
    else {
      const number = world.calls.proposed(id, answer.index, answer.term)
      world.note(
        `A client hands S${id} the command x ← ${number}: entry ${answer.index} of term ${answer.term}`,
        'act',
      )
    }
  },

  read(world, { member: id, stale }) {
    const member = running(world, id)
    if (member === null) return
    const number = world.calls.asked(id, stale, world.safety.highest)
    if (stale) {
      const value = world.valueAt(member)
      world.calls.settle(number, 'answered', value)
      const isOld = member.commit < world.safety.highest
      const comment = isOld ? `, though entry ${world.safety.highest} is committed` : ''
      world.note(`S${id} answers read ${number} at once, and asks nobody: ${value}${comment}`, 'act')
    } else {
      world.note(`A client reads at S${id} (read ${number})`, 'act')
      world.turn(member, { kind: 'read', id: number, ask: true })
    }
  },

  transfer(world, { member: id, to }) {
    const member = running(world, id)
    if (member === null) return
    const answer = world.turn(member, { kind: 'transfer', to })
    told(world, answer, `S${id} hands over to ${to === null ? 'the best there is' : `S${to}`}`)
  },

  place(world, { member: id, places }) {
    const member = running(world, id)
    const current = member?.core?.configuration?.configuration
    if (member === null || current === undefined) return
    const wanted = rearranged(current, {
      places: places.map(([each, place]) => ({ member: each, place })),
      others: 'keep',
    })
    const answer = world.turn(member, { kind: 'change', ...wanted })
    told(world, answer, `S${id} changes the members: ${places.map(placeText).join(', ')}`)
  },

  add(world, { member: id, promote }) {
    const leader = running(world, id)
    const current = leader?.core?.configuration?.configuration
    if (leader === null || current === undefined) return
    const fresh = world.newMember()
    if (fresh === null) {
      world.note('There is no room for another member', 'bad')
      return
    }
    const wanted = withLearner(current, { ...memberOf(fresh.id), promote })
    const answer = world.turn(leader, { kind: 'change', ...wanted })
    const as = promote ? 'a learner that votes once it has caught up' : 'a learner'
    told(world, answer, `S${id} adds S${fresh.id}, ${as}`)
    if (answer?.taken) world.begin(fresh)
    else world.members.delete(fresh.id)
  },

  kill(world, { member: id }) {
    const member = running(world, id)
    if (member === null) return
    const lost = member.writes.length
    world.end(member)
    const writes = lost === 1 ? 'a write under way is' : `${lost} writes under way are`
    const what = lost === 0 ? '' : `; ${writes} lost`
    world.note(`S${id} is killed${what}`, 'act')
  },

  restart(world, { member: id }) {
    const member = world.members.get(id)
    if (member === undefined || member.core !== null) {
      world.note(`S${id} ${member === undefined ? "isn't there" : 'is running'}`, 'bad')
      return
    }
    world.note(`S${id} starts again with what its disk holds`, 'act')
    world.begin(member)
  },

  forget(world, { member: id }) {
    const member = world.members.get(id)
    if (member === undefined) return
    if (member.core !== null) world.end(member)
    member.problem = null
    const founding = foundingOf(world, member)
    member.disk = founding === null ? emptyDisk : foundedDisk(founding)
    world.note(`The disk of S${id} forgets all that it had acknowledged: its term, its vote, its log`, 'bad')
  },

  disk(world, { member: id, pace }) {
    const member = world.members.get(id)
    if (member === undefined) return
    world.pace(member, pace)
    const texts = { quick: 'is quick again', slow: 'gets slow', stalled: 'finishes nothing any more' }
    world.note(`The disk of S${id} ${texts[pace]}`, 'act')
  },

  patience(world, { member: id, patience }) {
    const member = world.members.get(id)
    if (member === undefined) return
    member.patience = patience === null ? null : patience / 100
    const seconds = (times.electionMs * (1 + (member.patience ?? 0))) / 1000
    const how = patience === null ? 'leaves its timeouts to chance' : `draws timeouts of ${seconds} s`
    world.note(`S${id} ${how} from now on`, 'act')
    // Nothing has happened yet: it begins once more, so that its first timeout is such a one too.
    if (world.now === 0 && member.core !== null) world.begin(member)
  },

  suspect(world, { member: id }) {
    const member = running(world, id)
    const leader = member?.core?.standing.leader ?? null
    if (member === null) return
    if (leader === null || leader === id) {
      world.note(`S${id} knows no other leader that it could suspect`, 'bad')
      return
    }
    world.note(`S${id} is told that the host of S${leader} seems lost`, 'act')
    world.turn(member, { kind: 'host-suspect', host: `h${leader}` })
  },

  snapshot(world, { member: id }) {
    const member = running(world, id)
    if (member === null) return
    const position = snapshotAt(member.disk, Math.min(member.commit, member.core!.durableIndex))
    if (position === null) {
      world.note(`S${id} has applied nothing that its snapshot doesn't hold`, 'bad')
      return
    }
    member.disk = compacted(member.disk, position)
    world.note(`S${id} takes a snapshot at ${position.index}; its log begins behind it`, 'act')
    world.turn(member, { kind: 'snapshot-taken', index: position.index, compactTo: position.index })
  },

  links(world, { links, cut }) {
    world.cut(links, cut)
    world.note(`${cut ? 'Cut' : 'Mended'}: ${linksText(links)}`, 'act')
  },

  heal(world) {
    world.heal()
    world.note('All links are mended', 'act')
  },

  drop(world, { message }) {
    const flight = world.flights.find(({ id }) => id === message)
    if (flight === undefined) return
    const { from, to, kind } = flight.message
    world.note(`Lost: the ${kind} of S${from} to S${to}`, 'act')
    world.flights = world.flights.filter((other) => other !== flight)
    world.vanished(flight)
  },

  delay(world, { message, ms }) {
    const flight = world.flights.find(({ id }) => id === message)
    if (flight === undefined) return
    const { from, to, kind } = flight.message
    world.note(`Delayed by ${ms} ms: the ${kind} of S${from} to S${to}`, 'act')
    const later = { ...flight, arrivesAt: flight.arrivesAt + ms }
    world.flights = world.flights.map((other) => (other === flight ? later : other))
  },
}

function running(world: World, id: string): Member | null {
  const member = world.members.get(id)
  if (member?.core != null) return member
  world.note(`S${id} ${member === undefined ? "isn't there" : 'is down'}`, 'bad')
  return null
}

function told(world: World, answer: Answer | null, what: string): void {
  if (answer === null) return
  if (answer.taken) world.note(what, 'act')
  else world.note(`Refused: ${what}: ${refusals(answer)}`, 'bad')
}

function refusals(answer: Answer): string {
  return answer.taken ? '' : refusalWords[answer.reason]
}

/** Why a core takes something not. */
const refusalWords: Readonly<Record<Refusal, string>> = {
  'not-leader': 'another member leads, or none',
  'too-many-uncommitted': 'too much waits to be committed',
  'no-room': "the leader's disk is nearly full",
  'change-pending': 'another change of members is under way',
  'no-own-term-entry': 'the leader has committed nothing in its term yet',
  'configuration-changed': 'the members have changed meanwhile',
  'quorum-at-risk': 'the voters that answer would be no majority',
  unheard: 'the leader was held up, and has not heard enough voters since',
  'not-caught-up': 'a learner that is to vote has not caught up',
  'invalid-configuration': 'no group can have such members',
  transferring: 'leadership is being handed over',
  'not-a-voter': 'it leads already, or does not vote',
  'member-unresponsive': 'that member does not answer',
  'member-damaged': "that member's log is damaged",
  'snapshot-not-needed': 'the log holds all of it already',
  removed: 'the member has been removed',
}

/** What the members' first entry says, if this one began the group. */
function foundingOf(world: World, member: Member): Configuration | null {
  const first = member.disk.base === null ? member.disk.entries[0]?.configuration : null
  if (first != null) return first
  for (const other of world.members.values()) {
    const theirs = other.disk.base === null ? other.disk.entries[0]?.configuration : null
    if (theirs?.voters.some(({ id }) => id === member.id)) return theirs
  }
  return null
}

const places: Record<Place, string> = {
  out: 'goes',
  learner: 'only learns',
  promoted: 'votes once it has caught up',
  voter: 'votes',
}

function placeText([id, place]: readonly [string, Place]): string {
  return `S${id} ${places[place]}`
}

function linksText(links: readonly (readonly [string, string])[]): string {
  const shown = links.slice(0, 6).map(([from, to]) => `S${from}→S${to}`)
  return links.length > 6 ? `${shown.join(', ')} and ${links.length - 6} more` : shown.join(', ')
}
