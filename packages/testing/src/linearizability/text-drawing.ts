/** A counter-example for a terminal: time runs down, each client has a column. */
import type { CounterExample, CounterExampleOperation } from './counter-example.ts'
import { explanation, headline } from './explanation.ts'
import { type Lane, lanesOf, type Moment, momentsOf, timeText } from './lanes.ts'

const WIDEST_COLUMN = 48

/** @returns several lines, the last without an end of line. The answer that no order explains is marked with ✗. */
export function counterExampleText(example: CounterExample): string {
  const lanes = lanesOf(example)
  const moments = momentsOf(example)
  const times = ['time', ...moments.map(({ time }) => timeText(time))]
  const timeWidth = Math.max(...times.map(({ length }) => length))
  const columns = lanes.map((lane) => columnOf(lane, moments, example))
  const rows = times.map((time, row) => {
    const cells = columns.map((column) => column[row]!)
    return `  ${time.padStart(timeWidth)}  ${cells.join('  ')}`.trimEnd()
  })
  return [headline(example), '', ...rows, '', ...explanation(example)].join('\n')
}

function columnOf(lane: Lane, moments: readonly Moment[], example: CounterExample): string[] {
  const stuck = example.operations[example.stuck.operation]!
  const cells = [lane.title]
  let current: CounterExampleOperation | null = null
  for (const { operation, isAnswer } of moments) {
    const isOwn = lane.operations.includes(operation)
    if (isOwn && !isAnswer) {
      current = operation
      cells.push(`┌ ${operation.contradicts ? operation.text : `(${operation.text})`}`)
    } else if (isOwn) {
      current = null
      cells.push(operation === stuck ? '└ ✗' : '└')
    } else cells.push(current === null ? '' : current.contradicts ? '│' : '┆')
  }
  const width = Math.min(WIDEST_COLUMN, Math.max(...cells.map(({ length }) => length)))
  return cells.map((cell) => fitted(cell, width))
}

/** On one line, whatever the model's words are. */
function fitted(cell: string, width: number): string {
  const line = cell.replaceAll(/\s+/g, ' ')
  return (line.length > width ? `${line.slice(0, width - 1)}…` : line).padEnd(width)
}
