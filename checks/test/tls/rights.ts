/** What a host in a worker imports: who may do what, and the credentials of host `a`, from where its test has put them. */
import { readFileSync } from 'node:fs'
import type { Authorise, TlsCredentials } from 'rafted'

export const onlyReaders: Authorise = (_, group, right) =>
  group === 'list' && (right === 'query' || right === 'locate')

export function tlsOfA(): TlsCredentials {
  return JSON.parse(readFileSync(process.env.RAFTED_TEST_CREDENTIALS!, 'utf8')) as TlsCredentials
}

export { list } from './host-process.ts'
