/** The hosts of the chat: who they are and where they are dialled. The same for all of them, and for clients. */

export const cluster = 'chat'

/** HOSTS, `id=address` each, in place of those of this machine. */
const { HOSTS = 'a=127.0.0.1:7101,b=127.0.0.1:7102,c=127.0.0.1:7103' } = process.env

/** Address by id. The first host begins the directory. */
export const hosts: ReadonlyMap<string, string> = new Map(
  HOSTS.split(',').map((one): [string, string] => {
    const [id = '', address = ''] = one.split('=')
    return [id, address]
  }),
)
export const ids: readonly string[] = [...hosts.keys()]
