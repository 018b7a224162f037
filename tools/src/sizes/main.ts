// Writes docs/sizes.md: what is installed with each package, and what the core weighs in one file.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../packed/compile.ts'
import { packAll } from '../packed/packed-package.ts'
import { repositoryRoot } from '../workspaces.ts'
import { measureSizes } from './measure.ts'
import { pageOf, sizesPage } from './page.ts'

const complaints = await compile(repositoryRoot)
if (complaints.length > 0) {
  process.stderr.write(`${complaints.join('\n')}\n`)
  process.exit(1)
}
const sizes = await measureSizes(repositoryRoot, await packAll(repositoryRoot))
writeFileSync(join(repositoryRoot, sizesPage), pageOf(sizes))
process.stdout.write(`wrote ${sizesPage}: ${sizes.installs.length} packages\n`)
