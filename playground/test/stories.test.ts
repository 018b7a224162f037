/** Every prepared story ends as it says, in the future that it was made in and in the one that its link brings back. */
import { describe, expect, test } from 'vitest'
import { History } from '../src/world/history.ts'
import { chapters, storyNamed } from '../src/world/stories/stories.ts'
import { played } from '../src/world/stories/story.ts'

const stories = chapters.flatMap((chapter) => chapter.stories)

describe.each(stories)('$title', (story) => {
  const { scenario, captions } = played(story)
  const history = new History(scenario)
  history.seekMoment(scenario.end)

  test('ends as it says', () => {
    const untrue = story.endings.filter(({ is }) => !is(history.world)).map(({ says }) => says)
    expect(untrue).toEqual([])
    expect(story.endings.length).toBeGreaterThanOrEqual(2)
  })

  test('is told in a few sentences, with something to say on the way', () => {
    const sentences = story.text.split(/[.:?] /).length
    expect(sentences).toBeGreaterThanOrEqual(2)
    expect(captions.length).toBeGreaterThanOrEqual(3)
    expect(captions.every(({ step }) => step <= scenario.end.step)).toBe(true)
  })
})

test('stories have names of their own', () => {
  expect(new Set(stories.map(({ id }) => id)).size).toBe(stories.length)
  for (const story of stories) expect(storyNamed(story.id)).toBe(story)
  expect(storyNamed('none')).toBe(null)
})
