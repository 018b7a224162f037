/** Line charts as SVG, to be looked at in a browser that is light or dark. */

export interface Line {
  readonly name: string
  /** Ascending in x. */
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Chart {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
}

export interface Axis {
  readonly label: string
  /** Powers of ten at equal distances; else from zero. */
  readonly log?: boolean
}

const WIDTH = 720
const HEIGHT = 400
const LEFT = 76
const RIGHT = 24
const TOP = 44
const BOTTOM = 84
/** Told apart without their hues, too: each has dashes of its own. */
const COLOURS = ['#2f7ed8', '#d9480f', '#2b8a3e', '#9c36b5', '#b08800']
const DASHES = ['', '6 3', '2 3', '9 3 2 3', '12 4']

/** Colours that change with the reader's scheme; also where the picture stands alone in an `img`. */
const STYLE = `text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-size: 14px; font-weight: 600 }
.grid { stroke: #d0d7de } .axis { stroke: #57606a } .back { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #30363d } .axis { stroke: #8b949e } .back { fill: #0d1117 } }`

interface Scale {
  readonly ticks: readonly number[]
  /** 0 at the beginning of the axis, 1 at its end. */
  place(value: number): number
}

/** @throws {Error} if there is nothing to draw, or a logarithm of nothing. */
export function chartSvg({ title, x, y, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points)
  const across = scaleOf(
    points.map((point) => point.x),
    x.log ?? false,
  )
  const up = scaleOf(
    points.map((point) => point.y),
    y.log ?? false,
  )
  const atX = (value: number): number => round(LEFT + across.place(value) * (WIDTH - LEFT - RIGHT))
  const atY = (value: number): number => round(HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM))
  const bottom = HEIGHT - BOTTOM
  const parts = [
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    text(WIDTH / 2, 22, title, 'middle', 'title'),
    ...up.ticks.flatMap((tick) => [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${atY(tick)}" y2="${atY(tick)}"/>`,
      text(LEFT - 8, atY(tick) + 4, short(tick), 'end'),
    ]),
    ...across.ticks.flatMap((tick) => [
      `<line class="grid" x1="${atX(tick)}" x2="${atX(tick)}" y1="${TOP}" y2="${bottom}"/>`,
      text(atX(tick), bottom + 18, short(tick), 'middle'),
    ]),
    `<path class="axis" fill="none" d="M${LEFT} ${TOP}V${bottom}H${WIDTH - RIGHT}"/>`,
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, x.label, 'middle'),
    `<text transform="translate(16 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...lines.flatMap((line, i) => lineParts(line, i, atX, atY)),
    ...lines.flatMap((line, i) => legendParts(line, i, lines.length)),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`
}

function lineParts(
  { points }: Line,
  i: number,
  atX: (value: number) => number,
  atY: (value: number) => number,
): string[] {
  const colour = COLOURS[i % COLOURS.length]!
  const path = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${atX(x)} ${atY(y)}`).join('')
  const stroke = `stroke="${colour}" stroke-width="2" stroke-dasharray="${DASHES[i % DASHES.length]!}"`
  // Of very many points the line is enough.
  const dots = points.length > 60 ? [] : points
  return [
    `<path fill="none" ${stroke} d="${path}"/>`,
    ...dots.map(({ x, y }) => `<circle r="3" fill="${colour}" cx="${atX(x)}" cy="${atY(y)}"/>`),
  ]
}

function legendParts({ name }: Line, i: number, count: number): string[] {
  const width = (WIDTH - LEFT - RIGHT) / count
  const left = LEFT + i * width
  const y = HEIGHT - 16
  const colour = COLOURS[i % COLOURS.length]!
  const dash = DASHES[i % DASHES.length]!
  return [
    `<line x1="${round(left)}" x2="${round(left + 24)}" y1="${y - 4}" y2="${y - 4}" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
    text(round(left + 30), y, name, 'start'),
  ]
}

function scaleOf(values: readonly number[], log: boolean): Scale {
  if (values.length === 0) throw new Error('nothing to draw')
  const least = Math.min(...values)
  const most = Math.max(...values)
  if (log) {
    if (least <= 0) throw new Error(`${least} has no logarithm`)
    const from = Math.floor(Math.log10(least))
    const to = Math.max(from + 1, Math.ceil(Math.log10(most) - 1e-9))
    const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i))
    return { ticks, place: (value) => (Math.log10(value) - from) / (to - from) }
  }
  const step = stepFor(most)
  const count = Math.max(1, Math.ceil(most / step - 1e-9))
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * step)
  return { ticks, place: (value) => value / (count * step) }
}

/** 1, 2 or 5 times a power of ten, so that there are from five to ten of them. */
function stepFor(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, Number.MIN_VALUE)))
  const parts = most / power
  return parts > 5 ? power : parts > 2 ? power / 2 : power / 5
}

function text(x: number, y: number, content: string, anchor: string, kind = ''): string {
  const named = kind === '' ? '' : ` class="${kind}"`
  return `<text${named} x="${x}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`
}

function short(value: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
