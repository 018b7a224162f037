/** The members of a group, each as its own host tells of it. */
import { confirmed } from './confirm.js'
import { arrange, el, put, say } from './dom.js'
import { brief, bytes, ms, number } from './format.js'
import { store } from './store.js'
import { LINES, roleOf } from './words.js'

/** @import { MemberView } from '../src/group-details.ts' */
/** @import { GroupView } from '../src/views.ts' */

const COLUMNS = [
  'Host',
  'Role',
  'Term',
  'Log',
  'Committed',
  'Behind',
  'Silent',
  'Answers in',
  'Disk 99 %',
  '',
]

export class Members {
  constructor() {
    this.body = el('tbody')
    this.element = el(
      'div',
      { class: 'card members' },
      el('h2', {}, 'Members'),
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...COLUMNS.map((name) => el('th', { scope: 'col' }, name)))),
        this.body,
      ),
    )
    /** @type {Map<string, Row>} */
    this.rows = new Map()
  }

  /** @param {GroupView} group @param {readonly string[]} hosts in the order of their colours. */
  update(group, hosts) {
    const shown = [...group.members].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0))
    const scale = scaleOf(group)
    const rows = shown.map((member) => this.rows.get(member.id) ?? new Row())
    this.rows = new Map(shown.map(({ id }, i) => [id, rows[i]]))
    for (const [i, row] of rows.entries())
      row.update(group, shown[i], hosts.indexOf(shown[i].host) % LINES, scale)
    arrange(
      this.body,
      rows.map(({ element }) => element),
    )
  }
}

/** @typedef {{ from: number, to: number }} Scale */

/** All logs are drawn to one scale. @param {GroupView} group @returns {Scale} */
function scaleOf({ members }) {
  const statuses = members.map(({ status }) => status).filter((status) => status !== null)
  const from = Math.min(...statuses.map(({ snapshotIndex }) => snapshotIndex))
  const to = Math.max(...statuses.map(({ lastIndex }) => lastIndex))
  return { from: Number.isFinite(from) ? from : 0, to: Math.max(Number.isFinite(to) ? to : 1, from + 1) }
}

/** A member that does not know yet that it leads no more is of an earlier term. @param {GroupView} group */
export function leaderOf({ members }) {
  const leading = members.filter(({ status }) => status?.role === 'leader')
  return leading.sort((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0]
}

/** Entries of the leader's log that a peer is known to lack, and for how long it has been silent. @param {GroupView} group @param {MemberView} member */
export function lagOf(group, member) {
  const leader = leaderOf(group)?.status
  if (leader == null) return { behind: null, silentMs: null }
  if (leader.member === member.id) return { behind: 0, silentMs: null }
  const peer = leader.peers.find((one) => one.member === member.id)
  if (peer === undefined) return { behind: null, silentMs: null }
  return { behind: Math.max(0, leader.lastIndex - peer.match), silentMs: peer.silentMs, state: peer.state }
}

/** 0 says that nothing was written in the last minute. @param {number | undefined} ms */
const measured = (ms) => (ms === 0 ? null : ms)

class Row {
  constructor() {
    this.host = el('strong')
    this.address = el('small')
    this.key = el('i', { class: 'key block' })
    this.role = el('span', { class: 'role' })
    this.note = el('small')
    this.log = newLog()
    this.cells = COLUMNS.slice(5, 9).map((name) => el('td', { 'data-name': name, class: 'figure' }))
    this.committed = el('span')
    this.applied = el('small')
    this.term = el('td', { 'data-name': 'Term', class: 'figure' })
    this.buttons = el('div')
    this.element = el(
      'tr',
      {},
      el('th', { scope: 'row' }, this.key, el('span', {}, this.host, this.address)),
      el('td', { 'data-name': 'Role' }, this.role, this.note),
      this.term,
      el('td', { 'data-name': 'Log', class: 'log-cell' }, this.log.element),
      el('td', { 'data-name': 'Committed', class: 'figure' }, this.committed, this.applied),
      ...this.cells,
      el('td', { class: 'acts' }, this.buttons),
    )
    this.acts = ''
  }

  /** @param {GroupView} group @param {MemberView} member @param {number} colour @param {Scale} scale */
  update(group, member, colour, scale) {
    const { status, place } = member
    const { behind, silentMs, state } = lagOf(group, member)
    const role = roleOf(status?.role ?? 'follower', place)
    put(this.key, { class: `key block line${colour}` })
    say(this.host, member.host)
    say(this.address, `${member.address} · ${brief(member.id)}`)
    const isAway = status === null || status.stopped !== null
    put(this.element, { class: isAway ? 'away' : role.name })
    say(
      this.role,
      isAway ? `■ ${status === null ? awayText(member.error) : 'stopped'}` : `${role.sign} ${role.text}`,
    )
    put(this.role, { class: `role ${isAway ? 'stopped' : role.name}` })
    say(this.note, noteOf(member, state))
    say(this.term, number(status?.term))
    this.log.update(status, scale)
    say(this.committed, number(status?.commitIndex))
    say(this.applied, status === null ? '' : `applied ${number(status.appliedIndex)}`)
    const texts = [number(behind), ms(silentMs), ms(member.answerMs), ms(measured(status?.disk.p99Ms))]
    for (const [i, text] of texts.entries()) say(this.cells[i], text)
    this.#offer(group, member)
  }

  /** @param {GroupView} group @param {MemberView} member */
  #offer(group, member) {
    const { id, host, place, status } = member
    const mayAct = store.state?.mayAct === true && place !== 'former'
    const acts = `${mayAct}${place}${status?.role}${host}`
    if (acts === this.acts) return
    this.acts = acts
    this.buttons.replaceChildren()
    if (!mayAct) return
    const name = group.row.title ?? group.row.name
    if (place === 'voter' && status !== null && status.role !== 'leader')
      this.buttons.append(
        button('Make leader', `Hand ${name} over to ${host}?`, {
          text: 'Commands wait for a moment, and go on where they were. If the member does not take over within an election timeout, the leader leads on.',
          typed: null,
          action: { action: 'transfer', group: group.row.name, to: id },
        }),
      )
    this.buttons.append(
      button('Remove', `Remove ${host} from ${name}?`, {
        text: 'For good: its log is of no use to the group from then on, and the host can only join anew. It is refused where those that answer would be no majority.',
        typed: host,
        action: { action: 'remove', group: group.row.name, member: id },
      }),
    )
  }
}

