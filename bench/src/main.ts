/** `npm run bench`: measures every suite and prints a table. See bench/README.md. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { account } from './account.ts'
import { measureClients } from './clients/measure-clients.ts'
import { compare, compareReport } from './compare/compare.ts'
import { measureDiskWays } from './disk-ways/measure-disk-ways.ts'
import { failoverReport, measureFailover } from './failover/measure-failover.ts'
import { files1p } from './files-1p.ts'
import { files3p } from './files-3p.ts'
import { measureFleet } from './fleet/measure-fleet.ts'
import { memberBytes } from './fleet/member-memory.ts'
import { floor } from './floor.ts'
import type { GrowthBench } from './growth/growth.ts'
import { growthReport, measureGrowth } from './growth/measure-growth.ts'
import { least3p } from './least/least.ts'
import { bare3p } from './limits.ts'
import type { Durations } from './measure.ts'
import { memory1p } from './memory-1p.ts'
import { measurePeers } from './peers/measure-peers.ts'
import { peersReport } from './peers/report.ts'
import { plain3p } from './plain.ts'
import { topTen } from './profile.ts'
import { asLine, heading, type Row } from './row.ts'
import { runLoads } from './run.ts'
import { measureSnapshots } from './snapshots/measure-snapshots.ts'
import { asText, type Figure } from './storage/figure.ts'
import { measureStorage } from './storage/measure-storage.ts'
import { type Load, loadsOf, type Suite } from './suite.ts'

const suites: readonly Suite[] = [memory1p, files1p, bare3p, plain3p, least3p, files3p]

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'boolean', default: false },
    account: { type: 'boolean', default: false },
    storage: { type: 'boolean', default: false },
    snapshots: { type: 'boolean', default: false },
    suite: { type: 'string' },
    mib: { type: 'string' },
    groups: { type: 'string' },
    item: { type: 'string', default: '16384' },
    concurrency: { type: 'string' },
    peers: { type: 'boolean', default: false },
    compare: { type: 'string' },
    failover: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
    images: { type: 'string' },
    commands: { type: 'string' },
    clients: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    markdown: { type: 'string' },
  },
})

const concurrency = Number(values.concurrency ?? (values.clients === undefined ? 256 : 128))
const durations: Durations = values.quick
  ? { warmUpMs: 500, measureMs: 350 }
  : { warmUpMs: 4000, measureMs: 3000 }
/** Until the engine has compiled all of a system of this size, and knows what to expect: rates go up for so long. */
const warm: Durations = values.quick ? durations : { ...durations, warmUpMs: 10_000 }

if (values.profile) await profile()
else if (values.account) await accounts()
else if (values.storage) save(await measureStorage(values.quick))
else if (values.clients !== undefined) save(await measureManyClients(Number(values.clients)))
else if (values.snapshots)
  save(
    await measureSnapshots({
      mib: Number(values.mib ?? (values.quick ? 64 : 1024)),
      itemBytes: Number(values.item),
      linkMibPerSecond: 20,
    }),
  )
else if (values.suite === 'fleet') {
  const groups = Number(values.groups ?? (values.quick ? 1000 : 10_000))
  const [idleMs, loadMs] = values.quick ? [4000, 1000] : [60_000, 5000]
  save(await measureFleet({ groups, busy: Math.min(1000, groups / 2), idleMs, loadMs }))
} else if (values.suite === 'members') save(await weighMembers(Number(values.groups ?? 1000)))
else if (values.suite === 'disk') save(await measureDiskWays(Number(values.rounds), durations))
else if (values.compare !== undefined) {
  const { compare: base, only } = values
  const result = await compare({ base, rounds: Number(values.rounds), durations, only })
  report(compareReport(result), result)
} else if (values.growth) {
  const images = values.images ?? null
  const result = await measureGrowth(growthBench(), values.only?.split(',') ?? [], images)
  report(growthReport(result), result)
} else if (values.failover) {
  const times = values.quick ? { kills: 3, silences: 2, runs: 1 } : { kills: 20, silences: 20, runs: 5 }
  const result = await measureFailover({ ...times, windowMs: values.quick ? 1500 : 4000, durations })
  report(failoverReport(result), result)
} else if (values.peers) {
  const only = values.only?.split(',') ?? []
  // Whoever has 1024 under way may take longer for one than a short row lasts.
  const long = { warmUpMs: durations.warmUpMs / 2, measureMs: Math.max(1000, durations.measureMs) }
  const result = await measurePeers({ rounds: Number(values.rounds), durations: long, only })
  report(peersReport(result), result)
} else save(await measure())

