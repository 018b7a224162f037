/** Names as tokens of subjects. Between dots a token may hold anything but dots, wildcards and white space. */

const LEAST_BYTES = 1
const MOST_BYTES = 255

/** Bytes that stand for themselves: digits, letters, `-`, `_`. */
const plain = /^[0-9A-Za-z_-]+$/
const token = /^(?:[0-9A-Za-z_-]|%[0-9A-F]{2})+$/

/** Whether it can be a name: 1 to 255 bytes of UTF-8. */
export function isName(name: unknown): name is string {
  if (typeof name !== 'string' || name.length < LEAST_BYTES || name.length > MOST_BYTES) return false
  if (plain.test(name)) return true
  const bytes = Buffer.from(name)
  // What has no UTF-8 (half of a surrogate pair) would share its token with others.
  return bytes.byteLength <= MOST_BYTES && bytes.toString() === name
}

/** Each byte that does not stand for itself as `%` and two digits. Two names never share a token. */
export function tokenOf(name: string): string {
  if (plain.test(name)) return name
  let text = ''
  for (const byte of Buffer.from(name)) {
    const character = String.fromCharCode(byte)
    text += plain.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/**
 * @returns the name, or null if this is not exactly the token of one. Rights are given for tokens: a second way to write a name
 * would be a name that anybody could take.
 */
export function nameOf(text: string): string | null {
  if (plain.test(text)) return isName(text) ? text : null
  if (!token.test(text)) return null
  const bytes = Buffer.from(
    text.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  const name = bytes.toString()
  return isName(name) && tokenOf(name) === text ? name : null
}
