/** Containers being put together from the children that a snapshot holds of them. */
import { RaftedError } from './errors.ts'
import { isTypedArray, Tag, type TypedArray, typedArrays } from './slice-layout.ts'

/** One container. Both throw `bad-bytes` for children that it can't have. */
export interface Assembly {
  readonly add: (child: unknown) => void
  readonly finish: () => unknown
}

/** @throws {RaftedError} `bad-bytes` if no container has this tag. */
export function assemblyOf(tag: number): Assembly {
  switch (tag) {
    case Tag.array:
      return arrayAssembly()
    case Tag.set:
      return setAssembly()
    case Tag.map: {
      const map = new Map<unknown, unknown>()
      return pairsAssembly(map, (key, value) => map.set(key, value))
    }
    case Tag.object: {
      const object: Record<string, unknown> = {}
      return pairsAssembly(object, (key, value) => setProperty(object, key, value))
    }
    case Tag.string:
      return stringAssembly()
    case Tag.typedArray:
      return typedArrayAssembly()
    default:
      return badSlices(`${tag} is no tag`)
  }
}

function arrayAssembly(): Assembly {
  const array: unknown[] = []
  return { add: (child) => array.push(child), finish: () => array }
}

function setAssembly(): Assembly {
  const set = new Set<unknown>()
  return { add: (child) => set.add(child), finish: () => set }
}

/** Keys and values alternate. */
function pairsAssembly(container: unknown, put: (key: unknown, value: unknown) => void): Assembly {
  let key: unknown
  let keyed = false
  return {
    add: (child) => {
      if (keyed) put(key, child)
      else key = child
      keyed = !keyed
    },
    finish: () => (keyed ? badSlices('a key has no value') : container),
  }
}

function setProperty(object: Record<string, unknown>, key: unknown, value: unknown): void {
  if (typeof key !== 'string') badSlices('a key of an object is no string')
  // By assignment, this key would set the prototype.
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  else object[key] = value
}

function stringAssembly(): Assembly {
  let text = ''
  return {
    add: (child) => {
      if (typeof child !== 'string') badSlices('a part of a string is none')
      text += child
    },
    finish: () => text,
  }
}

function typedArrayAssembly(): Assembly {
  const parts: TypedArray[] = []
  let length = 0
  return {
    add: (child) => {
      if (!isTypedArray(child)) badSlices('a part of a typed array is none')
      if (parts.length > 0 && child[Symbol.toStringTag] !== parts[0]![Symbol.toStringTag])
        badSlices('a typed array has parts of two types')
      parts.push(child)
      length += child.length
    },
    finish: () => {
      if (parts.length === 0) badSlices('a typed array has no parts')
      const array = new typedArrays[parts[0]![Symbol.toStringTag]](length) as unknown as TypedArray
      let at = 0
      for (const part of parts) {
        array.set(part, at)
        at += part.length
      }
      return array
    },
  }
}

/** @throws {RaftedError} always: `bad-bytes`. */
export function badSlices(problem: string, cause?: unknown): never {
  throw new RaftedError('bad-bytes', `The snapshot of a value can't be restored: ${problem}.`, {
    outcome: 'not-applied',
    cause,
  })
}