/** As text to whoever looks, and into the files that were named. */
function report(markdown: string, figures: unknown): void {
  console.log(markdown)
  if (values.markdown !== undefined) writeFileSync(values.markdown, markdown)
  save(figures)
}

function save(figures: unknown): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
}

function growthBench(): GrowthBench {
  const { quick, commands, mib } = values
  const mostMib = Number(mib ?? (quick ? 16 : 256))
  return {
    commands: Number(commands ?? (quick ? 10_000 : 1_000_000)),
    sessions: quick ? [1, 100] : [1, 10, 100, 1000, 10_000],
    members: quick ? [3, 5] : [3, 4, 5, 6, 7],
    valueMib: [1, 4, 16, 64, 256, 1024].filter((size) => size <= mostMib),
    payloads: quick ? [16, 4096] : [16, 256, 4096, 65_536, 2 ** 20],
    entries: quick ? 10_000 : 1_000_000,
    measureMs: quick ? 300 : 3000,
  }
}

async function measure(): Promise<readonly Row[]> {
  const rows: Row[] = []
  console.log(heading)
  const onRow = (row: Row): void => {
    rows.push(row)
    console.log(asLine(row))
  }
  const wanted = (suite: Suite, load: Load): boolean =>
    values.only === undefined || nameOf(suite, load).includes(values.only)
  for (const suite of suites) {
    const loads = loadsOf(suite).filter((load) => wanted(suite, load))
    if (suite.onDisk && loads.length > 0) await floor(durations, onRow)
    await runLoads(suite, loads, warm, onRow)
  }
  return rows
}

/** What `--only` is looked for in. */
function nameOf({ config }: Suite, { op, size, concurrency }: Load): string {
  return `${config} ${op} ${size} ${concurrency}.`
}

/** Of those whose members and callers share this process. */
async function accounts(): Promise<void> {
  for (const suite of [memory1p, files1p]) {
    console.log(
      `${suite.config}, commands of 16 bytes, ${concurrency} under way: µs of the processor per command`,
    )
    for (const { stage, us } of await account(suite, concurrency, durations))
      console.log(`${us.toFixed(2).padStart(6)}  ${stage}`)
  }
}

async function weighMembers(groups: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const kept of ['files', 'memory'] as const) {
    const value = (await memberBytes(kept, groups)) / 1024
    figures.push({
      what: `${groups} idle groups on three hosts, ${kept}: memory per member`,
      value,
      unit: 'KiB',
    })
    console.log(asText(figures.at(-1)!))
  }
  return figures
}

async function measureManyClients(clients: number): Promise<Row[]> {
  const rows: Row[] = []
  console.log(heading)
  for (const size of [16, 1024]) {
    rows.push(await measureClients({ clients, concurrency, size, durations }))
    console.log(asLine(rows.at(-1)!))
  }
  return rows
}

async function profile(): Promise<void> {
  for (const suite of suites.filter(({ system }) => system === 'rafted')) {
    console.log(`${suite.config}, commands of 16 bytes, ${concurrency} under way: self time`)
    for (const { self, name, place } of await topTen(suite, concurrency, durations))
      console.log(`${(self * 100).toFixed(1).padStart(5)} %  ${name}  ${place}`)
  }
}
