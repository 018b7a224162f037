/**
 * A scenario, and a world somewhere in it: it can be watched, scrubbed and gone on from. Every so many events the whole world is kept as
 * plain data (the cores by their `save`); any other moment is had by loading the last one before it and letting the same happen
 * again. Whoever acts in the past begins another future: what came after is gone.
 */
import { type Action, limits, type Scenario, type Timed } from './action.ts'
import { act } from './acts.ts'
import { type Note, type SavedWorld, World } from './world.ts'

/** A moment: after so many events and actions, at this time. */
export interface Moment {
  readonly step: number
  readonly at: number
}

interface Kept extends Moment {
  /** Actions done by then. */
  readonly done: number
  readonly saved: SavedWorld
}

const KEEP_EVERY = 100

export class History {
  readonly founders: number
  readonly seed: number
  #world: World
  #actions: readonly Timed[]
  #done = 0
  #kept: Kept[]
  #end: Moment
  #notes: Note[] = []
  /** The highest step whose notes are there. */
  #noted = -1

  /** Begins at time 0, with the future that the scenario has. */
  constructor({ founders, seed, actions, end }: Scenario) {
    this.founders = founders
    this.seed = seed
    this.#actions = actions
    this.#end = end
    this.#world = new World(founders, seed)
    this.#kept = [{ step: 0, at: 0, done: 0, saved: this.#world.save() }]
    this.#listen()
  }

  get world(): World {
    return this.#world
  }

  get now(): Moment {
    return { step: this.#world.step, at: this.#world.now }
  }

  /** How far it has been watched. */
  get end(): Moment {
    return this.#end
  }

  /** What happened up to now. */
  get notes(): readonly Note[] {
    const { step } = this.#world
    let count = this.#notes.length
    while (count > 0 && this.#notes[count - 1]!.step > step) count--
    return this.#notes.slice(0, count)
  }

  /** Whether a scenario goes no further than here. */
  get isFull(): boolean {
    const { step, now } = this.#world
    return step >= limits.steps || now >= limits.endMs || this.#actions.length >= limits.actions
  }

  /** All of it, up to the end or, if `here`, up to now. */
  scenario(here = false): Scenario {
    const { founders, seed } = this
    if (!here) return { founders, seed, actions: this.#actions, end: this.#end }
    return { founders, seed, actions: this.#actions.slice(0, this.#done), end: this.now }
  }

  /** Time passes up to `at`; what is known to be done by then is done. */
  advanceTo(at: number): void {
    const until = Math.min(Math.floor(at), limits.endMs)
    while (this.#world.step < limits.steps && this.nextAt <= until) this.#forward()
    this.#world.idle(until)
    this.#reached()
  }

  /** The next event, or the next of the known actions. */
  stepForward(): void {
    if (this.#world.step >= limits.steps || this.nextAt > limits.endMs) return
    this.#forward()
    this.#reached()
  }

  /** The moment before the last event. */
  stepBack(): void {
    this.seekStep(Math.max(0, this.#world.step - 1))
  }

  /** As it was, or will be, at this time. */
  seek(at: number): void {
    const to = Math.max(0, at)
    if (to < this.#world.now) this.#restore(({ at: kept }) => kept < to || kept === 0)
    this.advanceTo(to)
  }

  /** As it was, or will be, right after so many events. */
  seekStep(step: number): void {
    if (step < this.#world.step) this.#restore(({ step: kept }) => kept <= step)
    while (this.#world.step < step && this.nextAt <= limits.endMs) this.#forward()
    this.#reached()
  }

  /** Exactly this moment. */
  seekMoment({ step, at }: Moment): void {
    this.seekStep(step)
    this.#world.idle(at)
    this.#reached()
  }

  /** Does something now. If there was a future, this takes its place. @returns whether it was done. */
  act(action: Action): boolean {
    if (this.isFull) return false
    this.#branch()
    const timed = { step: this.#world.step, at: this.#world.now, action }
    this.#actions = [...this.#actions, timed]
    this.#forward()
    this.#reached()
    return true
  }

  /** What came after now is forgotten. */
  #branch(): void {
    const { step, now } = this.#world
    this.#actions = this.#actions.slice(0, this.#done)
    if (step >= this.#end.step && now >= this.#end.at) return
    this.#kept = this.#kept.filter((kept) => kept.step <= step)
    this.#notes = [...this.notes]
    this.#noted = step
    this.#end = this.now
  }

  /** When the next event falls, or the next of the known actions. */
  get nextAt(): number {
    const action = this.#actions[this.#done]
    return action?.step === this.#world.step ? action.at : this.#world.nextAt
  }

  #forward(): void {
    const timed = this.#actions[this.#done]
    const world = this.#world
    if (timed?.step === world.step) {
      world.idle(timed.at)
      this.#done++
      act(world, timed.action)
    } else world.advance()
    this.#noted = Math.max(this.#noted, world.step)
    const last = this.#kept.at(-1)!
    if (world.step >= last.step + KEEP_EVERY)
      this.#kept.push({ step: world.step, at: world.now, done: this.#done, saved: world.save() })
  }

  #reached(): void {
    const { step, now } = this.#world
    if (step > this.#end.step || now > this.#end.at)
      this.#end = { step: Math.max(step, this.#end.step), at: Math.max(now, this.#end.at) }
  }

  #restore(isBefore: (kept: Kept) => boolean): void {
    const kept = this.#kept.findLast(isBefore) ?? this.#kept[0]!
    this.#world = new World(this.founders, this.seed, kept.saved)
    this.#done = kept.done
    this.#listen()
  }

  #listen(): void {
    this.#world.tell = (note) => {
      if (note.step > this.#noted) this.#notes.push(note)
    }
  }
}
