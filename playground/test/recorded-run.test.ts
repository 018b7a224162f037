/** What the simulator records can be watched, and is what has happened. */
import { GroupRecorder, type MemberSight, type MessageSight, simulate } from '@rafted/testing'
import { expect, test } from 'vitest'
import { Player } from '../src/world/player.ts'
import { parseRecording } from '../src/world/recording.ts'

test('a simulated run is recorded, and its recording shows what there was', async () => {
  const recorder = new GroupRecorder()
  const last = new Map<string, MemberSight>()
  const led = new Set<number>()
  const ids = new Set<string>()
  const lost: MessageSight[] = []
  let gone = 0
  const options = { seed: 7, hosts: 3, troubledMs: 3000 }
  const watched = await simulate({
    ...options,
    watch: (sight) => {
      recorder.watch(sight)
      if (sight.kind === 'message') {
        if (sight.arrives === null) lost.push(sight)
      } else if (sight.group !== recorder.groups[0]) return
      else if (sight.kind === 'gone') {
        gone++
        last.delete(sight.host)
      } else {
        last.set(sight.host, sight)
        ids.add(sight.member)
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
  const told = (pattern: RegExp): number => player.notes.filter(({ text }) => pattern.test(text)).length
  expect(told(/ leads term /)).toBeGreaterThanOrEqual(led.size)
  expect(gone).toBeGreaterThan(0)
  expect(told(/ is gone$/)).toBe(gone)
  const messages = player.recording.events.flatMap((event) => ('message' in event ? event.message : []))
  expect(messages.length).toBeGreaterThan(100)
  const itsLost = lost.filter(({ message }) => ids.has(message.from) && ids.has(message.to))
  expect(itsLost.length).toBeGreaterThan(0)
  expect(messages.filter(({ isLost }) => isLost).length).toBe(itsLost.length)
}, 60_000)
