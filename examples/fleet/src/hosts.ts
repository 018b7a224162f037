/** The hosts of the fleet: who they are, in which zone, and where they are dialled. The same for all of them. */

export const cluster = 'shops'

/** HOSTS, `id=address` each, in place of those of this machine. */
const { HOSTS = 'a1=127.0.0.1:7201,b1=127.0.0.1:7202,c1=127.0.0.1:7203' } = process.env

/** Address by id. Some of the hosts will do: whoever joins learns of the others. */
export const addresses: ReadonlyMap<string, string> = new Map(
  HOSTS.split(',').map((one): [string, string] => {
    const [id = '', address = ''] = one.split('=')
    return [id, address]
  }),
)

/** What fails together: a rack, a data centre. Here the first letter of a host's id names it. */
export const zoneOf = (id: string): string => id.slice(0, 1)
