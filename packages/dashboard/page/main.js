/** The page: which of its views is shown, and what stands above them. */
import { hasToken, takeToken } from './ask.js'
import { byId, el, put, say } from './dom.js'
import { GroupList } from './group-list.js'
import { GroupPage } from './group-page.js'
import { Overview } from './overview.js'
import { PlacementPage } from './placement.js'
import { look, onChange, store, want } from './store.js'

/** @typedef {{ view: 'overview' | 'groups' | 'placement' | 'group', name: string | null }} Route */

const overview = new Overview()
const groupPage = new GroupPage()
const placement = new PlacementPage()
const list = new GroupList((name) => {
  location.hash = `#/group/${encodeURIComponent(name)}`
})
byId('groups').append(...list.parts)

/** @type {readonly (readonly [hash: string, text: string, view: Route['view']])[]} */
const LINKS = [
  ['#/', 'Overview', 'overview'],
  ['#/groups', 'Groups', 'groups'],
  ['#/placement', 'Placement', 'placement'],
]
const links = LINKS.map(([href, text]) => el('a', { href }, text))
byId('nav').append(...links)

/** @returns {Route} */
function route() {
  const [, view = '', name = ''] = /^#\/(\w*)(?:\/(.*))?$/.exec(location.hash) ?? []
  if (view === 'group' && name !== '') return { view, name: decoded(name) }
  if (view === 'groups' || view === 'placement') return { view, name: null }
  return { view: 'overview', name: null }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function turn() {
  const isNew = takeToken()
  const { view, name } = route()
  want(name)
  const page = { overview, groups: overview, placement, group: groupPage }[view]
  const content = byId('content')
  if (content.firstElementChild !== page.element) {
    content.replaceChildren(page.element)
    content.scrollTop = 0
  }
  put(document.body, { 'data-view': view })
  draw()
  if (isNew) void look()
}

function draw() {
  const { view, name } = route()
  const { state, link } = store
  for (const [i, [, , of]] of LINKS.entries()) {
    const isCurrent = of === view || (of === 'groups' && view === 'group')
    put(links[i], {
      'aria-current': isCurrent ? 'page' : null,
      hidden: of === 'placement' && state !== null && state.placement === null,
    })
  }
  const refused = link === 'refused' || (state === null && !hasToken())
  put(document.body, { 'data-refused': refused })
  say(byId('pulse'), refused ? 'no token' : PULSES[link])
  put(byId('pulse'), { class: `pulse ${refused ? 'refused' : link}` })
  if (refused) {
    byId('content').replaceChildren(refusal)
    return
  }
  if (state !== null) {
    say(byId('host'), state.host)
    document.title = name === null ? `${state.host} · Rafted` : `${titleOf(name)} · Rafted`
    say(byId('mode'), state.mayAct ? 'may act' : 'read-only')
  }
  list.update(name)
  if (view === 'group') groupPage.update()
  else if (view === 'placement') placement.update()
  else overview.update()
}

/** @param {string} name */
function titleOf(name) {
  return store.rows.get(name)?.title ?? name
}

const PULSES = {
  connecting: 'connecting',
  live: 'live',
  stale: 'no answer: this is of before',
  refused: 'no token',
}

const refusal = el(
  'div',
  { class: 'page refusal' },
  el('h1', {}, 'This page needs its token'),
  el(
    'p',
    {},
    'The token stands in the address that was printed when the dashboard was opened, behind ',
    el('code', {}, '#token='),
    '. It is drawn anew at each start: where the program was started again, open the address that it has printed since.',
  ),
)

const THEME = 'rafted-theme'

/** @param {string | null} theme */
function paint(theme) {
  document.documentElement.style.colorScheme = theme ?? 'light dark'
}

byId('theme').addEventListener('click', () => {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches
  const now = localStorage.getItem(THEME) ?? (isDark ? 'dark' : 'light')
  localStorage.setItem(THEME, now === 'dark' ? 'light' : 'dark')
  paint(localStorage.getItem(THEME))
})

document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  if (getComputedStyle(byId('groups')).display === 'none') location.hash = '#/groups'
  list.focusSearch()
})

paint(localStorage.getItem(THEME))
takeToken()
onChange(draw)
addEventListener('hashchange', turn)
turn()
void look()
