/** Commands that make something of a small store. */
import fc from 'fast-check'
import type { ModelCommand } from './model.ts'

export type Step =
  | { readonly kind: 'command'; readonly command: ModelCommand }
  /** A command that names a lease: of those that were granted, the one at this place. */
  | { readonly kind: 'lease'; readonly place: number; readonly make: (lease: number) => ModelCommand }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'restore' }

const key = fc.constantFrom('a', 'a/', 'a/1', 'a/2', 'b', 'b/1', 'b\uffff', 'c', '\ud800\udc00')
const bound = fc.option(fc.constantFrom('', 'a', 'a/1', 'a/1x', 'b', 'b\uffff', 'd'), { nil: undefined })
const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', null, { n: 1 }))
const ttl = fc.integer({ min: 1, max: 500 })
const flag = fc.boolean()
const small = fc.integer({ min: 0, max: 40 })

/** Without those that are undefined: they would have to be left out of answers as well. */
function made(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined))
}

export const range = fc
  .tuple(fc.constantFrom('', 'a', 'a/', 'b', '\uffff'), bound, bound, flag, flag)
  .map(([prefix, low, high, isFrom, isTo]) =>
    made({ prefix, [isFrom ? 'from' : 'after']: low, [isTo ? 'to' : 'before']: high }),
  )

export const page = fc
  .tuple(range, fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }), flag)
  .map(([bounds, limit, reverse]) => made({ ...bounds, limit, reverse }))

const putOptions = fc
  .tuple(fc.option(fc.oneof(ttl, fc.constant('keep')), { nil: undefined }), flag)
  .map(([ttlMs, previous]) => made({ ttlMs, previous }))

const condition = fc.oneof(
  fc.tuple(key, flag).map(([k, exists]) => ({ key: k, exists })),
  fc.tuple(key, value).map(([k, v]) => ({ key: k, value: v })),
  fc
    .tuple(key, fc.constantFrom('revision', 'created', 'version'), small, flag)
    .map(([k, name, number, isAbove]) => ({
      key: k,
      [name]: isAbove ? { above: number } : { below: number },
    })),
  fc
    .tuple(key, fc.constantFrom('revision', 'version'), fc.integer({ min: 0, max: 2 }))
    .map(([k, name, n]) => ({ key: k, [name]: n })),
)

const operation = fc.oneof(
  fc.tuple(key, value, putOptions).map(([k, v, options]) => ({ op: 'put', key: k, value: v, ...options })),
  fc.tuple(key, flag).map(([k, previous]) => ({ op: 'delete', key: k, previous })),
  range.map((one) => ({ op: 'deleteRange', range: one })),
  fc.tuple(key, fc.option(ttl)).map(([k, ttlMs]) => ({ op: 'touch', key: k, ttlMs })),
  key.map((k) => ({ op: 'get', key: k })),
  page.map((one) => ({ op: 'range', range: one })),
)

const command: fc.Arbitrary<ModelCommand> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(key, value, putOptions).map((args): ModelCommand => ['put', ...args]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(key, value, small)
      .map(([k, v, ifRevision]): ModelCommand => ['put', k, v, { ifRevision, previous: true }]),
  },
  fc.tuple(key, value).map(([k, v]): ModelCommand => ['put', k, v, { ifAbsent: true }]),
  {
    weight: 2,
    arbitrary: fc.tuple(key, flag).map(([k, previous]): ModelCommand => ['delete', k, { previous }]),
  },
  fc.tuple(key, small).map(([k, ifRevision]): ModelCommand => ['delete', k, { ifRevision }]),
  range.map((one): ModelCommand => ['deleteRange', one]),
  fc.tuple(key, fc.option(ttl)).map((args): ModelCommand => ['touch', ...args]),
  {
    weight: 4,
    arbitrary: fc
      .record({
        if: fc.array(condition, { maxLength: 2 }),
        then: fc.array(operation, { maxLength: 5 }),
        else: fc.array(operation, { maxLength: 3 }),
      })
      .map((one): ModelCommand => ['transact', one]),
  },
  ttl.map((ms): ModelCommand => ['grantLease', ms]),
  fc.constant<ModelCommand>(['sweep']),
)

const ofLease = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(key, value).map(
      ([k, v]) =>
        (lease: number): ModelCommand => ['put', k, v, { lease }],
    ),
  },
  fc.constant((lease: number): ModelCommand => ['keepLease', lease]),
  fc.constant((lease: number): ModelCommand => ['endLease', lease]),
)

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: command.map((one): Step => ({ kind: 'command', command: one })) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(5), ofLease).map(([place, make]): Step => ({ kind: 'lease', place, make })),
  },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 300 }).map((ms): Step => ({ kind: 'pause', ms })) },
  fc.constant<Step>({ kind: 'restore' }),
)
