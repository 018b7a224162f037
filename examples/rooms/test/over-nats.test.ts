/** With the one line of src/transport.ts changed, the same story is told over a NATS server. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { compile, ended } from './program.ts'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
/** Where changes are judged, it has to be there. */
const withoutServer =
  spawnSync('nats-server', ['--version']).error !== undefined && process.env.CI === undefined

beforeAll(compile, 120_000)

/** @returns where a server of its own listens, once it does. */
async function natsServer(): Promise<string> {
  const server: ChildProcess = spawn('nats-server', ['-a', '127.0.0.1', '-p', '-1'])
  onTestFinished(() => void server.kill('SIGKILL'))
  let said = ''
  for await (const text of server.stderr!) {
    said += text
    const [, address] = /Listening for client connections on (\S+:\d+)[\s\S]*Server is ready/.exec(said) ?? []
    if (address !== undefined) return address
  }
  throw new Error(`nats-server has ended: ${said}`)
}

/** What is compiled, with the line changed. */
function changed(): string {
  const copy = mkdtempSync(join(dist, '../node_modules/.over-nats-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  cpSync(dist, copy, { recursive: true })
  const line = readFileSync(join(copy, 'transport.js'), 'utf8')
  expect(line.match(/\.\/over-tcp/g)).toHaveLength(1)
  writeFileSync(join(copy, 'transport.js'), line.replace('./over-tcp', './over-nats'))
  return copy
}

test.skipIf(withoutServer)(
  'the rooms go on over NATS as they do over TCP',
  async () => {
    const env = { NATS_URL: await natsServer() }
    const { code, output } = await ended(join(changed(), 'story.js'), env)
    expect(output).toContain('Three processes: a at a, b at b, c at c\n')
    expect(output).toContain('said 455, lost 0, heard twice 0, the same order for all in 5 of 5 rooms\n')
    expect(code, output).toBe(0)
  },
  120_000,
)
