/** A chart of lines over the last minutes. It can be read with the pointer and with arrow keys. */
import { el, put, say, svg } from './dom.js'
import { LINES } from './words.js'

/** @typedef {{ name: string, values: readonly (number | null)[] }} Line */
/** @typedef {{ title: string, format: (value: number | null) => string, isBars?: boolean, isBytes?: boolean, everyMs: () => number }} ChartOptions */

const WIDTH = 600
const HEIGHT = 120
/** Looks that are shown at least, and at most. */
export const FEWEST = 60
export const MOST = 180

export class Chart {
  /** @param {ChartOptions} options */
  constructor(options) {
    this.options = options
    /** @type {Line[]} */
    this.lines = []
    this.shown = FEWEST
    /** Looks before the last one at which somebody points, or null. @type {number | null} */
    this.pointed = null
    this.legend = el('div', { class: 'legend' })
    this.top = el('span', { class: 'axis most' })
    this.when = el('span', { class: 'axis when' }, 'now')
    this.plot = svg('g')
    this.cursor = svg('line', { class: 'cursor', y1: 0, y2: HEIGHT, visibility: 'hidden' })
    this.frame = svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
      svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }),
      this.plot,
      this.cursor,
    )
    this.area = el(
      'div',
      {
        class: 'plot',
        tabindex: 0,
        role: 'img',
        pointermove: (/** @type {PointerEvent} */ event) => this.#point(event),
        pointerleave: () => this.#pointAt(null),
        blur: () => this.#pointAt(null),
        keydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      },
      this.frame,
      this.top,
    )
    this.element = el(
      'figure',
      { class: 'chart' },
      el('figcaption', {}, el('span', {}, options.title), this.when),
      this.area,
      this.legend,
    )
  }

  /** @param {Line[]} lines */
  update(lines) {
    this.lines = lines
    const longest = Math.max(...lines.map(({ values }) => values.length))
    this.shown = Math.min(MOST, Math.max(FEWEST, longest))
    const known = lines.flatMap(({ values }) => values.slice(-this.shown)).filter((value) => value !== null)
    const most = niceAbove(Math.max(0, ...known), this.options.isBytes === true)
    say(this.top, known.length === 0 ? 'nothing yet' : this.options.format(most))
    const shapes = lines.flatMap((line, i) => this.#shapes(line, i, most))
    this.plot.replaceChildren(...shapes)
    this.#readOut()
  }

  /** @param {Line} line @param {number} i @param {number} most */
  #shapes({ values }, i, most) {
    const shown = values.slice(-this.shown)
    const at = (/** @type {number} */ k) => WIDTH - (shown.length - 1 - k) * (WIDTH / (this.shown - 1))
    const y = (/** @type {number} */ value) => HEIGHT - 1 - (value / most) * (HEIGHT - 6)
    if (this.options.isBars) {
      const step = WIDTH / (this.shown - 1)
      return shown.flatMap((value, k) =>
        value === null || value === 0
          ? []
          : [
              svg('rect', {
                class: `bar line${i % LINES}`,
                x: at(k) - step,
                width: Math.max(2, step * 0.9),
                y: y(value),
                height: HEIGHT - 1 - y(value),
              }),
            ],
      )
    }
    let path = ''
    let isDown = false
    for (const [k, value] of shown.entries()) {
      if (value === null) isDown = false
      else {
        path += `${isDown ? 'L' : 'M'}${at(k).toFixed(1)} ${y(value).toFixed(1)}`
        isDown = true
      }
    }
    if (path === '') return []
    const line = svg('path', { class: `stroke line${i % LINES}`, d: path })
    const first = shown.findIndex((value) => value !== null)
    const isWhole = i === 0 && shown.slice(first).every((value) => value !== null)
    if (!isWhole) return [line]
    const under = `${path}L${WIDTH} ${HEIGHT}L${at(first).toFixed(1)} ${HEIGHT}Z`
    return [svg('path', { class: `under line${i % LINES}`, d: under }), line]
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { left, width } = this.area.getBoundingClientRect()
    this.#pointAt(Math.round((1 - (event.clientX - left) / width) * (this.shown - 1)))
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: 1, ArrowRight: -1, PageUp: 15, PageDown: -15 }[event.key]
    if (event.key === 'Escape') this.#pointAt(null)
    if (step === undefined) return
    event.preventDefault()
    this.#pointAt((this.pointed ?? 0) + step)
  }

  /** @param {number | null} back */
  #pointAt(back) {
    this.pointed = back === null ? null : Math.min(this.shown - 1, Math.max(0, back))
    this.#readOut()
  }

  #readOut() {
    const { format, title, everyMs, isBars } = this.options
    const back = this.pointed ?? 0
    const x = WIDTH - back * (WIDTH / (this.shown - 1))
    put(this.cursor, { x1: x, x2: x, visibility: this.pointed === null ? 'hidden' : 'visible' })
    const seconds = Math.round((back * everyMs()) / 1000)
    say(this.when, this.pointed === null || back === 0 ? 'now' : `${seconds} s ago`)
    const texts = this.lines.map(({ name, values }) =>
      `${name} ${format(values.at(-1 - back) ?? null)}`.trim(),
    )
    while (this.legend.children.length > this.lines.length) this.legend.lastElementChild?.remove()
    while (this.legend.children.length < this.lines.length)
      this.legend.append(el('span', {}, el('i', {}), el('span', {})))
    for (const [i, text] of texts.entries()) {
      const [sign, word] = /** @type {HTMLElement[]} */ ([...this.legend.children[i].children])
      put(sign, { class: `key line${i % LINES}${isBars ? ' block' : ''}` })
      say(word, text)
    }
    put(this.area, { 'aria-label': `${title}, ${this.when.textContent}: ${texts.join(', ')}` })
  }
}

/** @param {number} value @param {boolean} isBytes whether units are multiples of 1024. @returns {number} a round number that is not smaller. */
function niceAbove(value, isBytes) {
  if (value <= 0) return 1
  const unit = isBytes ? 1024 ** Math.max(0, Math.floor(Math.log2(value) / 10)) : 1
  const power = unit * 10 ** Math.floor(Math.log10(value / unit))
  const part = value / power
  return ([1, 2, 3, 5, 7.5].find((step) => step >= part - 1e-9) ?? 10) * power
}
