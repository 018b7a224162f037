/** `rafted` as a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { withSample } from './on-files.ts'
import { command, entriesOf, openStorage, write } from './sample.ts'

const program = fileURLToPath(new URL('../src/rafted.ts', import.meta.url))
const node = ['--import', import.meta.resolve('tsx'), '-C', '@rafted/source', program]

/** @param reads how many chunks of what it prints are read, before nobody reads any more. */
async function ran(directory: string, line: string, reads = Number.POSITIVE_INFINITY) {
  const child = spawn(process.execPath, [...node, ...line.split(' ')], { cwd: directory })
  const ended = once(child, 'close')
  let out = ''
  let said = ''
  let left = reads
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  child.stdout.on('data', (chunk) => {
    out += chunk
    if (--left === 0) child.stdout.destroy()
  })
  const [status] = await ended
  return { status, out, said }
}

test('prints, says, and ends with the status', async () => {
  const directory = await withSample()
  const verified = await ran(directory, 'verify data/a')
  expect(verified).toEqual({ status: 0, out: 'host a is fine: 2 files and 2 groups\n', said: '' })
  const { status, out, said } = await ran(directory, 'verify data/b')
  expect({ status, out }).toEqual({ status: 2, out: '' })
  expect(said).toContain('There is no directory')
})

test('ends without a word when nobody reads any more', async () => {
  const directory = await withSample()
  const { logs, snapshots } = await openStorage(join(directory, 'data/a'))
  const many = Array.from({ length: 3000 }, (_, i) => command(i + 1, 'x'.repeat(100)))
  await logs.write([{ group: 'audit', write: write({ entries: entriesOf(2, many) }) }])
  await Promise.all([logs.close(), snapshots.close()])
  expect(await ran(directory, 'dump data/a --group audit', 1)).toMatchObject({ status: 0, said: '' })
})
