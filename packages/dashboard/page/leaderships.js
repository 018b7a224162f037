/** Who has led a group when: a band of the last minutes. */
import { el, put, say, svg } from './dom.js'
import { ms, time } from './format.js'
import { LINES } from './words.js'

/** @import { Leadership } from '../src/watched-group.ts' */

const WIDTH = 600
const HEIGHT = 26
/** An election that is over sooner is only seen in the band. */
const TOLD_MS = 1000

export class Leaderships {
  constructor() {
    this.band = svg('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      class: 'band',
      role: 'img',
    })
    this.legend = el('div', { class: 'legend' })
    this.list = el('ol', { class: 'terms' })
    this.from = el('span', { class: 'axis' })
    this.element = el(
      'figure',
      { class: 'chart wide' },
      el('figcaption', {}, el('span', {}, 'Leaders'), this.from),
      this.band,
      this.legend,
      this.list,
    )
  }

  /** @param {readonly Leadership[]} leaderships @param {readonly string[]} hosts in the order of their colours. @param {number} now @param {number} spanMs */
  update(leaderships, hosts, now, spanMs) {
    const from = now - spanMs
    const x = (/** @type {number} */ at) => Math.max(0, ((at - from) / spanMs) * WIDTH)
    const shapes = leaderships.flatMap(({ at, leader, term }, i) => {
      const end = leaderships[i + 1]?.at ?? now
      if (end <= from) return []
      const place = { x: x(at), width: Math.max(1.5, x(end) - x(at)), y: 0, height: HEIGHT }
      const colour = leader === null ? 'none' : `line${Math.max(0, hosts.indexOf(leader)) % LINES}`
      const words = leader === null ? `term ${term}, no leader` : `term ${term}, ${leader} led`
      return [svg('rect', { class: `reign ${colour}`, ...place }, svg('title', {}, `${time(at)}: ${words}`))]
    })
    this.band.replaceChildren(...shapes)
    say(this.from, `the last ${ms(spanMs)}`)
    const led = [...new Set(leaderships.map(({ leader }) => leader))].filter((leader) => leader !== null)
    this.legend.replaceChildren(
      ...led.map((host) =>
        el(
          'span',
          {},
          el('i', { class: `key block line${Math.max(0, hosts.indexOf(host)) % LINES}` }),
          el('span', {}, host),
        ),
      ),
    )
    const isTold = (/** @type {Leadership} */ { at, leader }, /** @type {number} */ i) =>
      leader !== null || (leaderships[i + 1]?.at ?? now) - at >= TOLD_MS
    const last = leaderships.filter(isTold).slice(-6).reverse()
    const texts = last.map(({ at, term, leader }) => `${time(at)}  term ${term}  ${leader ?? 'no leader'}`)
    while (this.list.children.length > texts.length) this.list.lastElementChild?.remove()
    while (this.list.children.length < texts.length) this.list.append(el('li'))
    for (const [i, text] of texts.entries()) say(this.list.children[i], text)
    put(this.band, { 'aria-label': `Leaders of the last minutes: ${texts.slice(0, 3).join('; ')}` })
  }
}
