/** Somebody in a room: what they hear there, what they say, and that they are still there. */
import { type Client, isRaftedError, type ValueHandle } from 'rafted'
import { type Guest, type Message, room } from './room.ts'

/** A message; or that messages from here on are missing, since the room has forgotten them. */
export type Heard = Message | { readonly forgotten: true }

export class Visit {
  readonly #guest: Guest
  readonly #room: ValueHandle<typeof room>
  readonly #left = new AbortController()
  /** The same, for what ends when they leave. */
  readonly #hearing: ValueHandle<typeof room>
  #staying: NodeJS.Timeout | undefined

  constructor(client: Client, group: string, guest: Guest) {
    this.#guest = guest
    this.#room = client.value(group, room)
    this.#hearing = this.#room.with({ signal: this.#left.signal })
  }

  /** Comes in, and from then on says again and again that they are there. Called once, before all else. */
  async begin(timeoutMs: number): Promise<void> {
    await this.#room.with({ timeoutMs }).enter(this.#guest)
    this.#staying = setInterval(() => this.#stay(), this.#guest.leaseMs / 3)
    // This alone is no reason for a process to go on.
    this.#staying.unref()
  }

  /** @returns the index of the message, once it is on the disks of a majority. Messages are in the order of the calls. */
  say(text: string): Promise<number> {
    return this.#room.say(this.#guest, text, Date.now())
  }

  /**
   * Each message once, in the order in which all hear them: those that the room remembers, then those that are said. Ends when they leave, or the client is closed.
   * @param from the index to begin with, in place of what the room remembers: that of the last message heard before, plus one.
   */
  heard(from?: number): AsyncGenerator<Heard, void> {
    return untilOver(this.#heard(from))
  }

  /** Who is in the room, and again whenever that is another. Ends when they leave, or the client is closed. */
  present(): AsyncGenerator<readonly string[], void> {
    return untilOver(this.#hearing.watchQuery('present'))
  }

  /** Leaves the room, for all to see. */
  async leave(): Promise<void> {
    clearInterval(this.#staying)
    this.#left.abort()
    await this.#room.leave(this.#guest)
  }

  async *#heard(from: number | undefined): AsyncGenerator<Heard, void> {
    let next = from ?? 1
    if (from === undefined) {
      const { messages } = await this.#hearing.history()
      yield* messages
      next = (messages.at(-1)?.index ?? 0) + 1
    }
    for await (const event of this.#hearing.watch({ from: next })) {
      if (event.kind === 'change') {
        const { index, command } = event
        if (command[0] === 'say') {
          const [, { who }, text, sentAt] = command
          yield { index, who, text, sentAt }
        }
      } else {
        // The log begins later: what the room remembers takes the place of what was before.
        const { messages, forgottenTo } = event.queries.history()
        if (forgottenTo >= next) yield { forgotten: true }
        yield* messages.filter(({ index }) => index >= next)
      }
      next = event.index + 1
    }
  }

  /** What fails is tried again in a third of the lease; a name that somebody else has taken meanwhile is told to the next `say`. */
  #stay(): void {
    this.#room
      .with({ timeoutMs: this.#guest.leaseMs })
      .enter(this.#guest)
      .catch(() => {})
  }
}

/** That they left, or that the client was closed, is an end like another. */
async function* untilOver<T>(events: AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* events
  } catch (error) {
    if (!isRaftedError(error, 'aborted') && !isRaftedError(error, 'closed')) throw error
  }
}
