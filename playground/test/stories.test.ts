/** Every prepared story ends as it says, in the future that it was made in and in the one that its link brings back. */
import { describe, expect, test } from 'vitest'
import { History } from '../src/world/history.ts'
import { sceneOf } from '../src/world/scene.ts'
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

test('figure 8: where S1 lives on in (c), its entry 3 saves entry 2, and S5 is not elected any more', () => {
  const { scenario, captions } = played(storyNamed('figure-8')!)
  const history = new History(scenario)
  const { step } = captions.find(({ text }) => /^S1 leads term 4/.test(text))!
  history.seekStep(step + 10)
  // Anything that is done begins another future.
  expect(history.act({ kind: 'propose', member: '1' })).toBe(true)
  history.advanceTo(history.now.at + 1000)
  expect(history.world.safety.committedAt(2)?.term).toBe(2)
  history.act({ kind: 'heal' })
  history.act({ kind: 'kill', member: '1' })
  history.act({ kind: 'restart', member: '5' })
  history.advanceTo(history.now.at + 10_000)
  expect(history.world.broken).toEqual([])
  expect(history.world.safety.committedAt(2)?.term).toBe(2)
  const { leader, members } = sceneOf(history.world)
  expect(leader).not.toBe(null)
  expect(members.find(({ id }) => id === '5')!.cells[1]!.term).toBe(2)
})
