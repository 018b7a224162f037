/** The addresses that this side sends to, in a bounded number. */
import type { Lane } from '@rafted/contracts'
import { BackOff } from './back-off.ts'
import { Link, type LinkOptions } from './link.ts'
import type { Report } from './report.ts'
import type { Settings } from './settings.ts'

export class Links {
  readonly #settings: Settings
  readonly #report: Report
  readonly #dial: LinkOptions['dial']
  readonly #unreachable: LinkOptions['unreachable']
  readonly #byLane = { urgent: new Map<string, Link>(), bulk: new Map<string, Link>() }

  constructor(
    settings: Settings,
    report: Report,
    { dial, unreachable }: Pick<LinkOptions, 'dial' | 'unreachable'>,
  ) {
    this.#settings = settings
    this.#report = report
    this.#dial = dial
    this.#unreachable = unreachable
  }

  known(address: string, lane: Lane): Link | undefined {
    return this.#byLane[lane].get(address)
  }

  /** @returns the link, made if it isn't there, or null if there are too many. */
  toSendTo(address: string, lane: Lane): Link | null {
    const known = this.known(address, lane)
    if (known !== undefined) return known
    if (this.#byLane[lane].size >= this.#settings.limits.maxAddresses && !this.#forgetIdle(lane)) return null
    return this.#make(address, lane)
  }

  /** Somebody who is dialled at `address` has connected: bounded like connections are. */
  toAttach(address: string, lane: Lane): Link {
    return this.known(address, lane) ?? this.#make(address, lane)
  }

  forgetIfIdle(link: Link): void {
    if (link.isIdle && link.failures === 0) this.#byLane[link.lane].delete(link.address)
  }

  #make(address: string, lane: Lane): Link {
    const link = new Link({
      address,
      lane,
      backOff: new BackOff(this.#settings.random),
      maxQueueBytes: this.#settings.limits.maxQueueBytes,
      report: this.#report,
      dial: this.#dial,
      unreachable: this.#unreachable,
    })
    this.#byLane[lane].set(address, link)
    return link
  }

  /** What only remembers failures goes when there is no room. */
  #forgetIdle(lane: Lane): boolean {
    const links = this.#byLane[lane]
    for (const link of links.values()) if (link.isIdle) links.delete(link.address)
    return links.size < this.#settings.limits.maxAddresses
  }
}
