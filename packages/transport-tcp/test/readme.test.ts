import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { realClock, realRandom } from '@rafted/contracts/node'
import { expect, test } from 'vitest'
import { tcpTransport } from '../src/index.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')

test.each([undefined, 'a secret of the cluster'])(
  'the program of the README prints what the README says',
  async (secret) => {
    const [, program, after] = /^```js\n(.*?)^```\n(.*)/ms.exec(readme) ?? []
    const promised = /It prints:\s+`([^`]+)`/.exec(after!)?.[1]
    // Its imports become parameters: the program runs against the sources.
    const imports = [...program!.matchAll(/^import (\{.*?\}) from '(.*?)'\n/gm)]
    expect(imports.map(([, names, from]) => `${names} ${from}`)).toEqual([
      '{ realClock, realRandom } @rafted/contracts/node',
      '{ tcpTransport } @rafted/transport-tcp',
    ])
    const body = program!.replaceAll(/^import .*\n/gm, '')
    const lines: string[] = []
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
    const run = new AsyncFunction('realClock', 'realRandom', 'tcpTransport', 'process', 'console', body)
    await run(
      realClock,
      realRandom,
      tcpTransport,
      { env: { RAFTED_SECRET: secret } },
      { log: (line: string) => lines.push(line) },
    )
    expect(lines).toEqual([promised])
  },
)
