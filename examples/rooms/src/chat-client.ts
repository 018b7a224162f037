/** The chat to those who take part in it: a client, which lives in no host. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type Client, isRaftedError } from 'rafted'
import { directory, directoryName, groupOf } from './directory.ts'
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
    await this.#patiently(end, (rest) =>
      this.#client.value(directoryName, directory).with({ timeoutMs: rest }).open(name),
    )
    // The hosts have read the name a moment after it stands in the directory.
    await this.#patiently(end, (rest) => visit.begin(rest))
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

  /** Asks again until the group is there. */
  async #patiently<T>(end: number, ask: (timeoutMs: number) => Promise<T>): Promise<T> {
    for (;;)
      try {
        return await ask(Math.max(1, end - performance.now()))
      } catch (error) {
        if (!isRaftedError(error, 'no-such-group') || performance.now() > end) throw error
        await setTimeout(20)
      }
  }
}
