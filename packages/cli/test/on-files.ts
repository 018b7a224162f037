/** Directories on the disk for a test, gone when it ends. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { makeSample } from './sample.ts'

export function emptyDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rafted-cli-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** @returns where the sample is `data/a`. */
export async function withSample(): Promise<string> {
  const directory = emptyDirectory()
  await makeSample(join(directory, 'data/a'))
  return directory
}

export const LOG = 'data/a/log/0000000000000001.log'

/** Everything of the files in a directory that could change: names, content, and when it was written. */
export function contentOf(directory: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const { mtimeNs, size, mode } = statSync(path, { bigint: true })
    const hash = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
    found[path] = `${mtimeNs} ${size} ${mode} ${hash}`
  }
  return found
}
