/** What the page knows, asked for again and again while somebody looks at it. */
import { ask, Refused } from './ask.js'

/** @import { GroupRow } from '../src/rows.ts' */
/** @import { GroupView, StateView } from '../src/views.ts' */
/** @import { News } from '../src/news.ts' */

const KEPT_NEWS = 200
const SLOWEST_MS = 5000

export const store = {
  /** @type {StateView | null} */
  state: null,
  /** @type {Map<string, GroupRow>} */
  rows: new Map(),
  /** Another one when groups have come or gone. */
  generation: 0,
  /** @type {News[]} */
  news: [],
  /** The name of the group that is looked at. @type {string | null} */
  wanted: null,
  /** @type {GroupView | null} */
  group: null,
  /** Why the group can't be shown. @type {string | null} */
  groupProblem: null,
  /** `live`; `stale`: what is shown is of before; `refused`: another token is needed. @type {'connecting' | 'live' | 'stale' | 'refused'} */
  link: 'connecting',
  failures: 0,
}

/** @type {Set<() => void>} */
const listeners = new Set()
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
let round = 0

/** Told after each answer. @param {() => void} listener */
export function onChange(listener) {
  listeners.add(listener)
}

/** @param {string | null} name */
export function want(name) {
  if (store.wanted === name) return
  store.wanted = name
  store.group = null
  store.groupProblem = null
  tell()
  void look()
}

/** Asks now, and then again and again; nothing is asked while nobody sees the page. */
export async function look() {
  const own = ++round
  clearTimeout(timer)
  try {
    await Promise.all([lookAtAll(own), lookAtGroup(own)])
    if (own !== round) return
    store.link = 'live'
    store.failures = 0
  } catch (error) {
    if (own !== round) return
    store.failures++
    store.link = error instanceof Refused && error.status === 401 ? 'refused' : 'stale'
  }
  tell()
  if (store.link === 'refused' || document.hidden) return
  const everyMs = store.state?.everyMs ?? 1000
  timer = setTimeout(
    () => void look(),
    Math.min(everyMs * (1 + store.failures), Math.max(everyMs, SLOWEST_MS)),
  )
}

/** @param {number} own */
async function lookAtAll(own) {
  const { state } = store
  /** @type {StateView} */
  const next = await ask('/api/state', {
    life: state?.life ?? '',
    since: state?.number ?? 0,
    news: store.news.at(-1)?.number ?? 0,
  })
  if (own !== round) return
  const isAnother = state?.life !== next.life
  if (isAnother) store.news = []
  if (next.isAll) store.rows = new Map()
  const before = store.rows.size
  for (const row of next.groups) store.rows.set(row.name, row)
  if (next.isAll || store.rows.size !== before) store.generation++
  store.news = [...store.news, ...next.news].slice(-KEPT_NEWS)
  store.state = next
}

/** @param {number} own */
async function lookAtGroup(own) {
  const { wanted } = store
  if (wanted === null) return
  try {
    /** @type {GroupView} */
    const group = await ask('/api/group', { name: wanted })
    if (own !== round || store.wanted !== wanted) return
    store.group = group
    store.groupProblem = null
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error
    if (store.wanted === wanted) store.groupProblem = error.message
  }
}

function tell() {
  for (const listener of listeners) listener()
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && store.link !== 'refused') void look()
})