/** @param {string} text @param {string} title @param {{ text: string, typed: string | null, action: object }} question */
function button(text, title, question) {
  const click = () => void confirmed({ title, button: text, ...question })
  return el('button', { type: 'button', class: 'small', 'aria-label': title.replace('?', ''), click }, text)
}

/** @param {string | null} error */
function awayText(error) {
  return error === 'timeout' || error === 'unreachable'
    ? 'no answer'
    : (error ?? 'no answer').replaceAll('-', ' ')
}

/** @param {MemberView} member @param {string | undefined} state */
function noteOf({ place, status }, state) {
  const notes = []
  if (place === 'leaving') notes.push('on its way out')
  if (place === 'learner') notes.push('does not vote')
  if (state === 'snapshot') notes.push('gets a snapshot')
  if (state === 'probe') notes.push('being probed')
  if (status?.damage != null) notes.push('damaged log')
  if (status?.transfer != null) notes.push(`hands over to ${brief(status.transfer.to)}`)
  return notes.join(', ')
}

/** What a member's log holds: what was cut off behind a snapshot, what is applied, what is committed, what is not. */
function newLog() {
  const bars = ['applied', 'committed', 'open'].map((name) => el('i', { class: name }))
  const track = el('div', { class: 'log' }, ...bars)
  const words = el('small')
  return {
    element: el('div', {}, track, words),
    /** @param {MemberView['status']} status @param {Scale} scale */
    update(status, { from, to }) {
      const ends =
        status === null
          ? []
          : [status.snapshotIndex, status.appliedIndex, status.commitIndex, status.lastIndex]
      const part = (/** @type {number} */ index) => ((index - from) / (to - from)) * 100
      for (const [i, bar] of bars.entries()) {
        const begin = Math.max(ends[i] ?? 0, ends[0] ?? 0)
        const end = Math.max(ends[i + 1] ?? 0, begin)
        bar.style.left = `${status === null ? 0 : part(begin)}%`
        bar.style.width = `${status === null ? 0 : part(end) - part(begin)}%`
      }
      say(
        words,
        status === null
          ? ''
          : `${number(status.snapshotIndex + 1)} … ${number(status.lastIndex)}, ${bytes(status.log.bytes)}`,
      )
      put(track, {
        title:
          status === null
            ? null
            : `log from ${status.snapshotIndex + 1} to ${status.lastIndex}; committed to ${status.commitIndex}, applied to ${status.appliedIndex}; newest snapshot ${status.snapshot?.index ?? 'none'}`,
      })
    },
  }
}
