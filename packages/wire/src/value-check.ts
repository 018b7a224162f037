/**
 * Looks through a value before it is encoded. What would come back as something else (a class instance, a function, a
 * key `__proto__`, half a surrogate pair) is refused here with the path to it, rather than replicated changed.
 */
import { RaftedError } from '@rafted/contracts'
import { hasLoneSurrogate } from './utf8.ts'
import { MAX_BIGINT_BYTES, type ValueLimits } from './value-limits.ts'
import { pathText } from './value-path.ts'

/** A `Map` on its way into msgpackr, which knows no other way to tell it from an object. */
export class PackedMap {
  readonly flat: readonly unknown[]

  constructor(flat: readonly unknown[]) {
    this.flat = flat
  }
}

interface Walk {
  readonly limits: ValueLimits
  containers: number
  /** The keys that lead to what is looked at; those from the current depth on are left over from before. */
  readonly path: unknown[]
}

/** Named as `Symbol.toStringTag` names them. */
const TYPED_ARRAYS = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
])

/**
 * @returns the value as msgpackr can take it: itself, or a copy where something in it had to be replaced.
 * @throws {RaftedError} `invalid-argument` or `too-large`, naming the path.
 */
export function checkValue(value: unknown, limits: ValueLimits): unknown {
  return check(value, 0, { limits, containers: 0, path: [] })
}

/** @throws {RaftedError} always: `too-large`. */
export function tooLargeValue(what: string, max: number): never {
  throw new RaftedError('too-large', `A value of ${what} can't be encoded; the limit is ${max}.`, {
    outcome: 'not-applied',
  })
}

/** @param problem what is wrong there, as what follows the path in a sentence. */
function refuse(walk: Walk, depth: number, problem: string): never {
  const path = walk.path.slice(0, depth)
  throw new RaftedError(
    'invalid-argument',
    `A value can't be encoded: ${pathText('value', path)} ${problem}.`,
    {
      outcome: 'not-applied',
      details: { path: path.map((key) => (typeof key === 'number' ? key : String(key))), problem },
    },
  )
}

function check(value: unknown, depth: number, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      if (hasLoneSurrogate(value)) refuse(walk, depth, 'is a string with half a surrogate pair')
      return value
    case 'number':
      // There are many NaNs to a Float64Array; to everybody else there is one.
      return Number.isNaN(value) ? Number.NaN : value
    case 'bigint':
      if (BigInt.asIntN(MAX_BIGINT_BYTES * 8, value) !== value)
        refuse(walk, depth, `is a BigInt of more than ${MAX_BIGINT_BYTES} bytes`)
      return value
    case 'boolean':
    case 'undefined':
      return value
    case 'object':
      return value === null ? null : checkContainer(value, depth, walk)
    default:
      return refuse(walk, depth, `is a ${typeof value}`)
  }
}

function checkContainer(value: object, depth: number, walk: Walk): unknown {
  if (value instanceof Date) return checkDate(value, depth, walk)
  if (ArrayBuffer.isView(value)) return checkTypedArray(value, depth, walk)
  const { maxDepth, maxContainers } = walk.limits
  if (depth >= maxDepth)
    refuse(walk, depth, `stands in more than ${maxDepth} containers within each other, or in a cycle`)
  if (++walk.containers > maxContainers) tooLargeValue('more containers', maxContainers)
  if (Array.isArray(value)) return checkArray(value, depth, walk)
  if (value instanceof Map) return checkMap(value, depth, walk)
  if (value instanceof Set) return checkSet(value, depth, walk)
  return checkObject(value, depth, walk)
}

function checkArray(value: readonly unknown[], depth: number, walk: Walk): unknown {
  if (value.length > walk.limits.maxBytes) tooLargeValue(`${value.length} elements`, walk.limits.maxBytes)
  if (constructorOf(value) !== Array) refuseInstance(value, depth, walk)
  let result = value
  for (let i = 0; i < value.length; i++) {
    walk.path[depth] = i
    const child = value[i]
    const checked = check(child, depth + 1, walk)
    if (checked === child) continue
    if (result === value) result = value.slice()
    ;(result as unknown[])[i] = checked
  }
  return result
}

function checkObject(value: object, depth: number, walk: Walk): unknown {
  if (!isPlain(value)) refuseInstance(value, depth, walk)
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(walk, depth, 'has a symbol for a key')
  const object = value as Record<string, unknown>
  // Of what says that it is an array or a Map, in a property that is not enumerable, msgpackr would make one.
  const named = constructorOf(object)
  let result = named === Array || named === Map ? { ...object } : object
  for (const key of Object.keys(object)) {
    walk.path[depth] = key
    if (key === '__proto__') refuse(walk, depth + 1, 'has a name that MessagePack would change')
    if (hasLoneSurrogate(key)) refuse(walk, depth + 1, 'has a name with half a surrogate pair')
    const child = object[key]
    const checked = check(child, depth + 1, walk)
    if (checked === child) continue
    if (result === object) result = { ...object }
    result[key] = checked
  }
  return result
}

function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null) return true
  if (prototype === Object.prototype) return true
  // A plain object of another realm has another Object.prototype; what extends null has another prototype yet.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function checkMap(value: ReadonlyMap<unknown, unknown>, depth: number, walk: Walk): unknown {
  if (constructorOf(value) !== Map) refuseInstance(value, depth, walk)
  const flat: unknown[] = []
  for (const [key, child] of value) {
    walk.path[depth] = describe(key)
    flat.push(check(key, depth + 1, walk), check(child, depth + 1, walk))
  }
  return new PackedMap(flat)
}

function checkSet(value: ReadonlySet<unknown>, depth: number, walk: Walk): unknown {
  if (constructorOf(value) !== Set) refuseInstance(value, depth, walk)
  let changed = false
  const checked: unknown[] = []
  for (const child of value) {
    walk.path[depth] = describe(child)
    const result = check(child, depth + 1, walk)
    if (result !== child) changed = true
    checked.push(result)
  }
  return changed ? new Set(checked) : value
}

function checkDate(value: Date, depth: number, walk: Walk): Date {
  if (Object.getPrototypeOf(value) !== Date.prototype) refuseInstance(value, depth, walk)
  return value
}

const hasBuffer = typeof Buffer === 'function'

/** A Buffer counts as the Uint8Array it is, and comes back as one. */
function checkTypedArray(value: ArrayBufferView, depth: number, walk: Walk): unknown {
  const tag = (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? ''
  if (!TYPED_ARRAYS.has(tag)) refuseInstance(value, depth, walk)
  // Where there are Buffers, msgpackr writes them as MessagePack's own binary, and elsewhere all Uint8Arrays.
  if (tag === 'Uint8Array')
    return hasBuffer ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
  if (value.constructor.name !== tag) refuseInstance(value, depth, walk)
  return value
}

function refuseInstance(value: object, depth: number, walk: Walk): never {
  const name: unknown = value.constructor?.name
  const what = typeof name === 'string' && name !== '' ? name : 'a class'
  refuse(walk, depth, `is an instance of ${what}, which would come back as something else`)
}

/** Of type unknown: a comparison of `value.constructor` would narrow the value to never. */
function constructorOf(value: object): unknown {
  return value.constructor
}

/** How a key of a Map, or an element of a Set, is named in a path. */
function describe(key: unknown): unknown {
  return typeof key === 'object' && key !== null ? `(${key.constructor?.name})` : key
}
