/** Transactions: looked at as a whole, the branch that isn't taken too, before anything is done. */
import { type ApplyContext, CommandError } from '@rafted/contracts'
import {
  type Fields,
  fieldsOf,
  flagOf,
  keyOf,
  listOf,
  MAX_PAGE,
  numberTest,
  type Page,
  type Put,
  pageOf,
  putOf,
  rangeOf,
  refuse,
  ttlOf,
} from './arguments.ts'
import type { KvChange } from './change.ts'
import type { Bounds } from './ranges.ts'
import { checkPut, Room } from './room.ts'
import type { KvState } from './state.ts'
import type { KvResult } from './transaction-types.ts'
import { isSame } from './values.ts'

const MAX_CONDITIONS = 128
const MAX_OPERATIONS = 128
/** Of a branch. */
const MAX_RANGES = 16

type Condition = (state: KvState, time: number) => boolean

/** An operation that has been looked at. */
type Step =
  | ({ readonly op: 'put' } & Put)
  | { readonly op: 'delete'; readonly key: string; readonly previous: boolean }
  | { readonly op: 'deleteRange'; readonly range: Bounds }
  | { readonly op: 'touch'; readonly key: string; readonly ttlMs: number | null }
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'range'; readonly page: Page }

const FIELDS: Readonly<Record<Step['op'], readonly string[]>> = {
  put: ['op', 'key', 'value', 'ttlMs', 'lease', 'previous'],
  delete: ['op', 'key', 'previous'],
  deleteRange: ['op', 'range'],
  touch: ['op', 'key', 'ttlMs'],
  get: ['op', 'key'],
  range: ['op', 'range'],
}

/** A transaction that has been looked at. */
export interface Plan {
  readonly conditions: readonly Condition[]
  readonly steps: readonly Step[]
  readonly otherwise: readonly Step[]
}

/** @throws {CommandError} */
export function planOf(given: unknown): Plan {
  const fields = fieldsOf('A transaction', given, ['if', 'then', 'else'])
  return {
    conditions: listOf('Conditions', fields.if, MAX_CONDITIONS).map(conditionOf),
    steps: stepsOf(fields.then),
    otherwise: stepsOf(fields.else),
  }
}

function conditionOf(given: unknown): Condition {
  const fields = fieldsOf('A condition', given, ['key', 'exists', 'revision', 'created', 'version', 'value'])
  const key = keyOf(fields.key)
  const { exists, value } = fields
  if (exists !== undefined) flagOf('exists', exists)
  const hasValue = Object.hasOwn(fields, 'value')
  const tests = (['revision', 'created', 'version'] as const).map(
    (name) => [name, numberTest(name, fields[name])] as const,
  )
  if (exists === undefined && !hasValue && tests.every(([, test]) => test === null))
    refuse('A condition says something of its key: `exists`, `revision`, `created`, `version` or `value`.')
  return (state, time) => {
    const stored = state.live(key, time)
    if (exists !== undefined && exists !== (stored !== null)) return false
    if (hasValue && (stored === null || !isSame(stored.value, value))) return false
    return tests.every(([name, test]) => test === null || test(stored?.[name] ?? 0))
  }
}

function stepsOf(given: unknown): readonly Step[] {
  const steps = listOf('Operations', given, MAX_OPERATIONS).map(stepOf)
  if (steps.filter(({ op }) => op === 'range' || op === 'deleteRange').length > MAX_RANGES)
    refuse(`Operations on ranges are ${MAX_RANGES} at most.`)
  return steps
}

function stepOf(given: unknown): Step {
  const op = (given as Fields | null | undefined)?.op
  if (typeof op !== 'string' || !Object.hasOwn(FIELDS, op))
    refuse(`An operation has an \`op\`: ${Object.keys(FIELDS).join(', ')}.`)
  const fields = fieldsOf('An operation', given, FIELDS[op as Step['op']])
  switch (op as Step['op']) {
    case 'put':
      return { op: 'put', ...putOf(fields.key, fields.value, fields) }
    case 'delete':
      return { op: 'delete', key: keyOf(fields.key), previous: flagOf('previous', fields.previous) }
    case 'deleteRange':
      return { op: 'deleteRange', range: rangeOf(fields.range) }
    case 'touch':
      return {
        op: 'touch',
        key: keyOf(fields.key),
        ttlMs: fields.ttlMs === null ? null : ttlOf(fields.ttlMs),
      }
    case 'get':
      return { op: 'get', key: keyOf(fields.key) }
    case 'range':
      return { op: 'range', page: pageOf(fields.range) }
  }
}

/** @returns whether the conditions hold. */
export function holds({ conditions }: Plan, state: KvState, time: number): boolean {
  return conditions.every((condition) => condition(state, time))
}

/**
 * Whether there is room for what they put, and for what they answer: by no less than it will be.
 * @returns the bytes that are left for ranges. @throws {CommandError}
 */
export function checkRoom(steps: readonly Step[], state: KvState, { time }: ApplyContext): number {
  const room = new Room(state)
  let deleted = 0
  for (const step of steps) {
    if (step.op === 'put') {
      checkPut(step, state, time)
      room.put(step)
    } else if (step.op === 'get' || (step.op === 'delete' && step.previous)) room.answer(step.key)
    else if (step.op === 'deleteRange') {
      const { keys, next } = state.keysIn(step.range, MAX_PAGE - deleted, time)
      deleted += keys.length
      if (next !== null)
        throw new CommandError('too-many', `A transaction deletes ${MAX_PAGE} keys of ranges at most.`)
    }
  }
  return room.check()
}

/** Does one after the other. @param room bytes for what ranges answer. */
export function perform(
  steps: readonly Step[],
  state: KvState,
  change: KvChange,
  { time }: ApplyContext,
  room: number,
): readonly KvResult[] {
  let left = room
  const results: KvResult[] = []
  for (const step of steps) {
    if (step.op === 'range') {
      const { entries, next } = state.page(step.page, time, left)
      for (const { key } of entries) left -= state.entries.get(key)!.size
      results.push({ op: 'range', entries, next })
    } else results.push(performed(step, state, change, time))
  }
  return results
}

function performed(
  step: Exclude<Step, { readonly op: 'range' }>,
  state: KvState,
  change: KvChange,
  time: number,
): KvResult {
  switch (step.op) {
    case 'put': {
      const previous = step.previous ? { previous: state.get(step.key, time) } : {}
      change.put(step)
      return { op: 'put', ...previous }
    }
    case 'delete': {
      const previous = step.previous ? { previous: state.get(step.key, time) } : {}
      return { op: 'delete', deleted: change.delete(step.key), ...previous }
    }
    case 'deleteRange': {
      // Those that it has put itself may be among them.
      const { keys } = state.keysIn(step.range, MAX_PAGE + MAX_OPERATIONS, time)
      for (const key of keys) change.delete(key)
      return { op: 'deleteRange', deleted: keys.length }
    }
    case 'touch':
      return { op: 'touch', touched: change.touch(step.key, step.ttlMs) }
    case 'get':
      return { op: 'get', entry: state.get(step.key, time) }
  }
}
