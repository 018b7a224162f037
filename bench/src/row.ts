/** One line of the result. Every suite gives rows of this form. */
import type { Figures } from './measure.ts'
import type { Load } from './suite.ts'

export interface Row extends Omit<Load, 'op'>, Figures {
  /** A call of a system, or something that the machine does by itself. */
  readonly op: Load['op'] | 'fdatasync' | 'round-trip'
  readonly system: string
  readonly config: string
}

const columns = [
  'system',
  'config',
  'op',
  'read',
  'size',
  'concurrency',
  'ops_per_s',
  'p50_us',
  'p99_us',
] as const
const widths = [9, 12, 12, 7, 6, 12, 11, 9, 9]

export const heading = line(columns)

/** A row as a line of the table. */
export function asLine(row: Row): string {
  return line(columns.map((column) => format(row[column])))
}

function format(value: string | number | null): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : (value ?? '')
}

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => (i < 4 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('')
}
