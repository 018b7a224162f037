/** What the simulator records can be watched, and is what has happened. */
import { GroupRecorder, type MemberSight, simulate } from '@rafted/testing'
import { expect, test } from 'vitest'
import { Player } from '../src/world/player.ts'
import { parseRecording } from '../src/world/recording.ts'

test('a simulated run is recorded, and its recording shows what there was', async () => {
  const recorder = new GroupRecorder()
  const last = new Map<string, MemberSight>()
  const led = new Set<number>()
  let lost = 0
  const options = { seed: 5, hosts: 3, troubledMs: 3000 }
  const watched = await simulate({
    ...options,
    watch: (sight) => {
      recorder.watch(sight)
      if (sight.kind === 'message') lost += sight.arrives === null ? 1 : 0
      else if (sight.group !== recorder.groups[0]) return
      else if (sight.kind === 'gone') last.delete(sight.host)
      else {
        last.set(sight.host, sight)
        if (sight.role === 'leader') led.add(sight.term)
      }
    },
  })
  expect(watched.violations).toEqual([])
  // Nobody who watches changes anything.
  expect((await simulate(options)).hash).toBe(watched.hash)

  const recording = recorder.recording(recorder.groups[0]!, 'a run')
  const player = new Player(parseRecording(JSON.stringify(recording)))
  player.seek(player.end.at)
  const scene = player.scene()
  for (const { host, role, term, commit, durable, last: index } of last.values()) {
    const shown = scene.members.find(({ id }) => id === host)!
    expect(shown).toMatchObject({ state: 'up', role, term, commit, durable })
    expect(shown.cells.at(-1)?.index).toBe(index)
  }
  expect(scene.members.filter(({ part }) => part === 'voter').length).toBeGreaterThanOrEqual(1)
  expect(scene.leader).not.toBe(null)
  const notes = player.notes.filter(({ text }) => / leads term /.test(text))
  expect(notes.length).toBeGreaterThanOrEqual(led.size)
  const messages = recording.events.filter((event) => 'message' in event)
  expect(messages.length).toBeGreaterThan(100)
  expect(messages.some((event) => (event as { message: { isLost: boolean } }).message.isLost)).toBe(lost > 0)
}, 60_000)
