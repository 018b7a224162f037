// Writes the reports of the public interface, and says what has no docstring.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatProblem } from '../tidy/repository.ts'
import { repositoryRoot } from '../workspaces.ts'
import { pages } from './entry-points.ts'
import { currentReports, undocumented, writtenPages } from './pages.ts'

const listsFields = process.argv.includes('--fields')
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const reports = currentReports()
const before = writtenPages()
mkdirSync(join(repositoryRoot, pages), { recursive: true })
for (const { entry, text } of reports) {
  if (before.get(entry.page) !== text) {
    writeFileSync(join(repositoryRoot, entry.page), text)
    say(`wrote ${entry.page}`)
  }
  before.delete(entry.page)
}
for (const path of before.keys()) {
  rmSync(join(repositoryRoot, path))
  say(`removed ${path}`)
}

const fields = reports.flatMap(({ missing }) => missing.filter(({ isField }) => isField))
if (listsFields) for (const { path, name } of fields) say(`${path}: ${name} is a field without a docstring`)
const problems = undocumented(reports)
for (const problem of problems) say(formatProblem(problem))
say(
  `${reports.length} entry points, ${problems.length} docstrings missing; ${fields.length} fields without (--fields)`,
)
process.exitCode = problems.length > 0 ? 1 : 0
