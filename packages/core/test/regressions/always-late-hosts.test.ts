/**
 * Hosts whose timers always run late, by more than a heartbeat: an overloaded process. Each late turn moved the election deadline
 * again, so nobody ever campaigned. It moves once: what waits unread gets its time to be read, and then lateness is no
 * excuse any more.
 */
import { expect, test } from 'vitest'
import { type Configuration, Core, emptyLog, type Member, type Message } from '../../src/index.ts'

const members = ['a', 'b', 'c'].map(
  (id): Member => ({ id, host: id, address: id, durable: true, wire: [1, 1], machine: [1, 1] }),
)
const configuration: Configuration = { voters: members, outgoing: null, learners: [] }

const LATE_MS = 250

test('hosts that are late every time elect a leader all the same (F94g)', () => {
  const heads = {
    runs: [{ first: 1, term: 1, bytes: 600, time: 0 }],
    last: 1,
    configurations: [{ index: 1, configuration }],
  }
  let chance = 0
  const random = () => {
    chance = (chance + 0.37) % 1
    return chance
  }
  const cores = new Map(
    members.map(({ id }) => [
      id,
      new Core({ id, random, heartbeatMs: 200, electionMs: 1000 }, { ...emptyLog(), term: 1, heads }, 0),
    ]),
  )
  const turn = (core: Core, now: number): readonly Message[] => {
    const { write, messages } = core.drain(now)
    if (write === null) return messages
    core.step({ kind: 'persisted', seq: write.seq }, now)
    return [...messages, ...turn(core, now)]
  }
  const leads = () => [...cores.values()].some((core) => core.standing.role === 'leader')
  for (let now = 0; now < 60_000 && !leads(); now++)
    for (const core of cores.values()) {
      if (now < core.wakeAt + LATE_MS) continue
      const unread = [...turn(core, now)]
      for (let message = unread.shift(); message !== undefined; message = unread.shift()) {
        const receiver = cores.get(message.to)!
        receiver.step({ kind: 'message', message }, now)
        unread.push(...turn(receiver, now))
      }
    }
  expect(leads()).toBe(true)
})
