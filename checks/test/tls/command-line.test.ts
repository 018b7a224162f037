/** The command line with certificates: hosts and clients that are told of them by files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processTerminal, run } from '@rafted/cli'
import type { TlsCredentials } from '@rafted/transport-tcp'
import { expect, onTestFinished, test } from 'vitest'
import { freePorts } from '../../src/endure/free-ports.ts'
import { Authority } from './certificates.ts'

const directory = mkdtempSync(join(tmpdir(), 'command-line-'))

function filesOf(name: string, { key, cert, ca }: TlsCredentials): Record<string, string> {
  const paths = { KEY: `${name}.key`, CERT: `${name}.crt`, CA: `${name}.ca` }
  writeFileSync(join(directory, paths.KEY), key)
  writeFileSync(join(directory, paths.CERT), cert)
  writeFileSync(join(directory, paths.CA), String(ca))
  return Object.fromEntries(Object.entries(paths).map(([kind, path]) => [`RAFTED_TLS_${kind}`, path]))
}

/** Types a line. @param printed called with what it has printed so far. */
async function typed(
  line: string,
  environment: Record<string, string>,
  { signal = new AbortController().signal, printed = (_: string) => {} } = {},
) {
  let out = ''
  let said = ''
  const status = await run(line.split(' '), {
    ...processTerminal(),
    directory,
    environment: { RAFTED_CLUSTER: 'shop', ...environment },
    interrupted: () => signal,
    print: async (text) => {
      out += text
      printed(out)
    },
    say: (text) => {
      said += text
    },
  })
  return { status, out, said }
}

test('a host and its clients prove themselves by files; the name of a client is that of its certificate', async () => {
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const authority = new Authority('of the shop')
  const [port] = await freePorts(1)
  const at = `127.0.0.1:${port}`
  const end = new AbortController()
  const host = new Promise<void>((resolve) => {
    const running = typed(
      `start --id a --dir data/a --listen ${at} --log silent`,
      filesOf('a', authority.host('a')),
      {
        signal: end.signal,
        printed: () => resolve(),
      },
    )
    onTestFinished(async () => {
      end.abort('SIGTERM')
      expect((await running).status).toBe(0)
    })
  })
  await host
  const web = { RAFTED_AT: at, ...filesOf('web', authority.client('web')) }
  expect(await typed('init kv', web)).toMatchObject({ status: 0 })
  expect(await typed('put greeting hello', web)).toMatchObject({ status: 0 })
  expect(await typed('get greeting', web)).toMatchObject({ status: 0, out: 'hello\n' })
  const another = await typed('get greeting --name another --timeout 1s', web)
  expect(another).toMatchObject({ status: 2, out: '' })

  const stranger = { RAFTED_AT: at, ...filesOf('stranger', new Authority('of another').client('web')) }
  const refused = await typed('get greeting --timeout 1s', stranger)
  expect(refused).toMatchObject({ status: 2, out: '', said: expect.stringContaining('wrong-certificate') })
})
