/** The same scenario comes to the same states, however a moment is come to; and nothing that people do breaks a rule, but for a disk that lies. */
import { describe, expect, test } from 'vitest'
import { type Action, linksBetween, type Pace, type Scenario } from '../src/world/action.ts'
import { beginning, draw } from '../src/world/chance.ts'
import { History } from '../src/world/history.ts'
import { decodeScenario, encodeScenario } from '../src/world/link.ts'
import { sceneOf } from '../src/world/scene.ts'

const begin = (founders: number, seed: number): History =>
  new History({ founders, seed, actions: [], end: { step: 0, at: 0 } })

/** Does whatever chance says. */
class Monkey {
  readonly history: History
  #state: number

  constructor(founders: number, seed: number) {
    this.history = begin(founders, seed)
    this.#state = beginning(seed, 99)
  }

  below(n: number): number {
    const [next, value] = draw(this.#state)
    this.#state = next
    return Math.floor(value * n)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** @returns the scenario that came of it. */
  play(actions: number): Scenario {
    for (let i = 0; i < actions; i++) {
      this.history.advanceTo(this.history.now.at + this.below(400))
      const action = this.action()
      if (action !== null) this.history.act(action)
    }
    this.history.advanceTo(this.history.now.at + 500)
    return this.history.scenario()
  }

  action(): Action | null {
    const { world } = this.history
    const ids = [...world.members.keys()]
    const member = this.pick(ids)
    const flight = world.flights[this.below(world.flights.length + 1)]
    const leader = ids.find((id) => world.members.get(id)!.core?.standing.role === 'leader') ?? member
    const actions: (() => Action | null)[] = [
      () => ({ kind: 'propose', member: leader }),
      () => ({ kind: 'propose', member: leader }),
      () => ({ kind: 'read', member, stale: this.below(3) === 0 }),
      () => ({ kind: 'transfer', member: leader, to: this.pick([null, member]) }),
      () => ({
        kind: 'place',
        member: leader,
        places: [[member, this.pick(['out', 'learner', 'promoted', 'voter'])]],
      }),
      () => ({ kind: 'add', member: leader, promote: this.below(2) === 0 }),
      () => ({ kind: 'kill', member }),
      () => ({ kind: 'restart', member }),
      () => ({ kind: 'restart', member: this.pick(ids) }),
      () => ({ kind: 'disk', member, pace: this.pick<Pace>(['quick', 'quick', 'slow', 'stalled']) }),
      () => ({ kind: 'patience', member, patience: this.pick([null, 0, 50, 99]) }),
      () => ({ kind: 'suspect', member }),
      () => ({ kind: 'snapshot', member }),
      () => ({ kind: 'links', links: linksBetween([member], ids), cut: true }),
      () => ({ kind: 'links', links: [[member, this.pick(ids)] as const], cut: this.below(2) === 0 }),
      () => ({ kind: 'heal' }),
      () => ({ kind: 'heal' }),
      () => (flight === undefined ? null : { kind: 'drop', message: flight.id }),
      () => (flight === undefined ? null : { kind: 'delay', message: flight.id, ms: 1 + this.below(900) }),
    ]
    return this.pick(actions)()
  }
}

const seeds = Array.from({ length: 12 }, (_, at) => at + 1)
const monkeys = seeds.map((seed) => new Monkey(3 + (seed % 5), seed))
const scenarios = monkeys.map((monkey) => monkey.play(60))

describe.each(seeds)('seed %d', (seed) => {
  const scenario = scenarios[seed - 1]!
  const first = monkeys[seed - 1]!.history

  test('the same actions come to the same state, and a link to the same scenario', () => {
    expect(decodeScenario(encodeScenario(scenario))).toEqual(scenario)
    const again = new History(decodeScenario(encodeScenario(scenario)))
    again.seekMoment(scenario.end)
    expect(again.world.save()).toEqual(first.world.save())
    expect(again.notes).toEqual(first.notes)
  })

  test('scrubbing back and going on is the same as never having done so', () => {
    const history = new History(scenario)
    const seen = new Map<number, unknown>()
    while (history.now.step < scenario.end.step) {
      history.stepForward()
      if (history.now.step % 97 === 0) seen.set(history.now.step, history.world.save())
    }
    const { notes } = history
    for (const step of [...seen.keys()].reverse()) {
      history.seekStep(step)
      expect(history.world.save()).toEqual(seen.get(step))
    }
    history.seekMoment(scenario.end)
    expect(history.world.save()).toEqual(first.world.save())
    expect(history.notes).toEqual(notes)
  })

  test('no rule is broken', () => {
    expect(first.world.broken).toEqual([])
  })
})

test('these runs had what there is to see', () => {
  const notes = monkeys.flatMap(({ history }) => history.notes.map(({ text }) => text))
  const has = (pattern: RegExp) =>
    expect(notes.filter((text) => pattern.test(text)).length).toBeGreaterThan(0)
  for (const pattern of [
    /leads term/,
    /commits up to/,
    /begins after the snapshot/,
    /write.* under way .* lost/,
    /has been removed/,
    /hands over/,
    /answers read \d+: x = /,
    /refuses read/,
    /promoted|votes once/,
    /Delayed by/,
  ])
    has(pattern)
})

describe('a branch', () => {
  test('takes the place of the future', () => {
    const history = begin(3, 1)
    history.advanceTo(3000)
    const leader = sceneOf(history.world).leader!
    history.act({ kind: 'propose', member: leader })
    history.advanceTo(4000)
    history.act({ kind: 'kill', member: leader })
    history.advanceTo(6000)
    history.seek(3500)
    expect(history.end.at).toBe(6000)
    expect(history.scenario().actions).toHaveLength(2)
    history.act({ kind: 'propose', member: leader })
    expect(history.end.at).toBe(3500)
    expect(history.scenario().actions.map(({ action }) => action.kind)).toEqual(['propose', 'propose'])
    history.advanceTo(6000)
    expect(history.world.members.get(leader)!.core).not.toBe(null)
    expect(history.notes.some(({ text }) => /is killed/.test(text))).toBe(false)
    // And it is the history of a scenario like any other.
    const again = new History(history.scenario())
    again.seekMoment(history.end)
    expect(again.world.save()).toEqual(history.world.save())
  })

  test('each single step is come to, also around the moments that are kept', () => {
    const history = new History(scenarios[0]!)
    history.seekStep(210)
    for (let step = 209; step >= 90; step--) {
      history.stepBack()
      expect(history.now.step).toBe(step)
    }
  })

  test('watching alone changes nothing', () => {
    const history = new History(scenarios[0]!)
    history.seek(5000)
    history.seek(100)
    history.stepForward()
    history.stepBack()
    expect(history.scenario()).toEqual(scenarios[0])
  })

  test('ends where a scenario ends', () => {
    const history = begin(3, 1)
    history.advanceTo(10_000_000)
    expect(history.now.at).toBeLessThanOrEqual(600_000)
    expect(history.isFull).toBe(true)
    expect(history.act({ kind: 'heal' })).toBe(false)
  })
})
