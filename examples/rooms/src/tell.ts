/** The story. */
import { accountOf } from './account.ts'
import { Chat } from './chat-client.ts'
import { directoryName, groupOf } from './directory.ts'
import { ids } from './hosts.ts'
import { Participant } from './participant.ts'
import { Processes } from './processes.ts'
import { addresses, openChatClient } from './transport.ts'

const rooms = ['kitchen', 'garden', 'attic', 'cellar', 'library']
const people = ['ann', 'bob', 'cleo', 'dan', 'eve', 'finn']
const inRoom = 3
/** Each says so many lines in each room they are in. */
const lines = 30

type Say = (line: string) => void

/** @returns whether all is as it should be. */
export async function tell(say: Say): Promise<boolean> {
  const processes = new Processes(ids)
  await processes.startAll()
  say(`Three processes: ${ids.map((id, i) => `${id} at ${addresses[i]}`).join(', ')}`)
  const participants = await enterAll(say)
  const killed = await talk(participants, processes, say)
  const isWell = await compare(participants, say)
  const isGone = await vanish(say)
  await comeBack(killed, processes, say)
  await Promise.all(participants.map((one) => one.leave()))
  await processes.close()
  return isWell && isGone
}

/** Each room has participants of its own choice, and each of these a client of their own. */
async function enterAll(say: Say): Promise<Participant[]> {
  const participants = await Promise.all(
    rooms.flatMap((room, i) =>
      Array.from({ length: inRoom }, (_, k) => Participant.enter(room, people[(i + k) % people.length]!)),
    ),
  )
  for (const room of rooms) {
    const names = participants.filter((one) => one.room === room).map(({ who }) => who)
    say(`  ${room}: ${names.join(', ')}; led by ${await leaderOf(room)}`)
  }
  return participants
}

/** They all talk at once; once each has said a third, a process is killed. @returns which. */
async function talk(participants: readonly Participant[], processes: Processes, say: Say): Promise<string> {
  const leaders = await Promise.all(rooms.map(leaderOf))
  const led = (id: string): number => leaders.filter((one) => one === id).length
  const victim = ids.toSorted((x, y) => led(y) - led(x))[0]!
  const resumes = (participant: Participant): boolean => participant.who === 'cleo'

  const third = Promise.all(participants.map((one) => sayLines(one, 0, lines / 3)))
  let struckAt = 0
  const strike = third.then(async () => {
    struckAt = performance.now()
    await processes.kill(victim)
    say(
      `  kill ${victim}, which leads ${led(victim)} of ${rooms.length}, after ${said(participants)} messages`,
    )
  })
  // Nobody waits for the kill before they go on; but nobody has said everything before it.
  const rest = participants.map(async (one) => {
    await third
    await sayLines(one, lines / 3, (2 * lines) / 3)
    await strike
    if (resumes(one)) await one.comeBack()
    await sayLines(one, (2 * lines) / 3, lines)
  })
  await Promise.all([strike, ...rest])
  say(`  all have said everything ${((performance.now() - struckAt) / 1000).toFixed(1)} s after the kill`)
  for (const room of rooms) say(`  ${room} goes on; led by ${await leaderOf(room)}`)
  return victim
}

async function sayLines(participant: Participant, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await participant.say(`${participant.who} ${i + 1}`)
}

const said = (participants: readonly Participant[]): number =>
  participants.reduce((sum, one) => sum + one.said.length, 0)

/** Waits until each has heard the last message of their room, then compares. */
async function compare(participants: readonly Participant[], say: Say): Promise<boolean> {
  let lost = 0
  let twice = 0
  let inOrder = 0
  for (const room of rooms) {
    const here = participants.filter((one) => one.room === room)
    const last = await here[0]!.visit.say('good night')
    here[0]!.said.push('good night')
    await until(`all in ${room} to have heard the last message`, async () =>
      here.every(({ heard }) => (heard.at(-1)?.index ?? 0) >= last),
    )
    const account = accountOf(here)
    lost += account.lost
    twice += account.twice
    if (account.inOrder) inOrder++
  }
  say(
    `said ${said(participants)}, lost ${lost}, heard twice ${twice}, the same order for all in ${inOrder} of ${rooms.length} rooms`,
  )
  return lost === 0 && twice === 0 && inOrder === rooms.length
}

/** Somebody whose terminal is closed is no longer in the room once their lease is over. */
async function vanish(say: Say): Promise<boolean> {
  const chat = await Chat.open()
  const watcher = await chat.enter('kitchen', 'olga')
  const zoe = await Participant.enter('kitchen', 'zoe', 1000)
  let wasHere = false
  for await (const names of watcher.present()) {
    if (names.includes('zoe') && !wasHere) {
      wasHere = true
      say(`  in the kitchen: ${names.join(', ')}`)
      await zoe.vanish()
    } else if (!names.includes('zoe') && wasHere) {
      say(`  zoe was not heard of for a second: ${names.join(', ')}`)
      break
    }
  }
  await watcher.leave()
  await chat.close()
  return wasHere
}

/** The process that was killed is started again with its files, and catches up in all rooms. */
async function comeBack(id: string, processes: Processes, say: Say): Promise<void> {
  await processes.start(id)
  const client = await openChatClient()
  for (const group of [directoryName, ...rooms.map(groupOf)])
    await until(`${id} to have caught up in ${group}`, async () => {
      const own = await client.status(group, { at: addresses[ids.indexOf(id)]! }).catch(() => null)
      const leader = await client.status(group)
      return own !== null && leader !== null && own.appliedIndex >= leader.lastIndex
    })
  await client.close()
  say(`  ${id} is back, and has caught up in all ${rooms.length} rooms`)
}

const locator = await Chat.open()

/** The host that leads a room. */
async function leaderOf(room: string): Promise<string> {
  for (;;) {
    const leader = await locator.leaderOf(room)
    if (leader !== null) return ids[addresses.indexOf(leader)]!
    await pause()
  }
}

/** Asks again and again, for at most half a minute. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited half a minute for ${what}`)
    await pause()
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
