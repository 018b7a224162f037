/** Asks the server. The token came in the fragment of the address, which is sent to nobody; it is kept for this tab alone. */

const KEY = 'rafted-token'

/** What the server refuses. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Takes the token out of the address, so that it stands in no history and on no picture of the screen. @returns whether one was there. */
export function takeToken() {
  const [, token] = /^#token=([\w-]+)$/.exec(location.hash) ?? []
  if (token === undefined) return false
  sessionStorage.setItem(KEY, token)
  history.replaceState(null, '', '#/')
  return true
}

export function hasToken() {
  return sessionStorage.getItem(KEY) !== null
}

const LONGEST_MS = 10_000

/**
 * @template T
 * @param {string} path
 * @param {Record<string, string | number>} query
 * @returns {Promise<T>}
 */
export async function ask(path, query) {
  const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return answered(
    await fetch(`${path}?${words}`, { headers: head(), signal: AbortSignal.timeout(LONGEST_MS) }),
  )
}

/**
 * @param {object} action
 * @returns {Promise<import('../src/actions.ts').Done>}
 */
export async function act(action) {
  const headers = { ...head(), 'content-type': 'application/json' }
  return answered(await fetch('/api/act', { method: 'POST', headers, body: JSON.stringify(action) }))
}

/** @returns {Record<string, string>} */
function head() {
  return { authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ''}` }
}

/** @param {Response} response */
async function answered(response) {
  const data = await response.json()
  if (response.ok) return data
  const { code = 'closed', message = response.statusText } = data.error ?? {}
  throw new Refused(response.status, code, message)
}
