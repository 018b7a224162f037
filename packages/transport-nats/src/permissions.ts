/** The rights that each host and each client needs on the server, and no more: with these nobody can publish in another's name. */
import { invalidArgument } from './refusal.ts'
import { absentSubject, batchSubject, hereSubject, whoSubject } from './subjects.ts'
import { isName } from './token.ts'

/** `permissions` of a user, in the words of the server's configuration. */
export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[] }
  readonly subscribe: { readonly allow: readonly string[] }
}

/** The rights of one host. @throws {RaftedError} `invalid-argument` */
export function hostPermissions({ cluster, host }: { cluster: string; host: string }): NatsPermissions {
  check('cluster', cluster)
  check('host', host)
  const self = { role: 'peer', name: host } as const
  const absent = `${absentSubject(cluster, self)}.>`
  return {
    // It answers on `absent` whoever asks whether its own name is taken, which is only itself.
    publish: {
      allow: [
        batchSubject(cluster, '*', { role: '*', name: null }, self),
        absent,
        whoSubject(cluster),
        hereSubject(cluster, null, host),
      ],
    },
    subscribe: {
      allow: [
        batchSubject(cluster, '*', self, { role: '*', name: null }),
        absent,
        whoSubject(cluster),
        hereSubject(cluster, null, null),
      ],
    },
  }
}

/**
 * The rights of a client that always has the same name, or of all clients together (without `name`): these can take each other's
 * names and read each other's answers, and can't take the name of a host.
 * @throws {RaftedError} `invalid-argument`
 */
export function clientPermissions({
  cluster,
  name,
}: {
  cluster: string
  name?: string | undefined
}): NatsPermissions {
  check('cluster', cluster)
  if (name !== undefined) check('name', name)
  const self = { role: 'client', name: name ?? null } as const
  const hosts = { role: 'peer', name: null } as const
  return {
    publish: { allow: [batchSubject(cluster, '*', hosts, self), whoSubject(cluster)] },
    subscribe: {
      allow: [
        batchSubject(cluster, '*', self, hosts),
        `${absentSubject(cluster, self)}.>`,
        hereSubject(cluster, null, null),
      ],
    },
  }
}

function check(what: string, name: string): void {
  if (!isName(name))
    throw invalidArgument(`The ${what} is ${JSON.stringify(name)}. Give a text of 1 to 255 bytes.`)
}
