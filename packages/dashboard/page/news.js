/** What has happened, the newest first. */
import { arrange, el } from './dom.js'
import { time } from './format.js'

/** @import { News } from '../src/news.ts' */

const SHOWN = 60
const SIGNS = { debug: '·', info: '·', warn: '!', error: '‼' }

export class NewsList {
  /** @param {string} title @param {string} nothing */
  constructor(title, nothing) {
    this.list = el('ol', { class: 'news' })
    this.nothing = el('p', { class: 'nothing' }, nothing)
    this.element = el('section', { class: 'card' }, el('h2', {}, title), this.nothing, this.list)
    /** @type {Map<number, HTMLElement>} */
    this.drawn = new Map()
  }

  /** @param {readonly News[]} news @param {(group: string) => string} titleOf */
  update(news, titleOf) {
    const shown = news.slice(-SHOWN).reverse()
    const items = shown.map((one) => this.drawn.get(one.number) ?? newItem(one, titleOf))
    this.drawn = new Map(shown.map(({ number }, i) => [number, items[i]]))
    arrange(this.list, items)
    this.nothing.hidden = items.length > 0
  }
}

/** @param {News} news @param {(group: string) => string} titleOf */
function newItem({ at, kind, level, group, text }, titleOf) {
  return el(
    'li',
    { class: level },
    el('time', {}, time(at)),
    el('span', { class: 'sign', title: level }, SIGNS[level]),
    el('span', { class: 'kind' }, kind.replaceAll('-', ' ')),
    group === null ? null : el('a', { href: `#/group/${encodeURIComponent(group)}` }, titleOf(group)),
    el('span', { class: 'text' }, text),
  )
}
