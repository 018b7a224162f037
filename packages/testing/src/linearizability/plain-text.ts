/** Plain data as text: the same for equal data, different for what differs. People read it too. */

/** Deeper than anybody nests plain data: what goes on is a cycle. */
const MAX_DEPTH = 100

/** @returns null if there is something in `value` that is not plain data: a function, an instance of a class, a cycle. */
export function plainText(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return null
  // Both zeros are one.
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth > MAX_DEPTH) return null
  if (Array.isArray(value)) return listed(value, depth, '[', ']')
  if (value instanceof Date) return `Date ${value.getTime()}`
  if (value instanceof Map) return listed([...value], depth, 'Map {', '}', true)
  if (value instanceof Set) return listed([...value], depth, 'Set {', '}', true)
  if (ArrayBuffer.isView(value)) return bytesText(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return null
  return objectText(value as Record<string, unknown>, depth)
}

function listed(items: readonly unknown[], depth: number, open: string, close: string, sorted = false) {
  const texts: string[] = []
  for (const item of items) {
    const text = plainText(item, depth + 1)
    if (text === null) return null
    texts.push(text)
  }
  if (sorted) texts.sort()
  return `${open}${texts.join(', ')}${close}`
}

function bytesText(view: ArrayBufferView): string {
  const { buffer, byteOffset, byteLength } = view
  return `${view.constructor.name} [${[...new Uint8Array(buffer, byteOffset, byteLength)].join(' ')}]`
}

function objectText(object: Record<string, unknown>, depth: number): string | null {
  const texts: string[] = []
  for (const key of Object.keys(object).sort()) {
    const text = plainText(object[key], depth + 1)
    if (text === null) return null
    texts.push(`${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${text}`)
  }
  return `{${texts.join(', ')}}`
}
