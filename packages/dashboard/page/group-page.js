/** One group: its members, who leads it, how fast it goes. */
import { Chart, FEWEST, MOST } from './chart.js'
import { confirmed } from './confirm.js'
import { el, put, say } from './dom.js'
import { brief, bytes, compact, ms, number } from './format.js'
import { Leaderships } from './leaderships.js'
import { lagOf, leaderOf, Members } from './members.js'
import { NewsList } from './news.js'
import { store } from './store.js'
import { Tiles } from './tiles.js'
import { STATES, TROUBLES } from './words.js'

/** @import { GroupView } from '../src/views.ts' */

const everyMs = () => store.state?.everyMs ?? 1000
const perSecond = (/** @type {number | null} */ value) => (value === null ? '–' : `${compact(value)}/s`)

export class GroupPage {
  constructor() {
    this.title = el('h1')
    this.sub = el('p', { class: 'sub' })
    this.problem = el('p', { class: 'problem', role: 'alert', hidden: true })
    this.transfer = el(
      'button',
      { type: 'button', hidden: true, click: () => void this.#askToTransfer() },
      'Hand over leadership',
    )
    this.tiles = new Tiles()
    this.members = new Members()
    this.leaderships = new Leaderships()
    this.throughput = new Chart({ title: 'Committed entries', format: perSecond, everyMs })
    this.behind = new Chart({ title: 'Behind the leader, entries', format: number, everyMs })
    this.answers = new Chart({ title: 'A host answers in', format: ms, everyMs })
    this.open = new Chart({ title: 'Not committed yet', format: bytes, isBytes: true, everyMs })
    this.news = new NewsList('What happened in it', 'Nothing since the dashboard was opened.')
    this.whole = el(
      'div',
      { class: 'whole' },
      this.tiles.element,
      this.members.element,
      this.leaderships.element,
      el(
        'div',
        { class: 'charts' },
        ...[this.throughput, this.behind, this.answers, this.open].map(({ element }) => element),
      ),
      this.news.element,
    )
    this.element = el(
      'div',
      { class: 'page' },
      el(
        'div',
        { class: 'head' },
        el('div', {}, this.title, this.sub),
        el('div', { class: 'buttons' }, this.transfer),
      ),
      this.problem,
      this.whole,
    )
    /** @type {string | null} */
    this.name = null
    this.at = 0
    /** Hosts in the order in which they were seen: each keeps its colour. @type {string[]} */
    this.hosts = []
    /** What the page has seen itself, by host. @type {Map<string, { behind: (number | null)[], answers: (number | null)[] }>} */
    this.seen = new Map()
  }

  update() {
    const { wanted, group, groupProblem, state } = store
    if (wanted !== this.name) {
      this.name = wanted
      this.hosts = []
      this.seen = new Map()
    }
    const row = group?.row ?? (wanted === null ? undefined : store.rows.get(wanted))
    say(this.title, row?.title ?? wanted ?? '')
    const problem = groupProblem ?? (group === null ? null : problemOf(group))
    put(this.problem, { hidden: problem === null })
    say(this.problem, problem ?? '')
    put(this.whole, { hidden: group === null })
    if (group === null || state === null) {
      say(this.sub, groupProblem === null ? 'Its members are being asked …' : '')
      return
    }
    this.#see(group)
    say(this.sub, subOf(group))
    put(this.transfer, { hidden: !state.mayAct || group.members.length < 2 })
    this.#updateTiles(group)
    this.members.update(group, this.hosts)
    // As far back as the charts below it go.
    const looks = Math.min(MOST, Math.max(FEWEST, group.history?.perSecond.length ?? MOST))
    this.leaderships.update(group.leaderships, this.hosts, group.at, looks * everyMs())
    const { history } = group
    put(this.throughput.element, { hidden: history === null })
    put(this.open.element, { hidden: history === null })
    if (history !== null) {
      this.throughput.update([{ name: '', values: history.perSecond }])
      this.open.update([{ name: '', values: history.uncommittedBytes }])
    }
    const lines = (/** @type {'behind' | 'answers'} */ what) =>
      this.hosts.map((name) => ({ name, values: this.seen.get(name)?.[what] ?? [] }))
    this.behind.update(lines('behind'))
    this.answers.update(lines('answers'))
    this.news.update(
      store.news.filter((one) => one.group === wanted),
      () => row?.title ?? wanted ?? '',
    )
  }

  /** @param {GroupView} group */
  #see(group) {
    if (group.at === this.at) return
    this.at = group.at
    const hosts = group.members.map(({ host }) => host).sort()
    for (const host of hosts) if (!this.hosts.includes(host)) this.hosts.push(host)
    for (const host of this.hosts) {
      const seen = this.seen.get(host) ?? { behind: [], answers: [] }
      this.seen.set(host, seen)
      const member = group.members.find((one) => one.host === host)
      seen.behind.push(member === undefined ? null : lagOf(group, member).behind)
      seen.answers.push(member?.answerMs ?? null)
      for (const values of [seen.behind, seen.answers]) if (values.length > MOST) values.shift()
    }
  }

  /** @param {GroupView} group */
  #updateTiles(group) {
    const { row, members } = group
    const leader = leaderOf(group)
    const status = leader?.status ?? members.find((member) => member.status !== null)?.status
    const grave = row.troubles.filter((one) => TROUBLES[one].isGrave)
    this.tiles.update([
      ['leader', leader?.host ?? row.leader ?? 'none', leader === undefined],
      ['term', number(status?.term)],
      ['committed', number(status?.commitIndex)],
      ['per second', perSecond(row.perSecond)],
      ['sessions', number(status?.sessions)],
      ['snapshot', status?.snapshot == null ? 'none' : `at ${number(status.snapshot.index)}`],
      ['trouble', row.troubles.map((one) => TROUBLES[one].text).join(', ') || 'none', grave.length > 0],
    ])
  }

  async #askToTransfer() {
    const { wanted, group } = store
    if (wanted === null) return
    const name = group?.row.title ?? wanted
    await confirmed({
      title: `Hand ${name} over to another member?`,
      text: 'The leader chooses the member that is best up to date. Commands wait for a moment.',
      button: 'Hand over',
      typed: null,
      action: { action: 'transfer', group: wanted, to: null },
    })
  }
}

/** @param {GroupView} group */
function subOf({ row, incarnation, configurationIndex, isJoint, placement }) {
  const { sign, text } = STATES[row.state]
  const here = row.state === 'elsewhere' ? 'no member here' : `the member here ${text}`
  const parts = [`${sign} ${here}`]
  if (row.title !== null) parts.push(row.name)
  if (incarnation !== null) parts.push(`incarnation ${brief(incarnation)}`)
  if (configurationIndex !== null) parts.push(`members as of entry ${number(configurationIndex)}`)
  if (isJoint) parts.push('members are being changed')
  if (placement !== null) {
    const { hosts, replicas, machine, move } = placement
    parts.push(`${machine}, ${replicas} wanted, placed on ${hosts.join(', ')}`)
    if (move !== null) parts.push(`moving from ${move.from ?? 'nowhere'} to ${move.to ?? 'nowhere'}`)
  }
  return parts.join('  ·  ')
}

/** @param {GroupView} group */
function problemOf({ members, problem, row }) {
  if (problem !== null) return `No member can be asked (${problem}). What is shown is what is known here.`
  if (members.length === 0)
    return row.state === 'waiting'
      ? 'This host waits for the group: nobody has created it yet, or nobody who has it was found.'
      : null
  const leads = members.some(({ status }) => status?.role === 'leader')
  return leads ? null : 'Nobody who was asked leads this group now: commands wait until somebody does.'
}
