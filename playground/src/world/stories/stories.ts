/** All prepared stories, in the order of the menu. */
import { elections } from './elections.ts'
import { logs } from './logs.ts'
import { members } from './members.ts'
import type { Story } from './story.ts'

export interface Chapter {
  readonly title: string
  readonly stories: readonly Story[]
}

export const chapters: readonly Chapter[] = [
  { title: 'Who leads', stories: elections },
  { title: 'What is committed', stories: logs },
  { title: 'Members and reads', stories: members },
]

export function storyNamed(id: string): Story | null {
  return chapters.flatMap(({ stories }) => stories).find((story) => story.id === id) ?? null
}
