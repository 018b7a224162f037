/** One room: what was said in it, and who is there. The value of a group, as a pure definition. */
import { type ApplyContext, CommandError, defineValue } from 'rafted'

/** So many messages a room remembers; those before them are forgotten. */
export const remembered = 100
const mostGuests = 200
const longestText = 2000
const longestName = 40

export interface Message {
  /** Its entry in the log of the room, which names it: later messages have higher ones. */
  readonly index: number
  readonly who: string
  readonly text: string
  /** Milliseconds since 1970, by the clock of who said it. */
  readonly sentAt: number
}

/** Somebody in the room, as they say of themselves. */
export interface Guest {
  readonly who: string
  /** Drawn for each visit: two people of one name have different seats. */
  readonly seat: string
  /** So long they are in the room after they were heard, milliseconds. */
  readonly leaseMs: number
}

interface Seated extends Guest {
  /** Replicated time at which they are gone, unless they are heard. */
  readonly until: number
}

interface Room {
  /** Ascending by index. */
  readonly messages: readonly Message[]
  /** Index of the newest message that is forgotten; 0 if none is. */
  readonly forgottenTo: number
  readonly guests: readonly Seated[]
}

export interface History {
  readonly messages: readonly Message[]
  readonly forgottenTo: number
}

// Arguments come from whoever can dial: what harms the room is refused here, on each member alike.
function checked({ who, seat, leaseMs }: Guest): Guest {
  for (const text of [who, seat])
    if (typeof text !== 'string' || text.length < 1 || text.length > longestName)
      throw new CommandError('bad-guest', `A name has 1 to ${longestName} characters.`)
  if (!(leaseMs >= 1000 && leaseMs <= 60_000))
    throw new CommandError('bad-guest', 'A lease takes from 1 to 60 seconds.')
  return { who, seat, leaseMs }
}

/** The others in the room. @throws {CommandError} if one of them has the name. */
function others({ guests }: Room, { who, seat }: Guest, now: number): Seated[] {
  const here = guests.filter(({ until }) => now < until)
  if (here.some((one) => one.who === who && one.seat !== seat))
    throw new CommandError('name-taken', `${who} is here already.`)
  return here.filter((one) => one.who !== who)
}

/** @returns the room in which the guest has just been heard. */
function heard(room: Room, guest: Guest, { time }: ApplyContext): Room {
  const seated: Seated = { ...checked(guest), until: time + guest.leaseMs }
  const guests = [...others(room, guest, time), seated]
  if (guests.length > mostGuests) throw new CommandError('room-full', 'The room is full.')
  return { ...room, guests }
}

export const room = defineValue({
  init: (): Room => ({ messages: [], forgottenTo: 0, guests: [] }),
  deadline: ({ guests }) => (guests.length === 0 ? null : Math.min(...guests.map(({ until }) => until))),
  atDeadline: 'clear',
  commands: {
    /** Comes in, and stays for the time of the lease. Done again before that is over, it stays as long again. */
    enter(room, guest: Guest) {
      return [null, heard(room, guest, this)]
    },
    /** Says something, and stays. @returns the index of the message. */
    say(room, guest: Guest, text: string, sentAt: number) {
      if (typeof text !== 'string' || text.length > longestText || !Number.isFinite(sentAt))
        throw new CommandError('bad-message', `A message has ${longestText} characters at most, and a time.`)
      const all = [...room.messages, { index: this.index, who: guest.who, text, sentAt }]
      const forgottenTo = all.length > remembered ? all[0]!.index : room.forgottenTo
      return [this.index, { ...heard(room, guest, this), messages: all.slice(-remembered), forgottenTo }]
    },
    leave(room, { who, seat }: Guest) {
      return [null, { ...room, guests: room.guests.filter((one) => one.who !== who || one.seat !== seat) }]
    },
    /** Whoever was not heard for as long as they said is gone. Done by the group itself, when the time has come. */
    clear(room) {
      return [null, { ...room, guests: room.guests.filter(({ until }) => this.time < until) }]
    },
  },
  queries: {
    history: ({ messages, forgottenTo }): History => ({ messages, forgottenTo }),
    /** The names of those who are here, sorted. */
    present: ({ guests }) => guests.map(({ who }) => who).sort(),
  },
})
