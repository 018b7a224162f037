/** The chat to those who take part in it: a client, which lives in no host. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type Client, isRaftedError } from 'rafted'
import { directory, directoryName, groupOf } from './directory.ts'
import { ids } from './hosts.ts'
import { openChatClient } from './transport.ts'
import { Visit } from './visit.ts'

export interface EnterOptions {
  /** Who was not heard for so long is no longer in the room, milliseconds, 1000 to 60,000. Default 15,000. */
  readonly leaseMs?: number
  /** How long to wait for the hosts, and for a room to be made, milliseconds. Default 30,000. */
  readonly timeoutMs?: number
}

export class Chat {
  readonly #client: Client

  static async open(): Promise<Chat> {
    return new Chat(await openChatClient())
  }

  private constructor(client: Client) {
    this.#client = client
  }

  /** The names of all rooms. */
  async rooms(): Promise<readonly string[]> {
    return this.#client.value(directoryName, directory).all()
  }

  /**
   * Comes into a room, which is made if there is none of this name.
   * @throws {RaftedError} `command-error` whose `details.reason` is `name-taken`, `bad-name` or another of the refusals in room.ts and directory.ts.
   */
  async enter(name: string, who: string, options: EnterOptions = {}): Promise<Visit> {
    const { leaseMs = 15_000, timeoutMs = 30_000 } = options
    const guest = { who, seat: randomUUID(), leaseMs }
    const visit = new Visit(this.#client, groupOf(name), guest)
    const end = performance.now() + timeoutMs
    await this.#complete(directoryName, end)
    await this.#client
      .value(directoryName, directory)
      .with({ timeoutMs: restOf(end) })
      .open(name)
    await this.#complete(groupOf(name), end)
    await visit.begin(restOf(end))
    return visit
  }

  /** Where the leader of a room is, or null if none is known now. */
  async leaderOf(name: string): Promise<string | null> {
    return (await this.#client.locate(groupOf(name))).leader
  }

  /** Ends what waits. Who has not left is in the room until the lease is over. */
  async close(): Promise<void> {
    await this.#client.close()
  }

  /**
   * Waits until the group is there, and all its members vote. Hosts read a name a moment after it stands in the directory; and a group is the one host that begins it until the
   * others have joined: who came in before that would lose the room with that host.
   */
  async #complete(group: string, end: number): Promise<void> {
    for (;;) {
      try {
        const status = await this.#client.status(group, { timeoutMs: restOf(end) })
        if (status?.configuration?.configuration.voters.length === ids.length) return
      } catch (error) {
        if (!isRaftedError(error, 'no-such-group')) throw error
      }
      if (performance.now() > end) throw new Error(`The hosts do not all hold "${group}" yet. Do they run?`)
      await setTimeout(20)
    }
  }
}

/** Milliseconds until then, as a time to wait. */
const restOf = (end: number): number => Math.max(1, end - performance.now())
