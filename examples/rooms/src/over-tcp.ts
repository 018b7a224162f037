/** Hosts and clients over TCP. */
import { type Client, createClient, type Host, openHost } from 'rafted'
import { cluster, hosts } from './hosts.ts'

/** Where each host is reached, in the order of their ids. */
export const addresses: readonly string[] = [...hosts.values()]

export const openChatHost = (id: string, dir: string): Promise<Host> =>
  openHost({ id, cluster, listen: hosts.get(id) ?? '', dir })

export const openChatClient = (): Promise<Client> => createClient({ cluster, addresses })
