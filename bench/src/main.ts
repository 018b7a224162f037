/** `npm run bench`: measures every suite and prints a table. See bench/README.md. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Durations } from './measure.ts'
import { memory1p } from './memory-1p.ts'
import { topTen } from './profile.ts'
import { asLine, heading, type Row } from './row.ts'
import { runSuite } from './run.ts'
import type { Load, Suite } from './suite.ts'

const suites: readonly Suite[] = [memory1p]

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '256' },
  },
})

const durations: Durations = values.quick
  ? { warmUpMs: 500, measureMs: 350 }
  : { warmUpMs: 1000, measureMs: 3000 }

if (values.profile) await profile()
else await measure()

async function measure(): Promise<void> {
  const rows: Row[] = []
  console.log(heading)
  for (const suite of suites)
    await runSuite(
      suite,
      durations,
      (row) => {
        rows.push(row)
        console.log(asLine(row))
      },
      (load) => values.only === undefined || nameOf(suite, load).includes(values.only),
    )
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
}

/** What `--only` is looked for in. */
function nameOf({ config }: Suite, { op, size, concurrency }: Load): string {
  return `${config} ${op} ${size} ${concurrency}.`
}

async function profile(): Promise<void> {
  for (const suite of suites) {
    console.log(`${suite.config}, commands of 16 bytes, ${values.concurrency} under way: self time`)
    for (const { self, name, place } of await topTen(suite, Number(values.concurrency), durations))
      console.log(`${(self * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`)
  }
}
