/** What things cost as work grows: figures, a table of each, and a picture. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartSvg } from '../chart.ts'
import { describeMachine, type MachineDescription, machineText } from '../machine.ts'
import { markdownTable } from '../tables.ts'
import { growthOfCommands } from './commands.ts'
import type { Growth, GrowthBench } from './growth.ts'
import { growthOfMembers } from './members.ts'
import { growthOfPayloads } from './payloads.ts'
import { growthOfRecovery } from './recovery.ts'
import { growthOfSessions } from './sessions.ts'
import { growthOfValues } from './values.ts'

const parts: Readonly<Record<string, (bench: GrowthBench) => Promise<Growth | Growth[]>>> = {
  commands: growthOfCommands,
  sessions: growthOfSessions,
  members: growthOfMembers,
  payloads: growthOfPayloads,
  values: growthOfValues,
  recovery: growthOfRecovery,
}

export interface GrowthResult {
  readonly machine: MachineDescription
  readonly growths: readonly Growth[]
}

/** Rows of a table at most: of samples over time there are more, and the picture has them all. */
const MOST_ROWS = 12

/**
 * @param only parts whose names contain one of these; all if there are none.
 * @param images where pictures go, or null.
 */
export async function measureGrowth(
  bench: GrowthBench,
  only: readonly string[],
  images: string | null,
): Promise<GrowthResult> {
  const machine = describeMachine()
  const growths: Growth[] = []
  if (images !== null) mkdirSync(images, { recursive: true })
  for (const [name, measure] of Object.entries(parts)) {
    if (only.length > 0 && !only.some((part) => name.includes(part))) continue
    console.error(`growth: ${name}`)
    for (const growth of [await measure(bench)].flat()) {
      growths.push(growth)
      if (images !== null)
        writeFileSync(join(images, `performance-${growth.name}.svg`), chartSvg(growth.chart))
    }
  }
  return { machine, growths }
}

export function growthReport({ machine, growths }: GrowthResult): string {
  const sections = growths.map(({ chart, how }) => {
    const [first] = chart.lines
    const every = Math.ceil((first?.points.length ?? 0) / MOST_ROWS)
    const rows = first!.points.flatMap(({ x }, i) =>
      i % every === 0 || i === first!.points.length - 1
        ? [[shown(x), ...chart.lines.map(({ points }) => shown(points[i]!.y))]]
        : [],
    )
    const head = [chart.x.label, ...chart.lines.map(({ name }) => name)]
    return `${chart.title} (${chart.y.label})\n\n${markdownTable(head, rows)}\n\n${how}`
  })
  return `Measured ${machineText(machine)}.\n\n${sections.join('\n\n')}\n`
}

function shown(value: number): string {
  return value.toLocaleString(
    'en-US',
    value < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 },
  )
}
