/** Every scenario script of the core can be watched, and ends as its transcript says. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Player } from '../src/world/player.ts'
import { parseRecording, RecordingError } from '../src/world/recording.ts'
import { readScript } from '../src/world/transcript.ts'

const scripts = new URL('../../packages/core/test/scenarios/scripts/', import.meta.url)
const names = readdirSync(scripts).map((file) => file.replace(/\.txt$/, ''))
const read = (name: string) => readScript(name, readFileSync(new URL(`${name}.txt`, scripts), 'utf8'))

describe('scenario scripts', () => {
  test('each of them', () => {
    expect(names.length).toBeGreaterThan(120)
    for (const name of names) endsAsItSays(name)
  })

  function endsAsItSays(name: string): void {
    const recording = read(name)
    const player = new Player(recording)
    player.seek(player.end.at)
    // The last thing that was said of each member's role, term, commit and durable index, by a reader of its own.
    const text = readFileSync(new URL(`${name}.txt`, scripts), 'utf8')
    for (const { id, state, role, term, commit, durable } of player.scene().members) {
      const said = { state: 'down', role: 'follower', term: 0, commit: 0, durable: 0 }
      for (const line of text.split('\n')) {
        const [, ids, what] = /^((?:[^\s:]+ )*[^\s:]+): (.*)$/.exec(line) ?? []
        if (what === undefined || !ids!.split(' ').includes(id)) continue
        if (what === 'down') {
          said.state = 'down'
          said.role = 'follower'
        }
        const parts = what.split(', ')
        const found = /^(follower|pre-candidate|candidate|leader)\b/.exec(parts[0]!)?.[1]
        if (found !== undefined) {
          said.role = found
          said.state = 'up'
        }
        if (/^write #/.test(what)) continue
        for (const part of parts) {
          const [, key, value] = /^(term|commit|durable) (\d+)$/.exec(part) ?? []
          if (key !== undefined) said[key as 'term' | 'commit' | 'durable'] = Number(value)
        }
      }
      expect({ name, id, state, role, term, commit, durable }).toEqual({ name, id, ...said })
    }
    const lost = recording.events.filter((event) => 'message' in event && event.message.isLost)
    expect({ name, lost: lost.length }).toEqual({ name, lost: text.match(/^lost /gm)?.length ?? 0 })
    // What it is written to and read from again is the same.
    expect(parseRecording(JSON.stringify(recording))).toEqual(recording)
  }

  test('figure 8: messages, logs and members', () => {
    const player = new Player(read('figure_8'))
    expect(player.recording.text).toMatch(/^F15, paper §5.4.2/)
    // It was sent where nothing is shown: it is on its way for one line.
    player.seek(350)
    expect(player.scene().flights).toMatchObject([
      { from: '1', to: '2', kind: 'append', progress: 0.5, carries: true },
    ])
    const sent = player.recording.events.filter((event) => 'message' in event)
    expect(sent.length).toBeGreaterThan(40)
    player.seek(player.end.at)
    const scene = player.scene()
    expect(scene.leader).toBe('5')
    expect(
      scene.members.map(({ cells }) => cells.map(({ index, term }) => `${index}@${term}`).join(' ')),
    ).toEqual(['1@1 2@2 3@4', '1@1 2@2 3@4', '1@1 2@3 3@5', '1@1 2@3 3@5', '1@1 2@3 3@5'])
    expect(scene.members.map(({ state }) => state)).toEqual(['down', 'up', 'up', 'up', 'up'])
  })

  test('it is scrubbed: whatever way a moment is come to, it looks the same', () => {
    const recording = read('crash_in_joint')
    const forth = new Player(recording)
    const scenes = Array.from({ length: forth.end.step }, () => {
      forth.stepForward()
      return forth.scene()
    })
    const back = new Player(recording)
    back.seek(back.end.at)
    for (let step = forth.end.step; step > 0; step--) {
      back.seekStep(step)
      expect(back.scene()).toEqual(scenes[step - 1])
    }
  })
})

describe('recordings of anybody', () => {
  const good = {
    format: 'rafted-recording',
    version: 1,
    title: 't',
    text: '',
    members: ['a'],
    events: [] as unknown[],
  }
  const withEvent = (event: unknown) => JSON.stringify({ ...good, events: [event] })

  test('the smallest there is', () => {
    expect(new Player(parseRecording(JSON.stringify(good))).scene().members).toHaveLength(1)
  })

  test.each([
    ['no JSON', '{', /no JSON/],
    ['another format', '{}', /no recording/],
    ['null', 'null', /can't be read/],
    ['another version', JSON.stringify({ ...good, version: 2 }), /version 2/],
    ['nobody', JSON.stringify({ ...good, members: [] }), /1 to 9 members/],
    ['a crowd', JSON.stringify({ ...good, members: Array(10).fill('a') }), /1 to 9 members/],
    ['a long name', JSON.stringify({ ...good, members: ['a'.repeat(65)] }), /can't be read/],
    [
      'time that goes back',
      JSON.stringify({
        ...good,
        events: [
          { at: 5, note: '', tone: 'act' },
          { at: 4, note: '', tone: 'act' },
        ],
      }),
      /back in time/,
    ],
    ['a stranger', withEvent({ at: 0, member: 'b', set: {} }), /event 1 is wrong/],
    [
      'a field that there isn’t',
      withEvent({ at: 0, member: 'a', set: { constructor: 1 } }),
      /event 1 is wrong/,
    ],
    ['a term below zero', withEvent({ at: 0, member: 'a', set: { term: -1 } }), /event 1 is wrong/],
    ['a time without end', withEvent({ at: 1e300, note: '', tone: 'act' }), /event 1 is wrong/],
    [
      'a kind that there isn’t',
      withEvent({ at: 0, message: { from: 'a', to: 'a', kind: 'x' } }),
      /event 1 is wrong/,
    ],
  ])('%s is refused with a message', (_, text, message) => {
    expect(() => parseRecording(text)).toThrow(RecordingError)
    expect(() => parseRecording(text)).toThrow(message)
  })

  test('a log of billions of entries is not built', () => {
    const event = { at: 0, member: 'a', set: { state: 'up', last: 9_000_000_000, runs: [[1, 1]] } }
    const player = new Player(parseRecording(withEvent(event)))
    player.seek(0)
    expect(player.scene().members[0]!.cells.length).toBeLessThanOrEqual(400)
  })
})
