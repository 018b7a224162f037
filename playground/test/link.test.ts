/** Links are made by anybody: what is not right in them is refused, with a message that says so. */
import { describe, expect, test } from 'vitest'
import type { Action } from '../src/world/action.ts'
import { History } from '../src/world/history.ts'
import { decodeScenario, encodeScenario, LinkError, MAX_LINK } from '../src/world/link.ts'

const actions: readonly Action[] = [
  { kind: 'propose', member: '1' },
  { kind: 'read', member: '2', stale: true },
  { kind: 'read', member: '2', stale: false },
  { kind: 'transfer', member: '1', to: '3' },
  { kind: 'transfer', member: '1', to: null },
  {
    kind: 'place',
    member: '1',
    places: [
      ['2', 'out'],
      ['3', 'learner'],
      ['4', 'promoted'],
      ['5', 'voter'],
    ],
  },
  { kind: 'add', member: '1', promote: true },
  { kind: 'kill', member: '9' },
  { kind: 'restart', member: '9' },
  { kind: 'forget', member: '3' },
  { kind: 'disk', member: '3', pace: 'quick' },
  { kind: 'disk', member: '3', pace: 'slow' },
  { kind: 'disk', member: '3', pace: 'stalled' },
  { kind: 'patience', member: '3', patience: 0 },
  { kind: 'patience', member: '3', patience: 99 },
  { kind: 'patience', member: '3', patience: null },
  { kind: 'suspect', member: '3' },
  { kind: 'snapshot', member: '3' },
  {
    kind: 'links',
    links: [
      ['1', '2'],
      ['2', '1'],
    ],
    cut: true,
  },
  { kind: 'links', links: [['1', '2']], cut: false },
  { kind: 'heal' },
  { kind: 'drop', message: 123_456 },
  { kind: 'delay', message: 7, ms: 60_000 },
]

test('every action survives the way through a link', () => {
  const timed = actions.map((action, at) => ({ step: at * 3, at: at * 40, action }))
  const scenario = { founders: 7, seed: 2 ** 32 - 1, actions: timed, end: { step: 100, at: 5000 } }
  const text = encodeScenario(scenario)
  expect(decodeScenario(text)).toEqual(scenario)
  // Nothing in it has to be escaped in a link.
  expect(text).toMatch(/^[\w.]+$/)
  expect(encodeURIComponent(text)).toBe(text)
})

const good = '1_5_1_a.a_0.0.p.1'

test('a link of the present version is read for as long as that is the version', () => {
  expect(decodeScenario('1_5_k3_a.zz_0.0.w.1.0_3.rs.l.1.1221_2.5k.x.1a')).toEqual({
    founders: 5,
    seed: 723,
    actions: [
      { step: 0, at: 0, action: { kind: 'patience', member: '1', patience: 0 } },
      {
        step: 3,
        at: 1000,
        action: {
          kind: 'links',
          cut: true,
          links: [
            ['1', '2'],
            ['2', '1'],
          ],
        },
      },
      { step: 5, at: 1200, action: { kind: 'drop', message: 46 } },
    ],
    end: { step: 10, at: 1295 },
  })
})

describe('hostile links', () => {
  test.each([
    ['nothing', '', /no scenario/],
    ['a word', 'hello', /no scenario/],
    ['another version', good.replace(/^1/, '2'), /version 2 .* reads version 1/],
    ['two members', good.replace('_5_', '_2_'), /number of members/],
    ['eight members', good.replace('_5_', '_8_'), /number of members/],
    ['no number', good.replace('_5_', '_%_'), /number of members/],
    ['a seed beyond all', '1_5_zzzzzzzz_a.a', /seed/],
    ['an end beyond all', '1_5_1_zzzz.a', /where it ends/],
    ['an hour', '1_5_1_a.2550g', /when it ends/],
    ['no such action', '1_5_1_a.a_0.0.z', /action 1/],
    ['an action of all objects', '1_5_1_a.a_0.0.toString', /action 1/],
    ['a prototype', '1_5_1_a.a_0.0.__proto__', /action/],
    ['a member that can’t be', '1_5_1_a.a_0.0.k.0', /action 1/],
    ['too little', '1_5_1_a.a_0.0.k', /action 1/],
    ['too much', '1_5_1_a.a_0.0.k.1.1', /action 1/],
    ['a member in two places', '1_5_1_a.a_0.0.c.1.2o2v', /action 1/],
    ['half a link', '1_5_1_a.a_0.0.l.1.121', /action 1/],
    ['links without end', `1_5_1_a.a_0.0.l.1.${'12'.repeat(100)}`, /action 1/],
    ['a delay of a day', '1_5_1_a.a_0.0.y.1.1fgi8', /action 1/],
    ['an action behind the end', '1_5_1_5.a_a.0.h', /behind its end/],
    ['actions beyond all', `1_5_1_a.a${'_0.0.h'.repeat(1001)}`, /more than 1000 actions/],
    ['a sum beyond all', `1_5_1_a.a${'_10ws.0.h'.repeat(3)}`, /comes too late|can't be read/],
    ['a megabyte', `1_5_1_a.a_0.0.l.1.${'12'.repeat(500_000)}`, /longer than any/],
    ['markup', '<img src=x onerror=alert(1)>', /no scenario/],
  ])('%s is refused with a message', (_, text, message) => {
    expect(() => decodeScenario(text)).toThrow(LinkError)
    expect(() => decodeScenario(text)).toThrow(message)
  })

  test('whatever is changed in a good one is refused, or plays to its end', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789._-%'
    let played = 0
    for (let at = 0; at < good.length; at++)
      for (const letter of letters) {
        const text = good.slice(0, at) + letter + good.slice(at + 1)
        let history: History
        try {
          history = new History(decodeScenario(text))
        } catch (error) {
          expect(error).toBeInstanceOf(LinkError)
          continue
        }
        history.seekStep(20)
        played++
      }
    expect(played).toBeGreaterThan(100)
  })

  test('the longest scenario fits', () => {
    const action = { kind: 'delay', message: 9_999_999, ms: 60_000 } as const
    const many = Array.from({ length: 1000 }, (_, at) => ({ step: at * 49, at: at * 590, action }))
    const text = encodeScenario({
      founders: 7,
      seed: 2 ** 32 - 1,
      actions: many,
      end: { step: 50_000, at: 600_000 },
    })
    expect(text.length).toBeLessThan(MAX_LINK)
    expect(decodeScenario(text).actions).toEqual(many)
  })
})
