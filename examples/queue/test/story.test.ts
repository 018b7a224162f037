import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { fileThroughQueue } from '../src/file-through-queue.ts'

const directory = mkdtempSync(join(tmpdir(), 'queue-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Runs the program as `npm start -- FILE` does. */
function story(file: string): Promise<{ code: number | null; output: string[] }> {
  const program = fileURLToPath(new URL('../src/story.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', '-C', '@rafted/source', program, file])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, output: output.trim().split('\n') })),
  )
}

const text = (content: string): Buffer => Buffer.from(content, 'latin1')
const many = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('')

const inputs: [string, Buffer, number][] = [
  ['an empty file', text(''), 0],
  ['one line without an end', text('alone'), 1],
  ['two lines', text('a\nb\n'), 2],
  ['empty lines, some twice', text('\n\n\na\na\n\n'), 6],
  ['CR LF and lone CR', text('a\r\nb\r\n\r\rc\r'), 3],
  ['invalid UTF-8 and zeros', text('\xff\xfe\x80\n\0\0\n\xc3\x28\n\xed\xa0\x80'), 4],
  ['a line of 1 MB among short ones', text(`${many}${'x'.repeat(1_000_000)}\n${many}last`), 2002],
]

test.concurrent.each(inputs)(
  '%s comes out as it went in, though the leader is killed twice',
  async (_, bytes, lines) => {
    const said: string[] = []
    const report = await fileThroughQueue(bytes, (line) => said.push(line))
    expect(report).toEqual({ acknowledged: lines, lost: 0, duplicated: 0, difference: null })
    expect(said.filter((line) => line.includes('kill host-'))).toHaveLength(Math.min(lines, 2))
  },
  60_000,
)

test.concurrent('the program tells the story and ends with the account, exit code 0', async () => {
  const file = join(directory, 'lines.txt')
  writeFileSync(file, `${many}\r\n\xff`)
  const { code, output } = await story(file)
  expect(output.at(-1)).toBe('acknowledged 1002, lost 0, duplicated 0')
  expect(code).toBe(0)
  expect(output.join('\n')).toMatch(/Failover: \d+ ms/)
}, 60_000)

test.concurrent('a directory: exit code 1', async () => {
  const { code, output } = await story(directory)
  expect(code).toBe(1)
  expect(output).toEqual([expect.stringMatching(/can't be read: EISDIR/)])
}, 60_000)

test.concurrent('a file that is not there: exit code 1, and one line that says so', async () => {
  const { code, output } = await story(join(directory, 'absent'))
  expect(code).toBe(1)
  expect(output).toEqual([expect.stringMatching(/absent can't be read: ENOENT/)])
}, 60_000)
