/** Where in a value something is, as a person would write it. */

const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*$/u
/** Of a path, and of one key in it: whoever gives a value chooses them. */
const MAX_KEYS = 20
const MAX_KEY = 50

/** @returns `root[0].name["a key"]`. */
export function pathText(root: string, path: readonly unknown[]): string {
  const text = path.slice(0, MAX_KEYS).map(keyText).join('')
  return path.length > MAX_KEYS ? `${root}${text}…` : `${root}${text}`
}

function keyText(key: unknown): string {
  if (typeof key !== 'string') return `[${String(key)}]`
  const shown = key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key
  return IDENTIFIER.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`
}
