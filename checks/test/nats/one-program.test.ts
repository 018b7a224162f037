/** The program of the front page over memory, TCP and NATS: only the lines that open hosts are others. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as rafted from 'rafted'
import * as raftedMemory from 'rafted-memory'
import * as raftedNats from 'rafted-nats'
import { afterAll, expect, test } from 'vitest'
import { root } from '../../mutants/runner/patch.ts'
import { freePorts } from '../../src/endure/free-ports.ts'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'rafted-program-'))
afterAll(() => rmSync(directory, { recursive: true }))

const IMPORT = "import { defineValue, openHosts } from 'rafted-memory'\n"
const OPENING = "const [a, b, c] = await openHosts('a', 'b', 'c')\n"
const JOINING = "join: ['a']"

/** What the page shows, as JavaScript, without its import and with other words for opening hosts and for where they are. */
function programWith(opening: string, joining: string): string {
  const [, shown] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))!
  for (const line of [IMPORT, OPENING, JOINING]) expect(shown!.split(line)).toHaveLength(2)
  const types = [' as readonly string[]', ': string']
  const program = shown!.replace(IMPORT, '').replace(OPENING, opening).replace(JOINING, joining)
  return types.reduce((text, type) => text.replaceAll(type, ''), program)
}

/** @returns what it prints. Hosts are closed behind it. */
async function run(program: string, given: Readonly<Record<string, unknown>>): Promise<string[]> {
  const lines: string[] = []
  const console = { log: (line: unknown) => lines.push(String(line)) }
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  const body = `${program}\nawait Promise.all([a, b, c].map((host) => host.close()))`
  const all = { ...given, console }
  await new AsyncFunction(...Object.keys(all), body)(...Object.values(all))
  return lines
}

const opened = 'const [a, b, c] = await Promise.all(["a", "b", "c"].map(open))\n'

test('over memory, as it stands there', async () => {
  const { defineValue, openHosts } = raftedMemory
  expect(await run(programWith(OPENING, JOINING), { defineValue, openHosts })).toEqual(['1'])
})

test('over TCP', async () => {
  const ports = await freePorts(3)
  const addresses = Object.fromEntries(['a', 'b', 'c'].map((id, i) => [id, `127.0.0.1:${ports[i]}`]))
  const open = (id: string): Promise<rafted.Host> =>
    rafted.openHost({ id, cluster: 'shop', dir: join(directory, `tcp ${id}`), listen: addresses[id]! })
  const given = { defineValue: rafted.defineValue, open, addresses }
  expect(await run(programWith(opened, 'join: [addresses.a]'), given)).toEqual(['1'])
})

test.skipIf(withoutServer)('over NATS', async () => {
  const server = await NatsServer.start()
  const open = async (id: string): Promise<raftedNats.Host> => {
    const dir = join(directory, `nats ${id}`)
    return raftedNats.openHost({ id, cluster: 'shop', dir, nats: await server.connect() })
  }
  try {
    expect(await run(programWith(opened, JOINING), { defineValue: raftedNats.defineValue, open })).toEqual([
      '1',
    ])
  } finally {
    await server.remove()
  }
})
