/** The story within one process: `npm start -- --memory`. */
import { beforeAll, expect, test } from 'vitest'
import { found } from '../src/cluster.ts'
import { fileThroughQueue } from '../src/file-through-queue.ts'
import { MemoryCluster } from '../src/memory-cluster.ts'
import { inputs, many, writeInput } from './inputs.ts'
import { compile, Program } from './program.ts'

beforeAll(compile, 120_000)

test.concurrent.each(inputs)(
  '%s comes out as it went in, though the leader is killed twice',
  async (_, bytes, lines) => {
    const cluster = new MemoryCluster('host-1', 'host-2', 'host-3')
    try {
      await found(cluster)
      const said: string[] = []
      const report = await fileThroughQueue(cluster, bytes, (line) => said.push(line))
      expect(report).toEqual({ acknowledged: lines, lost: 0, duplicated: 0, difference: null })
      expect(said.filter((line) => line.includes('kill host-'))).toHaveLength(Math.min(lines, 2))
    } finally {
      await cluster.close()
    }
  },
)

test.concurrent('the program tells the story and ends with the account, exit code 0', async () => {
  const program = new Program('--memory', writeInput(`${many}\r\n\xff`))
  expect(await program.ended()).toBe(0)
  expect(program.lines.at(-1)).toBe('acknowledged 1002, lost 0, duplicated 0')
  expect(program.lines.join('\n')).toMatch(/Failover: \d+ ms/)
  expect(program.hosts).toEqual([])
})

test.concurrent.each([
  ['a directory', ['/'], [/can't be read: EISDIR/]],
  ['a file that is not there', ['absent'], [/absent can't be read: ENOENT/]],
  ['two files', ['one', 'two'], [/One file/, /Usage: npm start/]],
  [
    'memory and NATS',
    ['--memory', '--nats', '127.0.0.1:4222'],
    [/Either in memory or over NATS/, /Usage: npm start/],
  ],
  ['an option that there is not', ['--disk'], [/--disk/, /Usage: npm start/]],
])('%s: exit code 1, and it says why before anything is started', async (_, args, said) => {
  const program = new Program(...args)
  expect(await program.ended()).toBe(1)
  expect(program.lines).toEqual(said.map((line) => expect.stringMatching(line)))
})
