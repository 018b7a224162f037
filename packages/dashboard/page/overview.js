/** The host, and all its groups at a glance. */
import { Chart } from './chart.js'
import { confirmed } from './confirm.js'
import { arrange, el, put } from './dom.js'
import { compact, ms, number } from './format.js'
import { NewsList } from './news.js'
import { store } from './store.js'
import { Tiles } from './tiles.js'
import { TROUBLES } from './words.js'

const everyMs = () => store.state?.everyMs ?? 1000
const perSecond = (/** @type {number | null} */ value) => (value === null ? '–' : `${compact(value)}/s`)

export class Overview {
  constructor() {
    this.title = el('h1', {}, 'Overview')
    this.handOver = el(
      'button',
      { type: 'button', hidden: true, click: () => void this.#askToHandOver() },
      'Hand over what is led here',
    )
    this.tiles = new Tiles()
    this.throughput = new Chart({ title: 'Committed entries', format: perSecond, everyMs })
    this.calls = new Chart({ title: 'Calls of this process', format: ms, everyMs })
    this.disk = new Chart({ title: 'Disk, answer to a write', format: ms, everyMs })
    this.loop = new Chart({ title: 'Event loop, lateness', format: ms, everyMs })
    this.elections = new Chart({ title: 'Leaders elected', format: number, isBars: true, everyMs })
    this.charts = el('div', { class: 'charts' })
    this.news = new NewsList('What happened here', 'Nothing since the dashboard was opened.')
    this.element = el(
      'div',
      { class: 'page' },
      el('div', { class: 'head' }, this.title, el('div', { class: 'buttons' }, this.handOver)),
      this.tiles.element,
      this.charts,
      this.news.element,
    )
  }

  update() {
    const { state, rows, news } = store
    if (state === null) return
    this.title.textContent = `Host ${state.host}`
    const all = [...rows.values()]
    const led = all.filter((row) => row.state === 'leading').length
    put(this.handOver, { hidden: !state.mayAct || state.placement !== null || led === 0 })
    const grave = all.filter(({ troubles }) => troubles.some((one) => TROUBLES[one].isGrave)).length
    const { history, calls } = state
    const elected = history.elections.reduce((/** @type {number} */ sum, one) => sum + (one ?? 0), 0)
    this.tiles.update([
      ['groups', number(state.total + state.beyond)],
      ['led here', number(led)],
      ['in trouble', number(grave), grave > 0],
      ['committed', perSecond(history.perSecond.at(-1) ?? null)],
      ['elected lately', number(elected)],
      ['waiting', number(all.filter((row) => row.state === 'waiting').length)],
    ])
    this.throughput.update([{ name: '', values: history.perSecond }])
    this.elections.update([{ name: '', values: history.elections }])
    this.disk.update([
      { name: '99 %', values: history.diskP99Ms },
      { name: 'median', values: history.diskP50Ms },
    ])
    this.loop.update([{ name: '99 %', values: history.loopP99Ms }])
    const { throughput, elections, disk, loop } = this
    const shown = [throughput, ...(calls === null ? [] : [this.calls]), elections, disk, loop]
    arrange(
      this.charts,
      shown.map(({ element }) => element),
    )
    if (calls !== null)
      this.calls.update([
        { name: '99 %', values: calls.p99Ms },
        { name: 'median', values: calls.p50Ms },
      ])
    this.news.update(news, (group) => rows.get(group)?.title ?? group)
  }

  async #askToHandOver() {
    const host = store.state?.host ?? ''
    await confirmed({
      title: `Hand over all that ${host} leads?`,
      text: 'Each group that is led here is handed to another member. The members stay where they are, and this host may be elected again.',
      button: 'Hand over',
      typed: null,
      action: { action: 'hand-over' },
    })
  }
}
