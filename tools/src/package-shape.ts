// Asks of every published package, packed as a registry would be given it, what a user would meet.

import { packAll } from './packed/packed-package.ts'
import { shapesOf } from './packed/shape.ts'
import { sizeProblems } from './sizes/drift.ts'
import { emptyTally, formatTally } from './tally.ts'
import { repositoryRoot } from './workspaces.ts'

const packages = await packAll(repositoryRoot)
const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]))
const shapes = await shapesOf(repositoryRoot, packages, { versions, isRelease: false })
shapes.push({ name: 'docs/sizes.md', problems: await sizeProblems(repositoryRoot, packages) })

const tally = emptyTally()
for (const { name, problems } of shapes) {
  for (const problem of problems) process.stdout.write(`${name}: ${problem}\n`)
  if (problems.length > 0) tally.failed++
  else tally.passed++
}
process.stdout.write(`${formatTally(tally)}\n`)
process.exitCode = tally.failed > 0 ? 1 : 0
