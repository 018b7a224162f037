/**
 * A leader appends the configuration without itself, nobody else has it yet, and the whole group restarts. Restarted members
 * know of no commit. The one with the longest log must be able to campaign (thesis §4.2.2), or nobody ever can: the others'
 * logs are shorter, and they need its vote. It was found that it could not.
 */
import { expect, test } from 'vitest'
import { type Configuration, Core, emptyLog, type Member, type Message } from '../../src/index.ts'

const [a, b] = ['a', 'b'].map(
  (id): Member => ({ id, host: id, address: id, durable: true, wire: [1, 1], machine: [1, 1] }),
) as [Member, Member]

const both: Configuration = { voters: [a, b], outgoing: null, learners: [] }
const leaving: Configuration = { voters: [b], outgoing: [a, b], learners: [] }
const without: Configuration = { voters: [b], outgoing: null, learners: [] }

/** A member as it starts again with a log of these configurations, all of term 1. */
function restarted(id: string, ...log: Configuration[]): Core {
  const configurations = log.map((configuration, i) => ({ index: i + 1, configuration }))
  const heads = {
    runs: [{ first: 1, term: 1, bytes: 600, time: 0 }],
    last: log.length,
    configurations,
  }
  return new Core({ id, random: () => 0 }, { ...emptyLog(), term: 1, heads }, 0)
}

test('a group that restarts while its leader removes itself elects somebody, and finishes the removal', () => {
  const cores = new Map([
    ['a', restarted('a', both, leaving, without)],
    ['b', restarted('b', both, leaving)],
  ])
  let under: Message[] = []
  for (let now = 0; now < 20_000; now += 50) {
    const arriving = under
    under = []
    for (const message of arriving) cores.get(message.to)?.step({ kind: 'message', message }, now)
    for (const core of cores.values()) {
      const { write, messages } = core.drain(now)
      under.push(...messages)
      if (write !== null) core.step({ kind: 'persisted', seq: write.seq }, now)
    }
  }
  expect(cores.get('b')!.standing.role).toBe('leader')
  expect(cores.get('b')!.standing.configuration!.configuration).toEqual(without)
  expect(cores.get('a')!.standing.removedAt).toBe(3)
})
