/** The hosts of a fleet by zone, and how its groups are spread over them. */
import { confirmed } from './confirm.js'
import { el, put, say } from './dom.js'
import { counted, ms, number } from './format.js'
import { store } from './store.js'
import { Tiles } from './tiles.js'

/** @import { PlacedHostView, PlacementView, UnsettledGroup } from '../src/placement.ts' */

export class PlacementPage {
  constructor() {
    this.problem = el('p', { class: 'problem', role: 'alert', hidden: true })
    this.drain = el(
      'button',
      { type: 'button', class: 'danger', hidden: true, click: () => void this.#askToDrain() },
      'Drain this host',
    )
    this.tiles = new Tiles()
    this.zones = el('div', { class: 'zones' })
    this.moves = el('ul', { class: 'moves' })
    this.unsettled = el(
      'section',
      { class: 'card', hidden: true },
      el('h2', {}, 'Not as they are to be'),
      this.moves,
    )
    this.spread = el('p', { class: 'sub' })
    this.element = el(
      'div',
      { class: 'page' },
      el('div', { class: 'head' }, el('h1', {}, 'Placement'), el('div', { class: 'buttons' }, this.drain)),
      this.problem,
      this.tiles.element,
      this.spread,
      this.zones,
      this.unsettled,
    )
  }

  update() {
    const { state } = store
    const placement = state?.placement ?? null
    if (state === null || placement === null) return
    const { zones, groups, moving, notServing, problem } = placement
    put(this.problem, { hidden: problem === null })
    say(
      this.problem,
      problem === null ? '' : `The registry can't be asked now, so this is of before: ${problem}`,
    )
    put(this.drain, { hidden: !state.mayAct || !placement.isActive })
    const hosts = zones.flatMap((zone) => zone.hosts)
    const away = hosts.filter(({ unreachableMs }) => unreachableMs !== null).length
    this.tiles.update([
      ['zones', number(zones.length)],
      ['hosts', number(hosts.length)],
      ['out of reach', number(away), away > 0],
      ['groups', number(groups)],
      ['moving', number(moving)],
      ['not serving', number(notServing), notServing > 0],
      ['held here', number(placement.here)],
    ])
    const spread = placement.spread.flatMap((count, i) =>
      count === 0 ? [] : [`${counted(count, 'group')} over ${counted(i + 1, 'zone')}`],
    )
    say(this.spread, spread.join('  ·  '))
    put(this.unsettled, { hidden: placement.unsettled.length === 0 })
    this.moves.replaceChildren(...placement.unsettled.map(moveItem))
    this.zones.replaceChildren(
      ...zones.map(({ zone, hosts: held }) => zoneCard(zone, held, mostOf(placement), state.host)),
    )
  }

  async #askToDrain() {
    const host = store.state?.host ?? ''
    await confirmed({
      title: `Drain host ${host}?`,
      text: 'All its members move to other hosts, one by one, and it is given no more. It ends when the host is activated anew.',
      button: 'Drain',
      typed: host,
      action: { action: 'drain' },
    })
  }
}

/** @param {PlacementView} placement */
function mostOf({ zones }) {
  return Math.max(1, ...zones.flatMap(({ hosts }) => hosts.map(({ groups }) => groups)))
}

/** @param {string} zone @param {readonly PlacedHostView[]} hosts @param {number} most @param {string} own */
function zoneCard(zone, hosts, most, own) {
  const held = hosts.reduce((sum, { groups }) => sum + groups, 0)
  return el(
    'section',
    { class: 'card zone' },
    el('h2', {}, zone, el('small', {}, ` ${counted(held, 'member')}`)),
    el('ul', {}, ...hosts.map((host) => hostItem(host, most, host.id === own))),
  )
}

/** @param {UnsettledGroup} group */
function moveItem({ name, raft, isServing, from, to }) {
  const words = []
  if (from !== null || to !== null)
    words.push(
      from === null ? `comes to ${to}` : to === null ? `goes from ${from}` : `moves from ${from} to ${to}`,
    )
  if (!isServing) words.push('does not serve yet')
  return el(
    'li',
    {},
    el('a', { href: `#/group/${encodeURIComponent(raft)}` }, name),
    el('span', {}, words.join(', ')),
  )
}

/** @param {PlacedHostView} host @param {number} most @param {boolean} isOwn */
function hostItem({ id, groups, capacity, isDraining, unreachableMs, unreachableBy }, most, isOwn) {
  const bar = el('i')
  bar.style.width = `${(groups / most) * 100}%`
  const notes = []
  if (isOwn) notes.push('this host')
  if (capacity !== 1) notes.push(`capacity ${capacity}`)
  if (isDraining) notes.push('is being drained')
  if (unreachableMs !== null)
    notes.push(`not reached by ${counted(unreachableBy, 'host')} for ${ms(unreachableMs)}`)
  return el(
    'li',
    { class: unreachableMs === null ? '' : 'grave' },
    el('span', { class: 'id' }, unreachableMs === null ? id : `■ ${id}`),
    el('span', { class: 'held' }, bar),
    el('span', { class: 'figure' }, number(groups)),
    el('small', {}, notes.join(', ')),
  )
}
