/** Options by which every command that talks to hosts is told where they are, and how it proves itself. */
import type { Call, Option } from '../command.ts'

/** Where a host listens that is told nothing else, and where it is looked for. */
export const DEFAULT_ADDRESS = '127.0.0.1:7000'
export const DEFAULT_CLUSTER = 'rafted'
/** The group that `rafted start` runs if it is told of none. */
export const DEFAULT_GROUP = 'kv'
/** What is asked of hosts may take so long, unless it is said. */
export const DEFAULT_TIMEOUT_MS = 10_000

/** How hosts and clients of a cluster prove themselves. */
export const credentialOptions: readonly Option[] = [
  {
    name: 'cluster',
    value: 'NAME',
    variable: 'RAFTED_CLUSTER',
    text: `the name of the cluster; ${DEFAULT_CLUSTER} unless it is said`,
    shared: true,
  },
  {
    name: 'secret-file',
    value: 'FILE',
    variable: 'RAFTED_SECRET_FILE',
    completion: 'file',
    text: 'has the secret of the cluster; two lines while it is changed. Or RAFTED_SECRET is the secret itself',
    shared: true,
  },
  {
    name: 'tls-key',
    value: 'FILE',
    variable: 'RAFTED_TLS_KEY',
    completion: 'file',
    text: 'a private key, PEM',
    shared: true,
  },
  {
    name: 'tls-cert',
    value: 'FILE',
    variable: 'RAFTED_TLS_CERT',
    completion: 'file',
    text: 'its certificate',
    shared: true,
  },
  {
    name: 'tls-ca',
    value: 'FILE',
    variable: 'RAFTED_TLS_CA',
    completion: 'file',
    text: 'the authority of the cluster',
    shared: true,
  },
]

/** How a client reaches a cluster. */
export const connectionOptions: readonly Option[] = [
  {
    name: 'at',
    value: 'ADDRESSES',
    repeated: true,
    variable: 'RAFTED_AT',
    text: `hosts to ask, HOST:PORT, separated by commas: some of them, the others are found; ${DEFAULT_ADDRESS} unless it is said`,
    shared: true,
  },
  ...credentialOptions,
  {
    name: 'name',
    value: 'NAME',
    variable: 'RAFTED_NAME',
    text: 'of this client, for those who run the hosts. Default: as its certificate says, or drawn',
    shared: true,
  },
  {
    name: 'timeout',
    value: 'TIME',
    variable: 'RAFTED_TIMEOUT',
    text: 'what is asked may take so long, as 500ms or 30s; 10s unless it is said',
    shared: true,
  },
]

/** Of commands that use a group of one kind. */
export function groupOption(group: string, variable: string): Option {
  return { name: 'group', value: 'G', variable, text: `the group; ${group} unless it is said` }
}

/** @returns the addresses to ask, those of the default if none was given. */
export function addressesOf(call: Call): readonly string[] {
  const given = call
    .options('at')
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter(Boolean)
  return given.length === 0 ? [DEFAULT_ADDRESS] : given
}
