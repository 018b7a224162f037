/** What is being watched, where in it, and what is chosen: all that the parts of the page have in common. */
import type { Action } from '../world/action.ts'
import type { Caption } from '../world/director.ts'
import { History, type Moment } from '../world/history.ts'
import { Player } from '../world/player.ts'
import type { Recording } from '../world/recording.ts'
import { type Scene, sceneOf } from '../world/scene.ts'
import type { PlayedStory, Story } from '../world/stories/story.ts'
import type { Note } from '../world/world.ts'

export type Chosen = { readonly member: string } | { readonly message: number } | null

/** What is told beside the picture. */
export interface Telling {
  readonly title: string
  readonly text: string
  readonly captions: readonly Caption[]
  readonly story: Story | null
}

/** Virtual milliseconds for each real one. */
export const speeds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const
/** So much faster while no message is under way, and at least so fast. */
const HURRY = 6
const LEAST_HURRY = 0.3
/** How long the message in the middle of a recording is to be seen, real milliseconds. */
const SEEN_MS = 500
/** Longer between two frames, and the page was not looked at. */
const MAX_FRAME_MS = 100

export class Session {
  #watched: History | Player
  telling: Telling
  /** Where it is, virtual milliseconds: between two events as well. */
  #cursor = 0
  isPlaying = false
  speed: number = 0.1
  hurries = true
  chosen: Chosen = null
  /** Is told what can't be seen. */
  say: (text: string) => void = () => {}
  /** Is told when something else is watched. */
  opened: () => void = () => {}

  constructor() {
    this.#watched = newGroup(5, 1)
    this.telling = ownTelling
  }

  /** A group of its own, at time 0. */
  openGroup(founders: number, seed: number): void {
    this.#open(newGroup(founders, seed), ownTelling, 0)
  }

  openStory({ story, scenario, captions }: PlayedStory): void {
    this.#open(new History(scenario), { title: story.title, text: story.text, captions, story }, 0)
  }

  /** At the moment at which it was shared. */
  openShared(history: History, end: Moment): void {
    history.seekMoment(end)
    const text =
      'Somebody has shared this with you. Scrub back to see how it came to this; go on from wherever you like.'
    this.#open(history, { title: 'A shared scenario', text, captions: [], story: null }, history.now.at)
  }

  openRecording(recording: Recording): void {
    const { title, text } = recording
    this.speed = speedFor(recording)
    const player = new Player(recording)
    // Before its first event nobody is there.
    player.seek(player.nextAt)
    this.#open(player, { title, text, captions: [], story: null }, player.now.at)
  }

  #open(watched: History | Player, telling: Telling, at: number): void {
    this.#watched = watched
    this.telling = telling
    this.#cursor = at
    this.isPlaying = false
    this.chosen = null
    this.opened()
  }

  /** Null for a recording, in which nothing can be done. */
  get history(): History | null {
    return this.#watched instanceof History ? this.#watched : null
  }

  get cursor(): number {
    return this.#cursor
  }

  get step(): number {
    return this.#watched.now.step
  }

  get end(): Moment {
    return this.#watched.end
  }

  get isAtEnd(): boolean {
    const { now, end } = this.#watched
    return now.step >= end.step && this.#cursor >= end.at
  }

  get notes(): readonly Note[] {
    return this.#watched.notes
  }

  get scene(): Scene {
    const at = this.#cursor
    return this.#watched instanceof History ? sceneOf(this.#watched.world, at) : this.#watched.scene(at)
  }

  /** What is said at this moment, or null. */
  get caption(): string | null {
    const { step } = this
    return this.telling.captions.findLast((caption) => caption.step <= step)?.text ?? null
  }

  play(): void {
    if (this.#watched.isFull) this.seek(0)
    this.isPlaying = true
  }

  pause(): void {
    this.isPlaying = false
  }

  /** So many real milliseconds have passed. */
  frame(passedMs: number): void {
    if (!this.isPlaying) return
    const { end, nextAt } = this.#watched
    const isQuiet = this.hurries && this.scene.flights.length === 0
    const speed = isQuiet ? Math.max(this.speed * HURRY, LEAST_HURRY) : this.speed
    // A story stops where it ends, so that its end can be looked at.
    const stop = this.telling.story !== null && this.#cursor < end.at ? end.at : Number.POSITIVE_INFINITY
    const to = this.#cursor + Math.min(passedMs, MAX_FRAME_MS) * speed
    // Haste ends where something happens.
    this.#cursor = Math.min(isQuiet ? Math.min(to, Math.max(nextAt, this.#cursor)) : to, stop)
    this.#watched.advanceTo(this.#cursor)
    if (this.#watched.isFull) {
      this.#cursor = this.#watched.now.at
      if (this.history !== null) this.say('This is as far as a scenario goes.')
      this.isPlaying = false
    } else if (this.#cursor === stop) this.isPlaying = false
  }

  seek(at: number): void {
    this.#watched.seek(at)
    this.#cursor = this.#watched.now.at
  }

  seekStep(step: number): void {
    this.#watched.seekStep(step)
    this.#cursor = this.#watched.now.at
  }

  stepForward(): void {
    this.pause()
    this.#watched.stepForward()
    this.#cursor = this.#watched.now.at
  }

  stepBack(): void {
    this.pause()
    this.#watched.stepBack()
    this.#cursor = this.#watched.now.at
  }

  /** Does something at this moment. What is known of the future goes. */
  act(action: Action): void {
    const { history } = this
    if (history === null) {
      this.say('A recording can only be watched.')
      return
    }
    const { step, at } = history.end
    const isPast = history.now.step < step || this.#cursor < at
    if (!history.act(action)) {
      this.say('This is as far as a scenario goes: share it, or begin another.')
      return
    }
    this.#cursor = Math.max(this.#cursor, history.now.at)
    if (!isPast) return
    this.say('Another future begins here: what came after is gone.')
    if (this.telling.story !== null) this.#leaveStory()
  }

  /** What is said from here on is no longer so. */
  #leaveStory(): void {
    const { step } = this
    const captions = this.telling.captions.filter((caption) => caption.step < step)
    const own = { step, text: 'From here on it is your own story.' }
    this.telling = { ...this.telling, captions: [...captions, own], story: null }
  }
}

const ownTelling: Telling = {
  title: 'A group of your own',
  text: 'Real members of a group, as they run in production, on a clock, a network and disks of this page. Press play, then choose a member or a message and make trouble. The slider leads back to every moment, and whatever you do there begins another future.',
  captions: [],
  story: null,
}

function newGroup(founders: number, seed: number): History {
  return new History({ founders, seed, actions: [], end: { step: 0, at: 0 } })
}

/** So that its messages can be seen on their way. */
function speedFor({ events }: Recording): number {
  const took = events.flatMap((event) =>
    'message' in event && event.message.ends !== null ? event.message.ends - event.at : [],
  )
  const middle = took.sort((a, b) => a - b)[took.length >> 1] ?? 50
  return speeds.findLast((speed) => speed <= middle / SEEN_MS) ?? speeds[0]
}
