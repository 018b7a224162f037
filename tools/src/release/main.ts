// Publishes every package, or rehearses that: `npm run release`, `npm run release -- --dry-run`.

import { kilobytes } from '../sizes/page.ts'
import { emptyTally, formatTally } from '../tally.ts'
import { repositoryRoot } from '../workspaces.ts'
import { actIn, usage } from './act.ts'
import { makeVersions, publishVersions } from './changesets.ts'
import { type Check, check } from './checks.ts'
import { isReady } from './ready.ts'
import { type Rehearsal, rehearse } from './rehearse.ts'

const tally = emptyTally()

function tell({ name, problems }: Check): void {
  if (problems.length > 0) tally.failed++
  else tally.passed++
  process.stdout.write(`${problems.length > 0 ? '✗' : '✓'} ${name}\n`)
  for (const problem of problems) process.stdout.write(`    ${problem}\n`)
}

function show({ plan, packages }: Rehearsal): void {
  const rows = plan.releases.map(({ name, from, to }) => {
    const packed = packages.find(({ manifest }) => manifest.name === name)
    const content = packed
      ? `${packed.files.size} files, ${kilobytes(packed.tarball.byteLength)}`
      : 'not packed'
    return `  ${name.padEnd(26)} ${from === to ? to : `${from} → ${to}`}   ${content}\n`
  })
  process.stdout.write(
    `\nA release would publish, to the tag latest and with provenance:\n\n${rows.join('')}`,
  )
  process.stdout.write(
    '\nNothing was published, and nothing here was changed. Not asked: whether the registry has these versions, and who may publish.\n',
  )
}

const act = actIn(process.argv.slice(2), process.env)
if (act === null) {
  process.stderr.write(usage)
  process.exit(2)
}
if (act === 'rehearse') show(await rehearse(repositoryRoot, tell))
else if (act === 'version')
  tell(check('changesets become versions and change logs', await makeVersions(repositoryRoot)))
else if (await isReady(repositoryRoot, process.env, tell))
  tell(check('the registry has these versions', publishVersions(repositoryRoot)))

process.stdout.write(`\n${formatTally(tally)}\n`)
process.exitCode = tally.failed > 0 ? 1 : 0
