/** One participant's side of a talk: says lines, each when the one before has been acknowledged, and keeps what is heard. */
import { Chat } from './chat-client.ts'
import type { Message } from './room.ts'
import type { Visit } from './visit.ts'

export class Participant {
  readonly room: string
  readonly who: string
  /** In the order in which it came. */
  readonly heard: Message[] = []
  /** What was acknowledged. */
  readonly said: string[] = []
  #chat: Chat
  #visit: Visit
  #hearing: Promise<void>

  static async enter(room: string, who: string, leaseMs?: number): Promise<Participant> {
    const chat = await Chat.open()
    return new Participant(
      room,
      who,
      chat,
      await chat.enter(room, who, leaseMs === undefined ? {} : { leaseMs }),
    )
  }

  private constructor(room: string, who: string, chat: Chat, visit: Visit) {
    this.room = room
    this.who = who
    this.#chat = chat
    this.#visit = visit
    this.#hearing = this.#hear()
  }

  get visit(): Visit {
    return this.#visit
  }

  async say(text: string): Promise<void> {
    await this.#visit.say(text)
    this.said.push(text)
  }

  /** Leaves, and comes back with another client, which goes on behind the last message that was heard. */
  async comeBack(): Promise<void> {
    await this.leave()
    this.#chat = await Chat.open()
    this.#visit = await this.#chat.enter(this.room, this.who)
    this.#hearing = this.#hear((this.heard.at(-1)?.index ?? 0) + 1)
  }

  async leave(): Promise<void> {
    await this.#visit.leave()
    await this.vanish()
  }

  /** Is gone without a word, as a terminal that is closed. */
  async vanish(): Promise<void> {
    await this.#chat.close()
    await this.#hearing
  }

  async #hear(from?: number): Promise<void> {
    for await (const one of this.#visit.heard(from)) {
      if ('forgotten' in one) throw new Error(`${this.who} came too late for what was said in ${this.room}`)
      this.heard.push(one)
    }
  }
}
