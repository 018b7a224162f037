/** Clients that are connected. They listen nowhere: what is for them goes over the connections that they have dialled. */
import type { Lane } from '@rafted/contracts'
import type { Connection } from './connection.ts'
import type { Remote } from './handshake.ts'

class Client {
  readonly key: string
  readonly reply: string
  readonly connections: Connection[] = []

  constructor(key: string, reply: string) {
    this.key = key
    this.reply = reply
  }
}

export class Clients {
  readonly #byKey = new Map<string, Client>()
  readonly #byReply = new Map<string, Client>()
  #count = 0

  /** @returns where answers to this client go: the same for all its connections while it has one. */
  replyTo(remote: Remote): string {
    const key = keyOf(remote)
    let client = this.#byKey.get(key)
    if (client === undefined) {
      this.#count += 1
      client = new Client(key, `client#${this.#count}`)
      this.#byKey.set(key, client)
      this.#byReply.set(client.reply, client)
    }
    return client.reply
  }

  attach(connection: Connection): void {
    this.#byReply.get(connection.sender.reply)?.connections.push(connection)
  }

  detach(connection: Connection): void {
    const client = this.#byReply.get(connection.sender.reply)
    if (client === undefined) return
    const at = client.connections.indexOf(connection)
    if (at !== -1) client.connections.splice(at, 1)
    if (client.connections.length > 0) return
    this.#byKey.delete(client.key)
    this.#byReply.delete(client.reply)
  }

  /** @returns null if `address` is none of a client; else whether the batch was taken. */
  send(address: string, batch: Uint8Array, lane: Lane): boolean | null {
    const client = this.#byReply.get(address)
    if (client === undefined) return null
    // A client that has dialled on one lane only is answered there.
    const connection =
      client.connections.findLast(({ remote }) => remote.lane === lane) ?? client.connections.at(-1)
    return connection?.send(batch) ?? false
  }
}

function keyOf({ instance, name }: Remote): string {
  return `${instance} ${name}`
}
