/** The example that `npm start` runs, its hosts as processes over a real broker: only the lines of the transport are others. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../../mutants/runner/patch.ts'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'

const example = join(root, 'examples/queue')

test.skipIf(withoutServer)(
  'a file goes through the queue, though the leader is killed twice',
  async () => {
    const server = await NatsServer.start()
    onTestFinished(() => server.remove())
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', example])
    const args = [join(example, 'dist/story.js'), '--nats', server.url, join(root, 'CONTRIBUTING.md')]
    const told = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n')
    expect(told[0]).toMatch(/^3 processes on NATS at /)
    expect(told.filter((line) => line.includes(', which leads, before command'))).toHaveLength(2)
    const lines = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').trimEnd().split('\n').length
    expect(told.at(-1)).toBe(`acknowledged ${lines}, lost 0, duplicated 0`)
  },
  120_000,
)

test('the program of a host over TCP and over NATS differ in the lines of the transport', () => {
  const linesOf = (name: string): string[] =>
    readFileSync(join(example, 'src', name), 'utf8')
      .replace(/^\/\*\*.*?\*\//s, '')
      .split('\n')
  const [tcp, nats] = [linesOf('host.ts'), linesOf('nats-host.ts')]
  const onlyIn = (lines: string[], others: string[]): string[] =>
    lines.filter((line) => !others.includes(line))
  for (const line of onlyIn(tcp, nats)) expect(line).toMatch(/from 'rafted'|LISTEN|listen/)
  for (const line of onlyIn(nats, tcp)) expect(line).toMatch(/from '(rafted-nats|nats)'|NATS_URL|nats\b/)
})
