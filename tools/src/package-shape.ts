// Asks of every published package what a consumer would meet: does each export resolve, with its types?

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { emptyTally, formatTally } from './tally.ts'
import { listWorkspaces, repositoryRoot } from './workspaces.ts'

const tally = emptyTally()
for (const { directory, manifest } of listWorkspaces()) {
  if (manifest.private) continue
  const pkgDir = join(repositoryRoot, directory)
  const { messages } = await publint({ pkgDir, strict: true, pack: 'pnpm' })
  const pkg = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8')) as Record<string, unknown>
  for (const message of messages) process.stdout.write(`${manifest.name}: ${formatMessage(message, pkg)}\n`)
  if (messages.length > 0) tally.failed++
  else tally.passed++
}
process.stdout.write(`${formatTally(tally)}\n`)
process.exitCode = tally.failed > 0 ? 1 : 0
