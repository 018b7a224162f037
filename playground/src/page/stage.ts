/** The ring: members, the links between them, and what travels there. */
import { linksBetween } from '../world/action.ts'
import type { FlightScene, MemberScene, Scene } from '../world/scene.ts'
import { h, Keyed, s, setAttribute, setText } from './elements.ts'
import { drawFlight, makeFlight } from './flights.ts'
import { frames, type Point, placeOf, radiusFor } from './geometry.ts'
import type { Chosen, Session } from './session.ts'

export class Stage {
  readonly #session: Session
  readonly #links = s('g', { class: 'links' })
  readonly #cuts: Keyed<readonly [string, string], SVGGElement>
  readonly #members: Keyed<MemberScene, SVGGElement>
  readonly #flights: Keyed<FlightScene, SVGGElement>
  #places: ReadonlyMap<string, Point> = new Map()
  #ring = ''
  readonly #svg: SVGSVGElement
  readonly #narrow = matchMedia('(max-width: 620px)')

  constructor(parent: Element, session: Session, choose: (chosen: Chosen) => void) {
    this.#session = session
    const cuts = s('g', { class: 'cuts' })
    const members = s('g', { class: 'members' })
    const flights = s('g', { class: 'flights' })
    const svg = s(
      'svg',
      {
        role: 'group',
        'aria-label': 'The members and what they send each other',
      },
      this.#links,
      cuts,
      members,
      flights,
    )
    this.#cuts = new Keyed(cuts, () =>
      s('g', {}, s('path', { class: 'cut-way' }), s('path', { class: 'cut-mark' })),
    )
    this.#members = new Keyed(members, (member) => makeMember(member, choose))
    this.#flights = new Keyed(flights, (flight) => makeFlight(flight, () => choose({ message: flight.id })))
    svg.addEventListener('click', (event) => {
      if (event.target === svg) choose(null)
    })
    this.#svg = svg
    parent.append(svg, h('p', { class: 'legend' }, ...legend()))
  }

  draw(scene: Scene): void {
    this.#arrange(scene)
    const { chosen } = this.#session
    const chosenMember = chosen !== null && 'member' in chosen ? chosen.member : null
    const chosenMessage = chosen !== null && 'message' in chosen ? chosen.message : null
    this.#members.update(
      scene.members,
      ({ id }) => id,
      (element, member) =>
        drawMember(element, member, this.#places.get(member.id)!, scene, member.id === chosenMember),
    )
    const radius = radiusFor(scene.members.length)
    this.#cuts.update(
      scene.cuts.filter(([from, to]) => this.#places.has(from) && this.#places.has(to)),
      (link) => link.join('>'),
      (element, [from, to]) => drawCut(element, this.#places.get(from)!, this.#places.get(to)!, radius),
    )
    this.#flights.update(
      scene.flights.filter(({ from, to }) => this.#places.has(from) && this.#places.has(to)),
      ({ id }) => id,
      (element, flight) =>
        drawFlight(element, flight, {
          from: this.#places.get(flight.from)!,
          to: this.#places.get(flight.to)!,
          radius,
          isChosen: flight.id === chosenMessage,
        }),
    )
  }

  /** What is to be seen of a link, and what can be hit of it: that cuts both ways, or mends them. */
  #line(a: MemberScene, b: MemberScene): SVGLineElement[] {
    const [from, to] = [this.#places.get(a.id)!, this.#places.get(b.id)!]
    const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y }
    const toggle = (): void => {
      const { cuts } = this.#session.scene
      const cut = !(isCut(cuts, a.id, b.id) || isCut(cuts, b.id, a.id))
      this.#session.act({ kind: 'links', links: linksBetween([a.id], [b.id]), cut })
    }
    const title = s(
      'title',
      {},
      `${a.name} and ${b.name}: choose this to cut or to mend their link, both ways`,
    )
    return [
      s('line', ends),
      s('line', { ...ends, class: 'hit', click: toggle, 'data-link': `${a.id}-${b.id}` }, title),
    ]
  }

  #arrange({ members }: Scene): void {
    const frame = this.#narrow.matches ? frames.narrow : frames.wide
    const ring = `${frame.width} ${members.map(({ id }) => id).join()}`
    if (ring === this.#ring) return
    this.#ring = ring
    this.#svg.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`)
    this.#places = new Map(members.map(({ id }, at) => [id, placeOf(frame, at, members.length)]))
    const lines = members.flatMap((a, at) => members.slice(at + 1).flatMap((b) => this.#line(a, b)))
    this.#links.replaceChildren(...lines)
  }
}

const isCut = (cuts: Scene['cuts'], from: string, to: string): boolean =>
  cuts.some(([a, b]) => a === from && b === to)

function makeMember({ id, name }: MemberScene, choose: (chosen: Chosen) => void): SVGGElement {
  const pick = (): void => choose({ member: id })
  return s(
    'g',
    {
      class: 'member',
      tabindex: 0,
      role: 'button',
      'data-member': id,
      click: pick,
      keydown: (event) => {
        const { key } = event as KeyboardEvent
        if (key !== 'Enter' && key !== ' ') return
        event.preventDefault()
        event.stopPropagation()
        pick()
      },
    },
    s('circle', { class: 'halo' }),
    s('path', { class: 'timer-track' }),
    s('path', { class: 'timer' }),
    s('circle', { class: 'body' }),
    s('path', { class: 'sign' }),
    s('text', { class: 'name' }, name),
    s('text', { class: 'term' }),
    s('g', { class: 'pips' }),
    s('text', { class: 'role' }),
    s('text', { class: 'more' }),
  )
}

function drawMember(
  element: SVGGElement,
  member: MemberScene,
  at: Point,
  scene: Scene,
  isChosen: boolean,
): void {
  const radius = radiusFor(scene.members.length)
  const [halo, track, timer, body, sign, name, term, pips, role, more] = [...element.children] as [
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
    SVGGElement,
    Element,
    Element,
  ]
  const isUp = member.state === 'up'
  const classes = [
    'member',
    member.state,
    isUp ? member.role : '',
    `t${member.term % 8}`,
    `is-${member.part}`,
  ]
  if (isChosen) classes.push('chosen')
  setAttribute(element, 'class', classes.join(' '))
  setAttribute(element, 'transform', `translate(${at.x} ${at.y})`)
  setAttribute(element, 'aria-label', spoken(member))
  setAttribute(element, 'aria-pressed', String(isChosen))
  setAttribute(halo, 'r', String(radius + 13))
  setAttribute(body, 'r', String(radius))
  setAttribute(track, 'd', arc(radius + 6, 1))
  setAttribute(
    timer,
    'd',
    member.timer === null ? '' : arc(radius + 6, member.timer.leftMs / member.timer.ofMs),
  )
  setAttribute(timer, 'class', `timer ${member.timer?.kind ?? ''}`)
  setAttribute(sign, 'd', signOf(member))
  setAttribute(sign, 'transform', `translate(0 ${-radius * 0.56})`)
  setText(term, `term ${member.term}`)
  setAttribute(name, 'y', String(radius * 0.06))
  setAttribute(term, 'y', String(radius * 0.43))
  drawPips(pips, member, scene, radius)
  setText(role, roleText(member))
  setAttribute(role, 'y', String(radius + 27))
  setText(more, moreText(member))
  setAttribute(more, 'y', String(radius + 44))
}

function roleText({ state, role, part, isRemoved }: MemberScene): string {
  if (state === 'down') return 'down'
  if (state === 'stopped') return 'stopped by an invariant'
  if (isRemoved) return 'removed'
  const parts = {
    voter: '',
    learner: role === 'follower' ? 'learner' : 'learner, ',
    old: 'leaving, ',
    new: 'joining, ',
    none: 'no member',
  }
  if (part === 'none') return parts.none
  if (part === 'learner' && role === 'follower') return parts.learner
  return `${parts[part]}${role}`
}

function moreText({ value, pace, writing, state }: MemberScene): string {
  if (state !== 'up') return pace === 'quick' ? '' : `disk ${pace}`
  const disk = pace === 'quick' ? '' : `disk ${pace}${writing > 0 ? `, ${writing} to write` : ''}`
  return [value === 'x has no value' ? '' : (value ?? ''), disk].filter((text) => text !== '').join(' · ')
}

/** What a member is, for those who don't see it. */
function spoken(member: MemberScene): string {
  const { name, term, commit, cells, base, value } = member
  const last = cells.at(-1)?.index ?? base
  return `${name}, ${roleText(member)}, term ${term}, ${last} entries, ${commit} committed${value === null ? '' : `, ${value}`}`
}

/** One for each voter: who has voted for it, who against. */
function drawPips(group: SVGGElement, { ballot, id }: MemberScene, { members }: Scene, radius: number): void {
  const voters =
    ballot === null ? [] : members.filter(({ part }) => part === 'voter' || part === 'old' || part === 'new')
  const key =
    ballot === null
      ? ''
      : `${radius}|${voters.map((voter) => `${voter.id}${ballot.yes.includes(voter.id) ? '+' : ballot.no.includes(voter.id) ? '-' : '?'}`).join()}|${ballot.role}`
  if (group.dataset.key === key) return
  group.dataset.key = key
  const gap = Math.min(10.5, (radius * 1.4) / voters.length)
  group.replaceChildren(
    ...voters.map((voter, at) => {
      const x = (at - (voters.length - 1) / 2) * gap
      const kind = ballot!.yes.includes(voter.id) ? 'yes' : ballot!.no.includes(voter.id) ? 'no' : 'open'
      const own = voter.id === id ? ' own' : ''
      const mark = { yes: 'M-2.6 0l1.8 2.2l3.4-4.4', no: 'M-2-2l4 4M2-2l-4 4', open: '' }[kind]
      return s(
        'g',
        { class: `pip ${kind}${own} ${ballot!.role}`, transform: `translate(${x} ${radius * 0.7})` },
        s('circle', { r: (gap * 0.44).toFixed(1) }),
        s('path', { d: mark }),
      )
    }),
  )
}

/** Above the name: a crown leads, a hand asks, a book learns, a cross is down. */
function signOf({ state, role, part }: MemberScene): string {
  if (state !== 'up') return 'M-7-7l14 14M7-7l-14 14'
  if (role === 'leader') return 'M-11 6v-12l5.5 5l5.5-8l5.5 8l5.5-5v12z'
  if (role === 'candidate') return 'M0-8l8 8l-8 8l-8-8z'
  if (role === 'pre-candidate') return 'M0-8l8 8l-8 8l-8-8z'
  if (part === 'learner') return 'M0-4c-3-3-7-3-10-2v11c3-1 7-1 10 2c3-3 7-3 10-2v-11c-3-1-7-1-10 2v11'
  return ''
}

/** A part of a circle, from the top and clockwise. */
function arc(radius: number, part: number): string {
  const share = Math.max(0, Math.min(part, 0.9999))
  const angle = 2 * Math.PI * share
  const x = radius * Math.sin(angle)
  const y = -radius * Math.cos(angle)
  return `M0 ${-radius}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${x.toFixed(2)} ${y.toFixed(2)}`
}

/** One way of a link: the half that begins at the sender, and a mark. */
function drawCut(element: SVGGElement, from: Point, to: Point, radius: number): void {
  const key = `${radius},${from.x},${from.y},${to.x},${to.y}`
  if (element.dataset.key === key) return
  element.dataset.key = key
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length]
  // Each way keeps to its right, as messages do.
  const [ox, oy] = [-dy * 6, dx * 6]
  const along = (share: number): Point => ({
    x: from.x + dx * length * share + ox,
    y: from.y + dy * length * share + oy,
  })
  const start = along((radius + 8) / length)
  const middle = along(0.42)
  setAttribute(element.children[0]!, 'd', `M${start.x} ${start.y}L${middle.x} ${middle.y}`)
  setAttribute(
    element.children[1]!,
    'd',
    `M${middle.x - 6} ${middle.y - 6}l12 12M${middle.x + 6} ${middle.y - 6}l-12 12`,
  )
}

function legend(): (Node | string)[] {
  const item = (kind: FlightScene['kind'], text: string, more: Partial<FlightScene> = {}): Node => {
    const flight = {
      id: 0,
      from: '',
      to: '',
      kind,
      term: 1,
      text: '',
      granted: null,
      carries: false,
      progress: 0,
      isLost: false,
      ...more,
    }
    const icon = s(
      'svg',
      { viewBox: '-16 -12 32 24', class: 'legend-icon', 'aria-hidden': 'true' },
      makeFlight(flight, null),
    )
    return h('span', {}, icon, text)
  }
  return [
    item('append', 'entries', { carries: true }),
    item('heartbeat', 'heartbeat'),
    item('ack', 'on disk'),
    item('pre-vote-request', 'asks whether'),
    item('vote-request', 'asks for a vote'),
    item('vote', 'yes', { granted: true }),
    item('vote', 'no', { granted: false }),
    item('snapshot', 'snapshot'),
  ]
}
