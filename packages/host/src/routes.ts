/**
 * Where members are reached. Who a member is and where it is are two things: it is dialled where its host was last heard, since the transport has
 * made sure of that host's name, and, until it is heard, where the configuration says. So hosts that have all moved can answer each other, elect a leader, and
 * then say in the configuration where they are.
 */
import {
  type Configuration,
  type HostId,
  type Member,
  type MemberId,
  memberOf,
  membersOf,
} from '@rafted/core'
import { SeldomMap } from './seldom.ts'

/** Members outside the configuration whose addresses are remembered. */
const MAX_STRANGERS = 64

/** Where a member was heard that the configuration has elsewhere. */
interface Moved {
  /** As the configuration has it. */
  readonly configured: Member
  readonly address: string
}

export class Routes {
  #configuration: Configuration | null = null
  readonly #moved = new SeldomMap<MemberId, Moved>()
  readonly #strangers = new SeldomMap<MemberId, string>()

  /** The members as they are now. One whose address has been changed is dialled there, wherever it was heard before. */
  follow(configuration: Configuration): void {
    this.#configuration = configuration
    for (const [id, { configured, address }] of [...this.#moved]) {
      const now = memberOf(configuration, id)
      this.#moved.delete(id)
      if (now?.host === configured.host && now.address === configured.address)
        this.#moved.set(id, { configured: now, address })
    }
  }

  addressOf(member: MemberId): string | null {
    const moved = this.#moved.get(member)
    if (moved !== undefined) return moved.address
    return this.#configured(member)?.address ?? this.#strangers.get(member) ?? null
  }

  #configured(member: MemberId): Member | undefined {
    return this.#configuration === null ? undefined : memberOf(this.#configuration, member)
  }

  /**
   * Something of `member` came from `host`, which is answered at `address`. What another host says in the name of a member tells nothing of where
   * that is. One that is no member yet may be answered where it was heard.
   */
  heard(member: MemberId, host: HostId, address: string): void {
    const configured = this.#configured(member)
    if (configured !== undefined) {
      if (configured.host !== host) return
      if (address === configured.address) this.#moved.delete(member)
      else this.#moved.set(member, { configured, address })
      return
    }
    if (this.#strangers.get(member) === address) return
    this.#strangers.set(member, address)
    if (this.#strangers.size <= MAX_STRANGERS) return
    for (const oldest of this.#strangers.keys()) {
      this.#strangers.delete(oldest)
      return
    }
  }

  get addresses(): string[] {
    const configuration = this.#configuration
    return configuration === null ? [] : membersOf(configuration).map(({ id }) => this.addressOf(id)!)
  }
}
