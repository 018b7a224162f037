/**
 * Twins of cores: one begins from what its original began from, others are loaded from what their original saved on
 * the way. All are told what the original is told, draw the same numbers, and must answer the same.
 */
import { expect } from 'vitest'
import { Core, type CoreOptions, type Stored } from '../../src/index.ts'
import type { Hand, Hooks } from '../by-hand.ts'
import { Dice } from './random-run.ts'

interface Original {
  readonly dice: Dice
  options: CoreOptions
  twins: Core[]
}

export class Twins {
  /** Answers that were compared. */
  compared = 0
  readonly #originals = new Map<string, Original>()
  readonly #loadedAt: ReadonlySet<number>
  #calls = 0

  /** @param loadedAt the calls of `step`, counted over all members, after which a twin is loaded. */
  constructor(loadedAt: readonly number[]) {
    this.#loadedAt = new Set(loadedAt)
  }

  readonly hooks: Hooks = {
    onBegin: (hand, options, stored) => this.#begin(hand, options, stored),
    onStep: (hand, input, answer) => {
      for (const twin of this.#of(hand).twins) this.#same(twin.step(input, hand.group.now), answer)
      if (this.#loadedAt.has(this.#calls++)) this.#load(hand)
    },
    onTurn: (hand, effects) => {
      for (const twin of this.#of(hand).twins) {
        this.#same(twin.drain(hand.group.now), effects)
        expect(twin.wakeAt).toBe(hand.core.wakeAt)
      }
    },
  }

  /** At the end: the whole state is the same too. */
  compareStates(hands: Iterable<Hand>): void {
    for (const hand of hands)
      for (const twin of this.#of(hand).twins) this.#same(twin.save(), hand.core.save())
  }

  #of(hand: Hand): Original {
    return this.#originals.get(hand.id)!
  }

  #begin(hand: Hand, options: CoreOptions, stored: Stored): void {
    const known = this.#originals.get(hand.id)
    const original = known ?? { dice: new Dice(1000 * hand.id.charCodeAt(0)), options, twins: [] }
    this.#originals.set(hand.id, original)
    hand.chance = original.dice.next
    original.options = options
    const twin = new Core(this.#optionsFor(original), JSON.parse(JSON.stringify(stored)), hand.group.now)
    original.twins = [twin]
  }

  /** What is saved goes through JSON, as it would on its way to a bug report. */
  #load(hand: Hand): void {
    const original = this.#of(hand)
    const saved = JSON.parse(JSON.stringify(hand.core.save()))
    original.twins.push(Core.load(saved, this.#optionsFor(original)))
  }

  #optionsFor(original: Original): CoreOptions {
    return { ...original.options, random: original.dice.copy().next }
  }

  #same(ofTwin: unknown, ofOriginal: unknown): void {
    this.compared++
    // Texts are compared first: it is much faster, and equal texts are equal values here.
    if (JSON.stringify(ofTwin) !== JSON.stringify(ofOriginal)) expect(ofTwin).toEqual(ofOriginal)
  }
}
