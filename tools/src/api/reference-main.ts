// Writes the reference, for people to read, into the directory that is named: from the root, and all that was there before goes.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../workspaces.ts'
import { currentReference } from './pages.ts'

const [directory] = process.argv.slice(2)
if (directory === undefined) throw new Error('usage: reference-main.ts DIRECTORY')
const pages = currentReference(directory)
rmSync(join(repositoryRoot, directory), { recursive: true, force: true })
mkdirSync(join(repositoryRoot, directory), { recursive: true })
for (const { file, text } of pages) writeFileSync(join(repositoryRoot, directory, file), text)
process.stdout.write(`${directory}: ${pages.length} pages\n`)
