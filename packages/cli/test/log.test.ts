/** The lines that a host logs. */
import { RaftedError } from '@rafted/contracts'
import { expect, test } from 'vitest'
import { createLog } from '../src/host/log.ts'
import { stillClock } from './typed.ts'

test('an error is told once, though its message names what caused it', () => {
  const lines: string[] = []
  const terminal = { clock: stillClock, say: (text: string) => void lines.push(text) }
  const plan = { id: 'a', cluster: 'shop', log: 'info' }
  const log = createLog(terminal as never, plan as never)
  const message = 'There is no connection: connect ECONNREFUSED 127.0.0.1:7000.'
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:7000')
  const error = new RaftedError('unreachable', message, { outcome: 'not-applied', cause })
  log.error('transport', { error })
  log.warn('told', { error: 'no error at all' })
  const [line, other] = lines.map((text) => JSON.parse(text))
  expect(line.error).toMatchObject({ code: 'unreachable', message })
  expect(line.error.stack).toContain(`caused by: Error: ${cause.message}`)
  expect(other.error).toBe('no error at all')
})

test('where an error was found is told of what is wrong, and of what nobody has foreseen', () => {
  const lines: string[] = []
  const terminal = { clock: stillClock, say: (text: string) => void lines.push(text) }
  const log = createLog(terminal as never, { id: 'a', cluster: 'shop', log: 'debug' } as never)
  const foreseen = new RaftedError('unreachable', 'Nobody listens there.', { outcome: 'not-applied' })
  const event = { kind: 'transport', what: 'handshake-failed', address: 'b:7000' } as const
  log.observer.event!({ ...event, level: 'warn', error: foreseen })
  log.warn('by the command line itself', { error: foreseen })
  log.observer.event!({ ...event, level: 'error', error: foreseen })
  log.observer.event!({ ...event, level: 'warn', error: new TypeError('x is not a function') })
  const told = lines.map((text) => JSON.parse(text).error)
  for (const brief of told.slice(0, 2)) {
    expect(brief).toMatchObject({ code: 'unreachable', message: foreseen.message, outcome: 'not-applied' })
    expect(brief.stack).toBeUndefined()
  }
  for (const whole of told.slice(2)) expect(whole.stack).toContain('log.test')
})

test('who has lost the data of a member is told what to type', () => {
  const lines: string[] = []
  const terminal = { clock: stillClock, say: (text: string) => void lines.push(text) }
  const log = createLog(terminal as never, { id: 'a', cluster: 'shop', log: 'info' } as never)
  // As a host says it: packages/rafted/test/durable.test.ts.
  const message = "If it is lost, say so: host.group(name, { …, formerData: 'lost' }) lets it join."
  const error = { kind: 'error', code: 'member-lost', message }
  log.observer.event!({ kind: 'join', level: 'error', group: 'kv', what: 'refused', error })
  const told = JSON.parse(lines[0]!).error
  expect(told.code).toBe('member-lost')
  expect(told.message).toBe('If it is lost, say so: --former-data-lost lets it join.')
})
