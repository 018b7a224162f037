/** All groups, to be searched. However many there are, only those in sight are drawn. */
import { arrange, el, put, say } from './dom.js'
import { compact, counted, number } from './format.js'
import { store } from './store.js'
import { STATES, TROUBLES } from './words.js'

/** @import { GroupRow } from '../src/rows.ts' */

/** Pixels, as the style sheet has them. */
const ROW = 56
/** Rows that are drawn beyond those in sight. */
const SPARE = 4

/** @type {Record<string, { text: string, isIn: (row: GroupRow) => boolean }>} */
const KINDS = {
  all: { text: 'All', isIn: () => true },
  trouble: { text: 'Trouble', isIn: ({ troubles }) => troubles.length > 0 },
  led: { text: 'Led here', isIn: ({ state }) => state === 'leading' },
}

const order = new Intl.Collator('en', { numeric: true })

export class GroupList {
  /** @param {(name: string) => void} open */
  constructor(open) {
    this.open = open
    this.kind = 'all'
    this.generation = -1
    /** By name. @type {string[]} */
    this.names = []
    /** Those that are searched for. @type {GroupRow[]} */
    this.found = []
    /** The one that keys move. @type {string | null} */
    this.cursor = null
    /** @type {string | null} */
    this.opened = null
    /** @type {HTMLElement[]} */
    this.pool = []
    this.search = el('input', {
      type: 'search',
      placeholder: 'Search groups and hosts ( / )',
      'aria-label': 'Search groups',
      'aria-controls': 'group-list',
      autocomplete: 'off',
      spellcheck: 'false',
      input: () => this.#filter(true),
      keydown: (/** @type {KeyboardEvent} */ event) => this.#keyInSearch(event),
    })
    this.kinds = el('div', { class: 'kinds', role: 'group', 'aria-label': 'Which groups' })
    for (const [kind, { text }] of Object.entries(KINDS))
      this.kinds.append(
        el('button', { type: 'button', 'data-kind': kind, click: () => this.#choose(kind) }, text),
      )
    this.count = el('span', { class: 'count' })
    this.space = el('div', { class: 'space', role: 'presentation' })
    this.view = el(
      'div',
      {
        id: 'group-list',
        class: 'list',
        role: 'listbox',
        'aria-label': 'Groups',
        tabindex: 0,
        scroll: () => this.#draw(),
        keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
        click: (/** @type {MouseEvent} */ event) => this.#click(event),
      },
      this.space,
    )
    this.nothing = el('p', { class: 'nothing', hidden: true })
    this.parts = [
      el('div', { class: 'seek' }, this.search, el('div', { class: 'row' }, this.kinds, this.count)),
      this.nothing,
      this.view,
    ]
    new ResizeObserver(() => this.#draw()).observe(this.view)
    this.#choose('all')
  }

  /** @param {string | null} opened the group that is shown in detail. */
  update(opened) {
    this.opened = opened
    if (opened !== null && this.cursor === null) this.cursor = opened
    if (this.generation !== store.generation) {
      this.generation = store.generation
      const shown = (/** @type {GroupRow} */ row) => row.title ?? row.name
      this.names = [...store.rows.values()]
        .sort((a, b) => order.compare(shown(a), shown(b)))
        .map(({ name }) => name)
    }
    this.#filter(false)
  }

  focusSearch() {
    this.search.focus()
    this.search.select()
  }

  /** @param {string} kind */
  #choose(kind) {
    this.kind = kind
    for (const button of this.kinds.children)
      put(button, { 'aria-pressed': String(button.getAttribute('data-kind') === kind) })
    this.#filter(true)
  }

  /** @param {boolean} isAnew whether the list begins at its top again. */
  #filter(isAnew) {
    const text = this.search.value.trim().toLowerCase()
    const { isIn } = KINDS[this.kind]
    const rows = this.names.map((name) => store.rows.get(name)).filter((row) => row !== undefined)
    this.found = rows.filter(
      (row) =>
        isIn(row) &&
        (text === '' || `${row.title ?? ''} ${row.name} ${row.hosts.join(' ')}`.toLowerCase().includes(text)),
    )
    if (isAnew) this.view.scrollTop = 0
    const beyond = store.state?.beyond ?? 0
    const all = counted(rows.length + beyond, 'group')
    say(this.count, this.found.length === rows.length ? all : `${number(this.found.length)} of ${all}`)
    put(this.nothing, { hidden: this.found.length > 0 || store.state === null })
    say(this.nothing, rows.length === 0 ? 'No group runs here yet.' : 'No group is like that.')
    this.#draw()
  }

  #draw() {
    const { scrollTop, clientHeight } = this.view
    this.space.style.height = `${this.found.length * ROW}px`
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE)
    const last = Math.min(this.found.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE)
    while (this.pool.length < last - first) this.pool.push(newRow())
    const drawn = this.pool.slice(0, last - first)
    for (const [i, element] of drawn.entries()) this.#drawRow(element, this.found[first + i], first + i)
    arrange(this.space, drawn)
    const at = this.found.findIndex(({ name }) => name === this.cursor)
    put(this.view, { 'aria-activedescendant': at >= first && at < last ? `group-${at}` : null })
  }

  /** @param {HTMLElement} element @param {GroupRow} row @param {number} at */
  #drawRow(element, row, at) {
    element.style.transform = `translateY(${at * ROW}px)`
    put(element, {
      id: `group-${at}`,
      'data-name': row.name,
      'aria-setsize': this.found.length,
      'aria-posinset': at + 1,
      'aria-selected': String(row.name === this.opened),
      class: `group ${row.state}${row.name === this.cursor ? ' cursor' : ''}`,
    })
    const [sign, name, rate, told, troubles] = /** @type {HTMLElement[]} */ ([...element.children])
    const { sign: mark, text } = STATES[row.state]
    say(sign, mark)
    say(name, row.title ?? row.name)
    say(rate, row.perSecond === null ? '' : `${compact(row.perSecond)}/s`)
    const leader = row.state === 'leading' || row.leader === null ? '' : `, ${row.leader} leads`
    const term = row.term === null ? '' : `, term ${row.term}`
    say(
      told,
      row.state === 'elsewhere' && row.leader === null
        ? `on ${row.hosts.join(', ')}`
        : `${text}${leader}${term}`,
    )
    say(troubles, row.troubles.map((trouble) => TROUBLES[trouble].text).join(', '))
    put(troubles, { class: `trouble${row.troubles.some((one) => TROUBLES[one].isGrave) ? ' grave' : ''}` })
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const name = target instanceof Element ? target.closest('[data-name]')?.getAttribute('data-name') : null
    if (name == null) return
    this.cursor = name
    this.open(name)
  }

  /** @param {KeyboardEvent} event */
  #keyInSearch(event) {
    if (event.key === 'ArrowDown') {
      event.preventDefault()
      this.view.focus()
      this.#move(0)
    } else if (event.key === 'Enter') {
      const [only] = this.found
      if (only !== undefined) this.open(only.name)
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.found.findIndex(({ name }) => name === this.cursor)
    const page = Math.max(1, Math.floor(this.view.clientHeight / ROW) - 1)
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.found.length - 1,
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      if (this.cursor !== null) this.open(this.cursor)
    } else if (moves[event.key] !== undefined) {
      event.preventDefault()
      this.#move(moves[event.key])
    }
  }

  /** @param {number} to */
  #move(to) {
    if (this.found.length === 0) return
    const at = Math.min(this.found.length - 1, Math.max(0, to))
    this.cursor = this.found[at].name
    const { scrollTop, clientHeight } = this.view
    if (at * ROW < scrollTop) this.view.scrollTop = at * ROW
    if ((at + 1) * ROW > scrollTop + clientHeight) this.view.scrollTop = (at + 1) * ROW - clientHeight
    this.#draw()
  }
}

function newRow() {
  return el(
    'div',
    { role: 'option' },
    el('span', { class: 'sign', 'aria-hidden': 'true' }),
    el('span', { class: 'name' }),
    el('span', { class: 'rate' }),
    el('span', { class: 'told' }),
    el('span', { class: 'trouble' }),
  )
}
