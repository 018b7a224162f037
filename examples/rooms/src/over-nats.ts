/** Hosts and clients over a NATS server: NATS_URL says where it is. */
import { connect, type NatsConnection } from 'nats'
import { type Client, createClient, type Host, openHost } from 'rafted-nats'
import { cluster, ids } from './hosts.ts'

/** Over NATS a host is reached by its id. */
export const addresses: readonly string[] = ids

const server = (): Promise<NatsConnection> =>
  connect({ servers: process.env.NATS_URL ?? '127.0.0.1:4222', maxReconnectAttempts: -1 })

export const openChatHost = async (id: string, dir: string): Promise<Host> =>
  openHost({ id, cluster, nats: await server(), dir })

export const openChatClient = async (): Promise<Client> =>
  createClient({ cluster, addresses, nats: await server() })
