/** What a message looks like. Its shape says the kind, its colour the term. */
import type { FlightScene } from '../world/scene.ts'
import { s, setAttribute } from './elements.ts'
import { onTheWay, type Point } from './geometry.ts'

const diamond = 'M0-10l10 10l-10 10l-10-10z'
const check = 'M-4.5 0.5l3 3.5l6-7.5'
const cross = 'M-3.5-3.5l7 7M3.5-3.5l-7 7'

interface Glyph {
  readonly shape: string
  readonly mark: string
  readonly letter: string
}

const shapes = {
  small: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0',
  round: 'M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0',
  box: 'M-11-7.5h22v15h-22z',
  big: 'M-12-10h24v20h-24z',
  triangle: 'M0-11l11 19h-22z',
} as const

function glyphOf({ kind, granted, carries }: FlightScene): Glyph {
  switch (kind) {
    case 'append':
      return carries
        ? { shape: shapes.box, mark: 'M-6-2.5h12M-6 2.5h12', letter: '' }
        : { shape: shapes.box, mark: '', letter: '?' }
    case 'heartbeat':
      return { shape: shapes.small, mark: '', letter: '' }
    case 'ack':
      return { shape: shapes.round, mark: check, letter: '' }
    case 'conflict':
      return { shape: shapes.round, mark: '', letter: '≠' }
    case 'vote-request':
    case 'pre-vote-request':
      return { shape: diamond, mark: '', letter: '?' }
    case 'vote':
    case 'pre-vote':
      return { shape: diamond, mark: granted ? check : cross, letter: '' }
    case 'snapshot':
      return { shape: shapes.big, mark: 'M-7 5h14M-7 0h14M-7-5h14', letter: '' }
    case 'timeout-now':
      return { shape: shapes.triangle, mark: '', letter: '!' }
    case 'read-request':
      return { shape: shapes.round, mark: '', letter: 'r?' }
    case 'read-answer':
      return { shape: shapes.round, mark: '', letter: 'r' }
    case 'stale':
      return { shape: shapes.round, mark: '', letter: 't' }
    case 'removed':
      return { shape: shapes.round, mark: '', letter: '−' }
    case 'repair':
    case 'repairing':
      return { shape: shapes.round, mark: '', letter: '+' }
    case 'quiet':
      return { shape: shapes.round, mark: '', letter: 'z' }
  }
}

/** @param choose null where it can't be chosen. */
export function makeFlight(flight: FlightScene, choose: (() => void) | null): SVGGElement {
  const { kind, granted, term, text, from, to } = flight
  const { shape, mark, letter } = glyphOf(flight)
  const verdict = granted === null ? '' : granted ? ' granted' : ' denied'
  return s(
    'g',
    {
      class: `flight ${kind}${verdict} t${term % 8}`,
      ...(choose === null ? {} : { click: choose, 'data-message': flight.id }),
    },
    ...(choose === null ? [] : [s('title', {}, `${kind} from ${from} to ${to}: ${text}`)]),
    s('circle', { class: 'hit', r: 17 }),
    s('path', { class: 'shape', d: shape }),
    s('path', { class: 'mark', d: mark }),
    ...(letter === '' ? [] : [s('text', { class: 'letter', y: 3.5 }, letter)]),
  )
}

interface Way {
  readonly from: Point
  readonly to: Point
  readonly radius: number
  readonly isChosen: boolean
}

export function drawFlight(
  element: SVGGElement,
  flight: FlightScene,
  { from, to, radius, isChosen }: Way,
): void {
  const { x, y } = onTheWay(from, to, radius, flight.progress)
  element.setAttribute('transform', `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
  element.classList.toggle('chosen', isChosen)
  // What is lost fades on its way.
  setAttribute(element, 'opacity', flight.isLost ? Math.max(0, 1 - 2 * flight.progress).toFixed(2) : null)
}
