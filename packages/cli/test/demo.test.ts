/** The demonstration: in lines, as data, and on a screen. */
import { realClock } from '@rafted/contracts/node'
import { expect, test } from 'vitest'
import { Drawing } from '../src/demo/drawing.ts'
import { going } from './started.ts'
import { typed } from './typed.ts'

interface Told {
  readonly step: number
  readonly what: string
  readonly text: string
  readonly members: {
    host: string
    member?: string
    role: string | null
    term?: number
    commitIndex?: number
  }[]
}

const real = { clock: realClock }
const ESCAPE = '\u001b'

test('the leader is stopped, another one is elected, the counting goes on, and the first one is back', async () => {
  const { status, out, said } = await typed('/', 'demo --json', real)
  expect({ status, said }).toEqual({ status: 0, said: '' })
  const told = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Told)
  expect(told.map(({ step, what }) => `${step} ${what}`)).toEqual([
    '1 hosts',
    '2 count',
    '3 stop',
    '4 elect',
    '5 join',
  ])
  const [hosts, count, stop, elect, join] = told as [Told, Told, Told, Told, Told]
  expect(hosts.members.map(({ host }) => host)).toEqual(['a', 'b', 'c'])
  expect(count.text).toBe('They have counted to 100, together.')
  const stopped = stop.members.find(({ role }) => role === null)!.host
  expect(stop.text).toBe(`Host ${stopped}, which led, is stopped without a word.`)
  const [, elected, term] =
    /^Host ([abc]) was elected, in term (\d+): they have counted on, from 100 to 200\.$/.exec(elect.text)!
  expect(elected).not.toBe(stopped)
  const memberOf = ({ members }: Told) => members.find(({ host }) => host === stopped)!
  expect(Number(term)).toBeGreaterThan(memberOf(count).term!)
  expect(join.text).toContain(`Host ${stopped} is back`)
  expect(memberOf(join).member).not.toBe(memberOf(count).member)
})

test('in lines, it ends by itself after so many steps', async () => {
  const { status, out } = await typed('/', 'demo --steps 2', real)
  expect(status).toBe(0)
  expect(out).toMatch(
    /^1\. 3 hosts run, and host [abc] leads\.\n {3}host {2}role +term +log +commit +applied\n( {3}[abc] .*\n){3}2\. They have counted to 100, together\.\n/,
  )
  expect((await typed('/', 'demo --hosts 2', real)).said).toContain('It takes three hosts')
})

test('on a screen it is drawn in place until it is ended, and the cursor is there again', async () => {
  const demo = going('/', 'demo --pace 20ms', { screen: { columns: 100, rows: 30 }, colours: true })
  // More than one round.
  await demo.printed((text) => text.includes('6. They have counted to'))
  const { status, out } = await demo.end()
  expect(status).toBe(0)
  const [begin, ...frames] = out.split(new RegExp(`${ESCAPE}\\[\\d+A\\r${ESCAPE}\\[J`))
  expect(begin).toContain('\u001b[?25l')
  expect(frames.length).toBeGreaterThan(5)
  for (const frame of frames) expect(frame.split('\n').length).toBeLessThanOrEqual(30)
  expect(frames.some((frame) => new RegExp(`${ESCAPE}\\[32m[abc] +leader`).test(frame))).toBe(true)
  // However soon it is over: what a step has come to is drawn.
  const stopped = frames.find((frame) => frame.includes('3. Host '))!
  const [, who] = /3\. Host ([abc]), which led, is stopped/.exec(stopped)!
  expect(stopped).toContain(`${ESCAPE}[31m${who}     stopped`)
  expect(out.endsWith('\u001b[?25h')).toBe(true)
})

test('what has no room on a screen is left out, so that nothing is drawn twice', async () => {
  let out = ''
  const print = async (text: string): Promise<void> => {
    out += text
  }
  const terminal = { screen: { columns: 10, rows: 4 }, print }
  const drawing = new Drawing(terminal as never)
  await drawing.draw(['a line that is long', 'b', 'c', 'd', 'e'], (line) => line)
  expect(out).toBe('\u001b[?25la line th\nb\nc\n')
  out = ''
  await drawing.draw(['x'], (line) => line)
  expect(out).toBe('\u001b[3A\r\u001b[Jx\n')
})

test('it may be ended at any time', async () => {
  const demo = going('/', 'demo --pace 1h')
  await demo.printed((text) => text.includes('1. '))
  expect((await demo.end()).status).toBe(0)
  expect((await going('/', 'demo').end()).status).toBe(0)
})
