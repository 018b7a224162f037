/** A placement as a table: a column for each host, a row for each group. */
import { styleText } from 'node:util'
import type { Placement } from './placement.ts'

const width = 4

/** @param down hosts whose process does not run. @param coloured for a terminal. */
export function tableOf(
  { hosts, groups }: Placement,
  down: ReadonlySet<string>,
  coloured: boolean,
): string[] {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    coloured ? styleText(style, text, { validateStream: false }) : text
  const columns = hosts.toSorted((x, y) => (x.id < y.id ? -1 : 1))
  const names = Math.max(5, ...groups.map(({ name }) => name.length))
  const head = columns.map(({ id, zone }, i) => {
    const gap = i > 0 && columns[i - 1]!.zone !== zone ? '  ' : ''
    const text = down.has(id) ? `(${id})` : ` ${id} `
    return gap + paint(down.has(id) ? 'red' : 'bold', text.padEnd(width + 1))
  })
  const rows = groups.map(({ name, hosts: at, coming, leader }) => {
    const cells = columns.map(({ id, zone }, i) => {
      const gap = i > 0 && columns[i - 1]!.zone !== zone ? '  ' : ''
      if (id === leader) return gap + paint(['bold', 'green'], ' L'.padEnd(width + 1))
      if (id === coming) return gap + paint('yellow', ' >'.padEnd(width + 1))
      if (at.includes(id)) return gap + paint(down.has(id) ? 'red' : 'green', ' m'.padEnd(width + 1))
      return gap + paint('dim', ' .'.padEnd(width + 1))
    })
    return `  ${name.padEnd(names)}  ${cells.join('')}`.trimEnd()
  })
  return [`  ${''.padEnd(names)}  ${head.join('')}`.trimEnd(), ...rows]
}
