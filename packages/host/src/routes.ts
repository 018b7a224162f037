/**
 * Where members are reached. Who a member is and where it is are two things: it is dialled where its host was last heard, since the transport has
 * made sure of that host's name, and, until it is heard, where the configuration says. So hosts that have all moved can answer each other, elect a leader, and
 * then say in the configuration where they are.
 */
import { type Configuration, type HostId, type MemberId, membersOf } from '@rafted/core'
import { SeldomMap } from './seldom.ts'

/** Members outside the configuration whose addresses are remembered. */
const MAX_STRANGERS = 64

interface Route {
  readonly host: HostId
  /** As the configuration has it. */
  readonly configured: string
  address: string
}

export class Routes {
  #members = new Map<MemberId, Route>()
  readonly #strangers = new SeldomMap<MemberId, string>()

  /** The members as they are now. One whose address has been changed is dialled there, wherever it was heard before. */
  follow(configuration: Configuration): void {
    const before = this.#members
    this.#members = new Map()
    for (const { id, host, address } of membersOf(configuration)) {
      const known = before.get(id)
      const isUnchanged = known?.host === host && known.configured === address
      this.#members.set(id, isUnchanged ? known : { host, configured: address, address })
    }
  }

  addressOf(member: MemberId): string | null {
    return this.#members.get(member)?.address ?? this.#strangers.get(member) ?? null
  }

  /**
   * Something of `member` came from `host`, which is answered at `address`. What another host says in the name of a member tells nothing of where
   * that is. One that is no member yet may be answered where it was heard.
   */
  heard(member: MemberId, host: HostId, address: string): void {
    const known = this.#members.get(member)
    if (known !== undefined) {
      if (known.host === host) known.address = address
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
    return [...this.#members.values()].map(({ address }) => address)
  }
}
