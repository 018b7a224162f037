/** What somebody makes of the members once the trouble is over. */
import type { Learner, Member } from '@rafted/core'
import { expect, test } from 'vitest'
import type { Cluster, SimulatedGroup } from '../../src/simulation/cluster.ts'
import { MemberChanges } from '../../src/simulation/member-changes.ts'
import { SeededRandom } from '../../src/simulation/seeded-random.ts'
import { Trace } from '../../src/simulation/trace.ts'
import { VirtualTime } from '../../src/simulation/virtual-clock.ts'

interface Asked {
  readonly places: readonly { readonly member: string; readonly place: string }[]
}

const on = (host: string): Member => ({
  id: `on ${host}`,
  host,
  address: host,
  durable: true,
  wire: [1, 1],
  machine: [1, 1],
})
const learnerOn = (host: string, promote: boolean): Learner => ({ ...on(host), promote })

/** What is asked for where the member on `c`, which is to be the learner, leads two others that are to vote. */
function askedWhere(voters: readonly Member[], learners: readonly Learner[]): string[] {
  const asked: string[] = []
  const configuration = { voters, outgoing: null, learners }
  const call = (_address: null, { places }: Asked): Promise<void> => {
    for (const { member, place } of places) asked.push(`${member}: ${place}`)
    return Promise.resolve()
  }
  const process = (host: string) => ({
    killed: new Promise<void>(() => {}),
    host: {
      link: { call },
      inspect: () => ({
        id: `on ${host}`,
        leads: host === 'c',
        core: { standing: { configuration: { configuration } } },
      }),
    },
  })
  const hosts = ['a', 'b', 'c']
  const group = { name: 'group', hosts, learners: new Set(['c']) } as unknown as SimulatedGroup
  const cluster = { groups: [group], up: hosts, process, looksInVain: () => false } as unknown as Cluster
  const time = new VirtualTime()
  const trace = new Trace(() => time.now, null)
  new MemberChanges({ time, random: new SeededRandom(1), cluster, trace, restart() {} }).restore()
  return asked
}

test('where no voter should be one, the others get their votes first: somebody has to vote', () => {
  expect(askedWhere([on('c')], [learnerOn('a', false), learnerOn('b', false)])).toEqual([
    'on a: promoted',
    'on b: promoted',
  ])
  expect(askedWhere([on('c')], [learnerOn('a', true), learnerOn('b', true)])).toEqual([])
})

test('where another voter is left, all are put where they should be at once', () => {
  expect(askedWhere([on('a'), on('c')], [learnerOn('b', false)])).toEqual(['on b: promoted', 'on c: learner'])
  expect(askedWhere([on('a'), on('b')], [learnerOn('c', false)])).toEqual([])
})
