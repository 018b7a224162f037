/** What is to be seen, on a terminal and elsewhere. */
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { Board } from '../src/board.ts'
import { countsOf, isSettled, type Placement } from '../src/placement.ts'
import { tableOf } from '../src/table.ts'

const host = (id: string) => ({ id, zone: id.slice(0, 1), capacity: 1 })
const group = { name: 'lyon', replicas: 3, hosts: ['a1', 'b1'], coming: null, isMoving: false, leader: 'a1' }
const placement: Placement = {
  hosts: ['b1', 'a1', 'a2', 'c1'].map(host),
  groups: [group, { ...group, name: 'osaka', coming: 'c1', isMoving: true, leader: null }],
}

test('the table has a column for each host, zone by zone, and a row for each group', () => {
  expect(tableOf(placement, new Set(['b1']), false)).toEqual([
    '          a1   a2    (b1)    c1',
    '  lyon    L    .      m      .',
    '  osaka   m    .      m      >',
  ])
})

test('colours are for terminals', () => {
  const coloured = tableOf(placement, new Set(['b1']), true)
  const plain = tableOf(placement, new Set(['b1']), false)
  expect(coloured.join('\n')).toContain('\x1b[')
  expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(plain)
})

/** A terminal: what it shows when all was written, as far as the board makes use of it. */
function screen(isTTY: boolean) {
  let lines = ['']
  const write = (text: string): void => {
    for (const [, up, clear, plain] of text
      .replaceAll('\x1b', '^')
      .matchAll(/\^\[(\d+)A|(\^\[J)|([^\r^]+)/g)) {
      if (up !== undefined) lines = lines.slice(0, lines.length - Number(up))
      else if (clear !== undefined) lines = [...lines.slice(0, -1), '']
      else if (plain !== undefined) lines = (lines.join('\n') + plain).split('\n')
    }
  }
  return { isTTY, write, seen: () => lines }
}

test('on a terminal the table stays below what is told, and is drawn anew where it stands', () => {
  const terminal = screen(true)
  const board = new Board(terminal)
  board.say('one')
  board.update(['table 1', 'row'])
  board.say('two')
  expect(terminal.seen()).toEqual(['one', 'two', 'table 1', 'row', ''])
  board.update(['table 2', 'row', 'row'])
  board.update(['table 2', 'row', 'row'])
  expect(terminal.seen()).toEqual(['one', 'two', 'table 2', 'row', 'row', ''])
  board.say('three')
  board.close()
  expect(terminal.seen()).toEqual(['one', 'two', 'three', ''])
})

test('elsewhere there are plain lines, and the table where the story shows it', () => {
  const file = screen(false)
  const board = new Board(file)
  board.say('one')
  board.update(['table 1'])
  board.show(['table 2'])
  board.close()
  expect(file.seen()).toEqual(['one', 'table 2', ''])
})

test('it is settled once each group is led, does not move, and is where its name says', () => {
  const hosts = ['a1', 'b1', 'c1'].map(host)
  const at = (...ids: string[]): Placement => ({ hosts, groups: [{ ...group, hosts: ids }] })
  const orders = [
    ['a1', 'b1', 'c1'],
    ['a1', 'c1', 'b1'],
    ['b1', 'a1', 'c1'],
    ['b1', 'c1', 'a1'],
    ['c1', 'a1', 'b1'],
    ['c1', 'b1', 'a1'],
  ]
  const settled = orders.filter((ids) => isSettled(at(...ids)))
  expect(settled).toHaveLength(1)
  const [right] = settled
  const [only] = at(...right!).groups
  expect(isSettled({ hosts, groups: [{ ...only!, leader: null }] })).toBe(false)
  expect(isSettled({ hosts, groups: [{ ...only!, isMoving: true }] })).toBe(false)
  expect(isSettled(at('a1', 'b1'))).toBe(false)
  expect(countsOf(placement).get('b1')).toBe(2)
  expect(countsOf(placement).get('c1')).toBe(0)
})
