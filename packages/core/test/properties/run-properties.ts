/** What must hold over random runs; the tests say how many. */
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Configuration, Effects } from '../../src/index.ts'
import type { Group, Hand, Hooks } from '../by-hand.ts'
import { checkAgreement, checkCommit, checkPromises } from './promises.ts'
import { play, type Run, recover, runs } from './random-run.ts'
import { Twins } from './twins.ts'

/** Shrinking a long run takes time: what has been found by then is shown. */
const limits = { interruptAfterTimeLimit: 50_000 }

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
}

interface Seen {
  commit: number
  configuration: Configuration | null
  /** A change of members was taken since the last turn. */
  changed: boolean
}

/**
 * Checks after every turn, beside those that the group itself makes (one leader per term, one entry per committed
 * index).
 */
class Checks {
  readonly #seen = new Map<string, Seen>()
  /** For each read that waits, what anybody knew to be committed when it was asked. */
  readonly #reads = new Map<number, number>()
  #committed = 0

  readonly hooks: Hooks = {
    onBegin: (hand, _, stored) => {
      freeze(stored)
      this.#seen.set(hand.id, { commit: stored.commit, configuration: null, changed: false })
    },
    onStep: (hand, input, answer) => {
      freeze(input)
      if (input.kind === 'read') this.#reads.set(input.id, this.#committed)
      if (input.kind === 'change' && answer.taken) this.#seen.get(hand.id)!.changed = true
    },
    onTurn: (hand, effects) => this.#turn(hand, effects),
  }

  #turn(hand: Hand, effects: Effects): void {
    // What is handed out belongs to others: a core that changed it later would throw.
    freeze(effects)
    const { role, configuration } = hand.core.standing
    const seen = this.#seen.get(hand.id)!
    checkPromises(hand, effects)
    checkAgreement(hand.group, hand, effects)
    if (effects.commitIndex < seen.commit) expect(effects.commitIndex).toBeGreaterThanOrEqual(seen.commit)
    if (role === 'leader' && effects.commitIndex > seen.commit) {
      // What follows from a committed configuration is appended after counting.
      const followed = !seen.changed && effects.own.some((entry) => entry.configuration !== null)
      const counted = followed ? seen.configuration : configuration!.configuration
      checkCommit(hand.group, hand, effects.commitIndex, counted!)
    }
    const known = { commit: effects.commitIndex, configuration: configuration?.configuration ?? null }
    this.#seen.set(hand.id, { ...known, changed: false })
    this.#committed = Math.max(this.#committed, effects.commitIndex)
    for (const { id, index } of effects.reads) expect(index).toBeGreaterThanOrEqual(this.#reads.get(id)!)
  }
}

/** A run with all checks. */
function checked(run: Run): Group {
  return play(run, new Checks().hooks)
}

/** Members change, messages are lost, processes restart: nothing promised is broken. */
export function keepsPromises(numRuns: number): void {
  const property = fc.property(runs(400, true), (run) => {
    checked(run)
  })
  fc.assert(property, { ...limits, numRuns })
}

/** Once everything works again, one leader brings all logs to the same end. */
export function recovers(numRuns: number): void {
  const property = fc.property(runs(300, false), (run) => {
    const group = checked(run)
    const leader = recover(group, 'abc')
    expect(leader.propose()).toMatchObject({ taken: true })
    expect(recover(group, 'abc').core.commitIndex).toBe(leader.core.lastIndex)
  })
  fc.assert(property, { ...limits, numRuns })
}

/** The same inputs give the same outputs. */
export function repeats(numRuns: number): void {
  const property = fc.property(runs(300, true), (run) => {
    const twins = new Twins([])
    const group = play(run, twins.hooks)
    twins.compareStates(group.hands.values())
    expect(twins.compared).toBeGreaterThan(0)
  })
  fc.assert(property, { ...limits, numRuns })
}

/** Saved and loaded between any two calls, a core goes on in the same way. */
export function goesOnWhereItWasSaved(numRuns: number): void {
  const loadedAt = fc.uniqueArray(fc.nat(600), { maxLength: 12 })
  const property = fc.property(runs(300, true), loadedAt, (run, at) => {
    const twins = new Twins(at)
    const group = play(run, twins.hooks)
    twins.compareStates(group.hands.values())
  })
  fc.assert(property, { ...limits, numRuns })
}
