/** A prepared story: what is done to a group, what is said meanwhile, and what has come of it in the end. */
import type { Scenario } from '../action.ts'
import { type Caption, Director } from '../director.ts'
import type { World } from '../world.ts'

/** What a story says of its end. */
export interface Ending {
  readonly says: string
  readonly is: (world: World) => boolean
}

export interface Story {
  /** Stands in links: it doesn't change. */
  readonly id: string
  readonly title: string
  /** Two or three sentences. */
  readonly text: string
  readonly founders: number
  readonly seed: number
  readonly play: (director: Director) => void
  readonly endings: readonly Ending[]
}

export interface PlayedStory {
  readonly story: Story
  readonly scenario: Scenario
  readonly captions: readonly Caption[]
}

/** The same each time. */
export function played(story: Story): PlayedStory {
  const director = new Director(story.founders, story.seed)
  story.play(director)
  return { story, scenario: director.scenario, captions: director.captions }
}

// What endings say, often.

export function leaders(world: World): string[] {
  return [...world.members.values()]
    .filter(({ core }) => core?.standing.role === 'leader')
    .map(({ id }) => id)
}

/** All that run have the same entries, by index and term, and have applied all of them. */
export function allAlike(world: World): boolean {
  const cores = [...world.members.values()].flatMap(({ core }) => core ?? [])
  const last = cores[0]!.lastIndex
  return cores.every((core) => {
    if (core.lastIndex !== last || core.commitIndex !== last) return false
    for (let index = core.baseIndex + 1; index <= last; index++) {
      const terms = cores.map((other) => other.termAt(index)).filter((term) => term !== undefined)
      if (terms.some((term) => term !== terms[0])) return false
    }
    return true
  })
}

export function nothingBroken(world: World): boolean {
  return world.broken.length === 0
}

/** The command is committed. */
export function isCommitted(world: World, number: number): boolean {
  const command = world.calls.commands[number - 1]
  return command !== undefined && world.safety.committedAt(command.index)?.term === command.term
}

/** Another entry is committed in its place. */
export function isLost(world: World, number: number): boolean {
  const command = world.calls.commands[number - 1]
  const there = command === undefined ? undefined : world.safety.committedAt(command.index)
  return there !== undefined && there.term !== command!.term
}
