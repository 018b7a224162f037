/** A NATS server on which everybody has just the rights of what they are. */
import { clientPermissions, hostPermissions } from '@rafted/transport-nats'
import { CLIENT, CLUSTER, HOSTS, PEER } from './knowledge.ts'

/** Users, each with its own name for a password. */
export function natsConfig(): string {
  const user = (name: string, permissions: object): string =>
    `{ user: ${JSON.stringify(name)}, password: ${JSON.stringify(name)}, permissions: ${JSON.stringify(permissions)} }`
  const users = [
    ...[...HOSTS, PEER].map((host) => user(host, hostPermissions({ cluster: CLUSTER, host }))),
    ...['caller', CLIENT].map((name) =>
      user(name, clientPermissions({ cluster: CLUSTER, ...(name === CLIENT ? { name } : {}) })),
    ),
  ]
  return `authorization { users = [\n${users.join('\n')}\n] }`
}
