/** The logs, one below the other: entry by entry, coloured by term, up to where committed and up to where on disk. */
import type { MemberScene, Scene } from '../world/scene.ts'
import { h, Keyed, setAttribute, setText, whenChanged } from './elements.ts'

/** Entries that are shown: the last ones. */
const COLUMNS = 60

export class Logs {
  readonly #scroller: HTMLElement
  readonly #head = h('tr')
  readonly #rows: Keyed<MemberScene, HTMLTableRowElement>
  readonly #headChanged = whenChanged()
  #last = 0

  constructor(parent: Element) {
    const body = h('tbody')
    this.#scroller = h(
      'div',
      { class: 'log-scroller', tabindex: 0, role: 'region', 'aria-label': 'The logs of all members' },
      h('table', { class: 'log' }, h('thead', {}, this.#head), body),
    )
    parent.append(this.#scroller, legend())
    this.#rows = new Keyed(body, ({ name }) =>
      h('tr', {}, h('th', { scope: 'row' }, h('b', {}, name), h('span', { class: 'bounds' }))),
    )
  }

  draw({ members }: Scene): void {
    const last = Math.max(1, ...members.map(({ cells, base }) => cells.at(-1)?.index ?? base))
    const first = Math.max(1, last - COLUMNS + 1)
    const indexes = Array.from({ length: last - first + 1 }, (_, at) => first + at)
    this.#headChanged(`${first}-${last}`, () =>
      this.#head.replaceChildren(
        h('th', { scope: 'col' }, first > 1 ? `from ${first}` : 'entry'),
        ...indexes.map((index) => h('th', { scope: 'col' }, String(index))),
      ),
    )
    this.#rows.update(
      members,
      ({ id }) => id,
      (row, member) => drawRow(row, member, first, last),
    )
    if (last > this.#last) this.#scroller.scrollLeft = this.#scroller.scrollWidth
    this.#last = last
  }
}

function drawRow(row: HTMLTableRowElement, member: MemberScene, first: number, last: number): void {
  const { base, cells, commit, durable, state } = member
  const key = JSON.stringify([
    first,
    last,
    base,
    commit,
    durable,
    state,
    cells.map(({ index, term, sort, value }) => [index, term, sort, value]),
  ])
  if (row.dataset.key === key) return
  row.dataset.key = key
  setAttribute(row, 'class', state)
  const [head] = row.children
  setText(head!.children[1]!, state === 'up' ? `${commit} / ${durable}` : state)
  setAttribute(head!, 'title', `committed up to ${commit}, on disk up to ${durable}`)
  const byIndex = new Map(cells.map((cell) => [cell.index, cell]))
  const drawn: HTMLTableCellElement[] = []
  for (let index = first; index <= last; index++) {
    const cell = byIndex.get(index)
    if (cell === undefined) {
      const covered = index <= base
      drawn.push(
        h('td', { class: covered ? 'covered' : 'empty', title: covered ? 'covered by a snapshot' : '' }),
      )
      continue
    }
    const { term, sort, value } = cell
    const isCommitted = state === 'up' && index <= commit
    const isDurable = index <= durable
    const what = value !== null ? `x ← ${value}` : (sort ?? 'an entry')
    const title = `entry ${index} of term ${term}: ${what}; ${isCommitted ? 'committed' : 'not known to be committed'}, ${isDurable ? 'on disk' : 'not on disk yet'}`
    const label = value !== null ? String(value) : sort === 'configuration' ? 'C' : sort === 'noop' ? '·' : ''
    const classes = ['entry', `t${term % 8}`, isCommitted ? 'committed' : 'open', isDurable ? '' : 'volatile']
    if (index === commit) classes.push('commit-end')
    drawn.push(
      h(
        'td',
        { class: classes.join(' '), title, 'aria-label': title },
        h('b', {}, label),
        h('small', {}, String(term)),
      ),
    )
  }
  row.replaceChildren(head!, ...drawn)
}

function legend(): HTMLElement {
  const sample = (classes: string, text: string): HTMLElement =>
    h('span', {}, h('i', { class: `sample entry t2 ${classes}` }), text)
  return h(
    'p',
    { class: 'legend' },
    sample('committed', 'committed'),
    sample('open', 'on disk'),
    sample('open volatile', 'not on disk yet'),
    h(
      'span',
      {},
      'Big: what x is set to (· nothing, C members). Small: the term. Behind a name: committed / on disk.',
    ),
  )
}
