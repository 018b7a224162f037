/** The programs of the READMEs, over a real broker, print what the READMEs say. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as contractsNode from '@rafted/contracts/node'
import * as transport from '@rafted/transport-nats'
import * as nats from 'nats'
import * as rafted from 'rafted-nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../mutants/runner/patch.ts'
import { NatsServer, withoutServer } from '../../src/nats-server.ts'

const modules: Record<string, object> = {
  '@rafted/contracts/node': contractsNode,
  '@rafted/transport-nats': transport,
  'rafted-nats': rafted,
  nats,
}
const directory = mkdtempSync(join(tmpdir(), 'readme-'))
let server: NatsServer

beforeAll(async () => {
  if (!withoutServer) server = await NatsServer.start()
})
afterAll(async () => {
  await server?.remove()
  rmSync(directory, { recursive: true })
})

test.skipIf(withoutServer).each(['transport-nats', 'rafted-nats'])('%s', async (name) => {
  const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
  const [, program, after] = /^```js\n(.*?)^```\n(.*)/ms.exec(readme) ?? []
  const promised = /It prints:\s+`([^`]+)`/.exec(after!)?.[1]
  // Its imports become parameters: the program runs against the sources.
  const imports = [...program!.matchAll(/^import \{(.*?)\} from '(.*?)'\n/gm)]
  const given = imports.flatMap(([, names, from]) =>
    names!
      .split(',')
      .map((text) => [text.trim(), (modules[from!] as Record<string, unknown>)[text.trim()]] as const),
  )
  const body = program!.replaceAll(/^import .*\n/gm, '').replaceAll('`data/', `\`${directory}/`)
  const lines: string[] = []
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  const run = new AsyncFunction(...given.map(([text]) => text), 'process', 'console', body)
  const surroundings = [
    { env: { NATS_URL: server.url } },
    { log: (line: unknown) => lines.push(String(line)) },
  ]
  await run(...given.map(([, value]) => value), ...surroundings)
  expect(lines).toEqual([promised])
})
