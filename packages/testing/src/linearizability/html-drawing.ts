/** A counter-example as one page: time runs to the right, each client has a row. Nothing is loaded from elsewhere. */
import type { CounterExample, CounterExampleOperation } from './counter-example.ts'
import { explanation, headline } from './explanation.ts'
import { type Lane, lanesOf, type Moment, momentsOf, timeText } from './lanes.ts'

/** Pixels. */
const ROW = 44
const BAR = 28
const AXIS = 40
const CHARACTER = 7.5
const PADDING = 10
const LONGEST_LABEL = 40
/** The mark under the point has to fit in, on one side of it. */
const NARROWEST = 640

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c2430; background: #fff; }
  h1 { font-size: 1.2rem; }
  .scroll { overflow-x: auto; }
  text { font: 12.5px ui-monospace, monospace; fill: #1c2430; }
  .time, .row { stroke: #d9dee6; }
  .when { fill: #6b7686; }
  .bar { fill: #dbe9ff; stroke: #2f6bd0; stroke-width: 1.5; }
  .may .bar { fill: #f5f6f8; stroke: #98a2b1; stroke-dasharray: 4 3; }
  .may text { fill: #6b7686; }
  .stuck .bar { fill: #ffdfdc; stroke: #c4261b; }
  .point { stroke: #c4261b; stroke-width: 2; }
  .mark { fill: #c4261b; font-weight: bold; }`

interface Plan {
  readonly example: CounterExample
  readonly lanes: readonly Lane[]
  readonly moments: readonly Moment[]
  /** Of the names of clients, of the space between two moments, and of everything. */
  readonly left: number
  readonly unit: number
  readonly width: number
  readonly height: number
}

/** @returns a whole HTML document. */
export function counterExampleHtml(example: CounterExample): string {
  const title = escaped(headline(example))
  const sentences = explanation(example).map((line) => `<p>${escaped(line)}</p>`)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>${title}</h1>
<div class="scroll">
${drawing(planOf(example), title)}
</div>
${sentences.join('\n')}
</body>
</html>
`
}

function planOf(example: CounterExample): Plan {
  const lanes = lanesOf(example)
  const moments = momentsOf(example)
  const longest = (texts: readonly string[]): number => Math.max(...texts.map((text) => label(text).length))
  const left = longest(lanes.map(({ title }) => title)) * CHARACTER + 2 * PADDING
  // The shortest bar reaches from one moment to the next, and its words have to fit in.
  const unit = (longest(example.operations.map(textOf)) + 2) * CHARACTER + 2 * PADDING
  // Behind the last moment, those without an answer go on.
  const width = Math.max(NARROWEST, left + moments.length * unit + PADDING)
  return { example, lanes, moments, left, unit, width, height: lanes.length * ROW + AXIS }
}

function drawing(plan: Plan, title: string): string {
  const { lanes, width, height } = plan
  const stuck = plan.example.operations[plan.example.stuck.operation]!
  const rows = lanes.map((lane, row) => rowOf(plan, lane, row))
  const x = xOf(
    plan,
    plan.moments.findIndex((moment) => moment.operation === stuck && moment.isAnswer),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${title}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${plan.moments.map((moment, i) => timeLine(plan, moment, i)).join('\n')}
${rows.join('\n')}
<line class="point" x1="${x}" y1="0" x2="${x}" y2="${lanes.length * ROW}"/>
<text class="mark" x="${x}" y="${height - 4}" text-anchor="${x < width / 2 ? 'start' : 'end'}">✗ no order gets beyond this answer</text>
</svg>`
}

function xOf({ left, unit }: Plan, moment: number): number {
  return left + moment * unit
}

function timeLine(plan: Plan, { time }: Moment, i: number): string {
  const x = xOf(plan, i)
  const bottom = plan.lanes.length * ROW
  return `<line class="time" x1="${x}" y1="0" x2="${x}" y2="${bottom}"/><text class="when" x="${x}" y="${bottom + 16}" text-anchor="middle">${timeText(time)}</text>`
}

function rowOf(plan: Plan, { title, operations }: Lane, row: number): string {
  const y = row * ROW + ROW / 2
  return `<line class="row" x1="0" y1="${y}" x2="${plan.width}" y2="${y}"/>
<text x="${PADDING}" y="${y - 6}">${escaped(label(title))}</text>
${operations.map((operation) => barOf(plan, operation, y)).join('\n')}`
}

function barOf(plan: Plan, operation: CounterExampleOperation, y: number): string {
  const { moments, example, width } = plan
  const at = (isAnswer: boolean): number =>
    moments.findIndex((moment) => moment.operation === operation && moment.isAnswer === isAnswer)
  const x = xOf(plan, at(false))
  const end = operation.answeredAt === null ? width : xOf(plan, at(true))
  const isStuck = operation === example.operations[example.stuck.operation]
  const kind = isStuck ? 'stuck' : operation.contradicts ? 'contradicts' : 'may'
  const times = `${timeText(operation.calledAt)} to ${operation.answeredAt === null ? 'no answer' : timeText(operation.answeredAt)}`
  const hint = escaped(`${operation.client ?? ''} ${operation.text}, ${times}`.trim())
  return `<g class="${kind}"><title>${hint}</title><rect class="bar" x="${x}" y="${y - BAR / 2}" width="${end - x}" height="${BAR}" rx="5"/><text x="${x + PADDING}" y="${y + 4}">${escaped(label(textOf(operation)))}</text></g>`
}

function textOf({ text, contradicts }: CounterExampleOperation): string {
  return contradicts ? text : `(${text})`
}

function label(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 1)}…` : line
}

/** What a page can't hold as it is; control characters are no text at all. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
