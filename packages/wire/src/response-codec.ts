/** What a host answers. */
import type { ErrorCode } from '@rafted/contracts'
import { cannotEncode } from './bad-bytes.ts'
import { readConfigurationEntry, writeConfigurationEntry } from './configuration-codec.ts'
import { MAX_ID_BYTES, MAX_MEMBERS, MAX_NAME_BYTES, MAX_TEXT_BYTES } from './limits.ts'
import { readStatus, writeStatus } from './member-status-codec.ts'
import type { Reader } from './reader.ts'
import type { ErrorResponse, LocatedResponse, Response, ResultResponse, SessionResponse } from './request.ts'
import { readSettings, writeSettings } from './settings-codec.ts'
import { cutToBytes } from './utf8.ts'
import { readChanges, writeChanges } from './watch-codec.ts'
import type { Writer } from './writer.ts'

/** Part of the format: added to, never renumbered. */
const KIND = {
  error: 1,
  located: 2,
  session: 3,
  result: 4,
  done: 5,
  status: 6,
  settings: 7,
  changes: 8,
  backup: 9,
} as const satisfies Record<Response['kind'], number>

/** Their places in these lists are part of the format. */
const KNOWS: readonly LocatedResponse['knows'][] = ['member', 'waiting', 'unknown']
const STATUS: readonly ResultResponse['status'][] = ['ok', 'refused', 'failed']

/** How a code looks. Codes are added: a reader takes one it doesn't know by its outcome. */
const CODE = /^[a-z]+(-[a-z]+)*$/

export function writeResponse(w: Writer, response: Response): void {
  w.u8(KIND[response.kind])
  w.uint(response.id)
  switch (response.kind) {
    case 'error':
      writeError(w, response)
      break
    case 'located':
      writeLocated(w, response)
      break
    case 'session':
      w.id(response.incarnation, MAX_ID_BYTES)
      w.uint(response.session)
      w.float(response.timeoutMs)
      w.uint(response.window)
      break
    case 'result':
      w.u8(placeOf(STATUS, response.status))
      w.uint(response.index)
      w.uint(response.term)
      w.block(response.payload)
      break
    case 'done':
      w.id(response.incarnation, MAX_ID_BYTES)
      w.bool(response.configuration !== null)
      if (response.configuration !== null) writeConfigurationEntry(w, response.configuration)
      break
    case 'settings':
      w.id(response.incarnation, MAX_ID_BYTES)
      writeSettings(w, response.settings)
      break
    case 'status':
      writeStatus(w, response.status)
      break
    case 'changes':
      writeChanges(w, response)
      break
    case 'backup':
      w.uint(response.transfer)
      w.uint(response.number)
      w.bool(response.isLast)
      w.block(response.bytes)
      break
  }
}

export function readResponse(r: Reader): Response {
  const kind = r.u8()
  const id = r.uint()
  switch (kind) {
    case KIND.error:
      return readError(r, id)
    case KIND.located:
      return readLocated(r, id)
    case KIND.session:
      return readSession(r, id)
    case KIND.result: {
      const status = readPlace(r, STATUS)
      return { kind: 'result', id, status, index: r.uint(), term: r.uint(), payload: r.block() }
    }
    case KIND.done: {
      const incarnation = r.id(MAX_ID_BYTES)
      return { kind: 'done', id, incarnation, configuration: r.bool() ? readConfigurationEntry(r) : null }
    }
    case KIND.settings:
      return { kind: 'settings', id, incarnation: r.id(MAX_ID_BYTES), settings: readSettings(r) }
    case KIND.status:
      return { kind: 'status', id, status: readStatus(r) }
    case KIND.changes:
      return { kind: 'changes', id, ...readChanges(r) }
    case KIND.backup:
      return {
        kind: 'backup',
        id,
        transfer: r.uint(),
        number: r.uint(),
        isLast: r.bool(),
        bytes: r.block(),
      }
    default:
      return r.fail(`${kind} is no kind of response`)
  }
}

function writeError(w: Writer, response: ErrorResponse): void {
  if (!CODE.test(response.code)) cannotEncode(`"${response.code}" is no code of an error`)
  w.id(response.code, MAX_ID_BYTES)
  w.bool(response.outcome === 'unknown')
  // An error's text is for people and may quote anything: it is made to fit rather than let the answer fail.
  w.text(cutToBytes(response.message, MAX_TEXT_BYTES), MAX_TEXT_BYTES)
  w.optionalId(response.leader, MAX_NAME_BYTES)
  w.uint(response.term)
  w.block(response.details)
}

function readError(r: Reader, id: number): ErrorResponse {
  const code = r.id(MAX_ID_BYTES)
  if (!CODE.test(code)) r.fail('an error has no code')
  const outcome = r.bool() ? 'unknown' : 'not-applied'
  const message = r.text(MAX_TEXT_BYTES)
  const leader = r.optionalId(MAX_NAME_BYTES)
  const term = r.uint()
  return { kind: 'error', id, code: code as ErrorCode, outcome, message, leader, term, details: r.block() }
}

function writeLocated(w: Writer, response: LocatedResponse): void {
  if (response.members.length > 2 * MAX_MEMBERS) cannotEncode(`more than ${2 * MAX_MEMBERS} addresses`)
  w.u8(placeOf(KNOWS, response.knows))
  w.optionalId(response.incarnation, MAX_ID_BYTES)
  w.uint(response.term)
  w.optionalId(response.leader, MAX_NAME_BYTES)
  w.uint(response.members.length)
  for (const address of response.members) w.id(address, MAX_NAME_BYTES)
}

function readLocated(r: Reader, id: number): LocatedResponse {
  const knows = readPlace(r, KNOWS)
  const incarnation = r.optionalId(MAX_ID_BYTES)
  const term = r.uint()
  const leader = r.optionalId(MAX_NAME_BYTES)
  const count = r.count(2 * MAX_MEMBERS, 2, 'addresses')
  const members: string[] = []
  for (let i = 0; i < count; i++) members.push(r.id(MAX_NAME_BYTES))
  return { kind: 'located', id, knows, incarnation, term, leader, members }
}

function readSession(r: Reader, id: number): SessionResponse {
  const incarnation = r.id(MAX_ID_BYTES)
  const session = r.uint()
  return { kind: 'session', id, incarnation, session, timeoutMs: r.float(), window: r.uint() }
}

function placeOf<T>(list: readonly T[], value: T): number {
  const place = list.indexOf(value)
  if (place < 0) cannotEncode(`"${value}" is none of ${list.join(', ')}`)
  return place
}

function readPlace<T>(r: Reader, list: readonly T[]): T {
  const place = r.u8()
  const value = list[place]
  if (value === undefined) r.fail(`${place} is none of the ${list.length} choices there are`)
  return value
}
