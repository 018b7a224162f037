/** What the commands of a room do, on the machine alone. */
import { describe, expect, test } from 'vitest'
import { type Guest, type History, remembered, room } from '../src/room.ts'

/** One copy, whose log and time go on as the test says. */
class Copy {
  readonly #machine = room.create(room.codec!)
  #index = 0
  now = 1000

  apply(...command: unknown[]): unknown {
    const { now: time } = this
    return this.#machine.apply(command, { index: ++this.#index, term: 1, time, version: 1 })
  }

  query<T>(name: string): T {
    return this.#machine.query([name], { time: this.now, version: 1 }) as T
  }

  get deadline(): number | null {
    return this.#machine.deadline!()
  }

  get present(): string[] {
    return this.query('present')
  }
}

const ann: Guest = { who: 'ann', seat: '1', leaseMs: 2000 }
const bob: Guest = { who: 'bob', seat: '2', leaseMs: 5000 }
const refused = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as { reason: string }).reason
  }
  return 'taken'
}

describe('who is there', () => {
  test('whoever was not heard for as long as they said is gone', () => {
    const copy = new Copy()
    copy.apply('enter', ann)
    copy.apply('enter', bob)
    expect([copy.present, copy.deadline]).toEqual([['ann', 'bob'], 3000])
    copy.now = 2500
    copy.apply('enter', ann)
    expect(copy.deadline).toBe(4500)
    copy.now = 4500
    copy.apply('clear')
    expect([copy.present, copy.deadline]).toEqual([['bob'], 6000])
    copy.apply('leave', bob)
    expect([copy.present, copy.deadline]).toEqual([[], null])
  })

  test('who speaks is there', () => {
    const copy = new Copy()
    copy.apply('say', ann, 'hi', 0)
    copy.now = 2999
    copy.apply('say', ann, 'hi', 0)
    expect([copy.present, copy.deadline]).toEqual([['ann'], 4999])
  })

  test('a name belongs to one guest at a time', () => {
    const copy = new Copy()
    const second = { ...ann, seat: '3' }
    copy.apply('enter', ann)
    expect(refused(() => copy.apply('enter', second))).toBe('name-taken')
    expect(refused(() => copy.apply('say', second, 'hi', 0))).toBe('name-taken')
    copy.apply('leave', second)
    expect(copy.present).toEqual(['ann'])
    copy.now = 3000
    expect(refused(() => copy.apply('enter', second))).toBe('taken')
    expect(refused(() => copy.apply('enter', ann))).toBe('name-taken')
    copy.apply('leave', ann)
    expect(copy.present).toEqual(['ann'])
  })
})

describe('what was said', () => {
  test('is named by its place in the log', () => {
    const copy = new Copy()
    copy.apply('enter', ann)
    expect(copy.apply('say', ann, 'hi', 7)).toBe(2)
    expect(copy.query<History>('history')).toEqual({
      messages: [{ index: 2, who: 'ann', text: 'hi', sentAt: 7 }],
      forgottenTo: 0,
    })
  })

  test('is forgotten when there is much behind it, and that is known', () => {
    const copy = new Copy()
    for (let i = 0; i < remembered + 3; i++) copy.apply('say', ann, `${i}`, 0)
    const { messages, forgottenTo } = copy.query<History>('history')
    expect([messages.length, messages[0]!.text, messages[0]!.index, forgottenTo]).toEqual([
      remembered,
      '3',
      4,
      3,
    ])
  })
})

test('what no client of ours would send is refused', () => {
  const copy = new Copy()
  const guests = [
    { ...ann, who: '' },
    { ...ann, who: 7 },
    { ...ann, leaseMs: 1e9 },
    { ...ann, leaseMs: '9' },
    {},
  ]
  for (const guest of guests) expect(refused(() => copy.apply('enter', guest))).toBe('bad-guest')
  for (const [text, sentAt] of [['x'.repeat(2001), 0], [1, 0], ['x', Number.NaN], ['x']])
    expect(refused(() => copy.apply('say', ann, text, sentAt))).toBe('bad-message')
  for (let i = 0; i < 200; i++) copy.apply('enter', { ...ann, who: `${i}` })
  expect(refused(() => copy.apply('enter', bob))).toBe('room-full')
  expect(copy.query<History>('history').messages).toEqual([])
})
