/** A host in a process of its own, which reads its certificate from files that may change. Says when it runs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineValue, openHost, type TlsCredentials } from 'rafted'

export const list = defineValue({
  init: () => [] as readonly string[],
  commands: { add: (items, item: string) => [items.length, [...items, item]] },
  queries: { all: (items) => items },
})

export interface Place {
  readonly id: string
  readonly listen: string
  /** Of the host's own files. */
  readonly dir: string
  /** As cert-manager and others write them: tls.key, tls.crt, ca.crt. */
  readonly certificates: string
  readonly join: readonly string[]
}

const [given] = process.argv.slice(2)
if (given !== undefined) {
  const { id, listen, dir, certificates, join: others } = JSON.parse(given) as Place
  const pem = (file: string): string => readFileSync(join(certificates, file), 'utf8')
  const tls = (): TlsCredentials => ({ key: pem('tls.key'), cert: pem('tls.crt'), ca: pem('ca.crt') })
  const host = await openHost({ id, cluster: 'shop', listen, dir, tls })
  await host.group('list', { machine: list, join: others, settings: { heartbeatMs: 50, electionMs: 500 } })
  process.stdout.write('runs\n')
}
