/** Where members are reached: at the address the configuration names, else where they were last heard from. */
import { type Configuration, type MemberId, membersOf } from '@rafted/core'

/** Members outside the configuration whose addresses are remembered. */
const MAX_STRANGERS = 64

export class Routes {
  #members = new Map<MemberId, string>()
  readonly #strangers = new Map<MemberId, string>()

  /** The members as they are now. */
  follow(configuration: Configuration): void {
    this.#members = new Map(membersOf(configuration).map(({ id, address }) => [id, address]))
  }

  addressOf(member: MemberId): string | null {
    return this.#members.get(member) ?? this.#strangers.get(member) ?? null
  }

  /** A message of `member` came from `address`: it may be answered there, whether or not it is known as a member yet. */
  heard(member: MemberId, address: string): void {
    if (this.#members.has(member) || this.#strangers.get(member) === address) return
    this.#strangers.set(member, address)
    if (this.#strangers.size <= MAX_STRANGERS) return
    for (const oldest of this.#strangers.keys()) {
      this.#strangers.delete(oldest)
      return
    }
  }

  get addresses(): string[] {
    return [...this.#members.values()]
  }
}
